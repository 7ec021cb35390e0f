"""Correction with a due day and four eyes; reasons for a mark, and a human who takes it away."""

from __future__ import annotations

from datetime import timedelta

import pytest

import society
from claims.story import day
from console.staff import SECOND, SUPERVISOR
from rights.test_erasing import own
from sameboat.identity.models import AuditRow, Person
from sameboat.identity.queries import NotAllowed, name_of
from sameboat.members.models import Membership
from sameboat.rights import actions, desk, queries
from sameboat.rights.actions.correcting import (
    CORRECTABLE,
    CorrectionTouchesMembership,
    CorrectionWrong,
    RequestMoved,
)
from sameboat.rights.models import DataRequest
from sameboat.rights.proving import AskedAlready, NoSuchRequest, NotYoursToDecide
from society import ANA, FEI, HAO

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Person:
    return society.verified(ANA)


def asks(ana: Person, subject: str, wanted: str, *, on: int = 1) -> str:
    return actions.ask_correction(
        login_id=own(ANA),
        person_ref=ana.ref,
        subject=subject,
        wanted=wanted,
        words="见身份证",
        now=day(on),
    )


def answers(ref: str, *, accept: bool = True, by: society.Somebody = SUPERVISOR) -> None:
    actions.answer_request(login_id=own(by), ref=ref, accept=accept, answer="已核对", now=day(2))


def now_of(ana: Person) -> Person:
    return Person.objects.get(id=ana.id)


class TestWhoSomebodyIs:
    def test_is_corrected_by_two_persons(self, ana: Person) -> None:
        ref = asks(ana, "name", "安妮娜")
        answers(ref)
        assert name_of(now_of(ana)) == ANA.name
        assert queries.requests_of(own(ANA), now=day(2))[0].answer == ""
        with pytest.raises(NotAllowed):
            actions.confirm_answer(login_id=own(SUPERVISOR), ref=ref, agree=True, now=day(3))
        actions.confirm_answer(login_id=own(SECOND), ref=ref, agree=True, now=day(3))
        assert name_of(now_of(ana)) == "安妮娜"
        (line,) = queries.requests_of(own(ANA), now=day(3))
        assert (line.state, line.answer) == ("DONE", "已核对")
        assert AuditRow.objects.filter(subject=ana.ref, verb__startswith="data.").count() == 2

    def test_is_open_again_where_the_second_does_not_agree(self, ana: Person) -> None:
        ref = asks(ana, "sex", "m")
        answers(ref)
        actions.confirm_answer(login_id=own(SECOND), ref=ref, agree=False, now=day(3))
        assert DataRequest.objects.get(ref=ref).state == "OPEN"
        assert now_of(ana).sex == "f"
        answers(ref, accept=False, by=SECOND)
        actions.confirm_answer(login_id=own(SUPERVISOR), ref=ref, agree=True, now=day(4))
        assert DataRequest.objects.get(ref=ref).state == "DECLINED"
        assert now_of(ana).sex == "f"

    def test_a_birth_date_on_the_record_is_not_changed_behind_it(self) -> None:
        society.running()
        ana = society.joined(ANA).person
        ref = asks(ana, "born_on", "1988-05-05")
        answers(ref)
        with pytest.raises(CorrectionTouchesMembership):
            actions.confirm_answer(login_id=own(SECOND), ref=ref, agree=True, now=day(3))
        assert DataRequest.objects.get(ref=ref).state == "PROPOSED"
        assert now_of(ana).born_on == ANA.born_on


class TestTheRest:
    def test_is_corrected_by_one(self, ana: Person) -> None:
        answers(asks(ana, "province", "31"))
        assert now_of(ana).province == "31"
        answers(asks(ana, "occupation", "2"))
        assert now_of(ana).occupation_class == "2"

    def test_what_is_declined_stays_and_says_why(self, ana: Person) -> None:
        before = ana.province
        answers(asks(ana, "province", "31"), accept=False)
        assert now_of(ana).province == before
        assert queries.requests_of(own(ANA), now=day(3))[0].answer == "已核对"

    def test_an_answer_needs_words_and_is_given_once(self, ana: Person) -> None:
        ref = asks(ana, "other", "地址")
        with pytest.raises(CorrectionWrong):
            actions.answer_request(
                login_id=own(SUPERVISOR), ref=ref, accept=True, answer=" ", now=day(2)
            )
        answers(ref)
        with pytest.raises(RequestMoved):
            answers(ref)


class TestAsking:
    @pytest.mark.parametrize(
        ("subject", "wanted"),
        [
            ("sex", "x"),
            ("born_on", "31.1.1990"),
            ("born_on", "2999-01-01"),
            ("province", "Shanghai"),
            ("name", ""),
            ("name", "x" * 101),
            ("colour", "red"),
        ],
    )
    def test_what_cannot_be_right_is_refused(self, ana: Person, subject: str, wanted: str) -> None:
        with pytest.raises(CorrectionWrong):
            asks(ana, subject, wanted)

    def test_one_of_a_kind_at_a_time_and_nobody_elses(self, ana: Person) -> None:
        asks(ana, "name", "安妮娜")
        with pytest.raises(AskedAlready):
            asks(ana, "name", "安妮")
        asks(ana, "sex", "m")
        society.verified(FEI)
        with pytest.raises(NotYoursToDecide):
            actions.ask_correction(
                login_id=own(FEI),
                person_ref=ana.ref,
                subject="name",
                wanted="x",
                words="",
                now=day(1),
            )

    def test_who_works_here_does_not_answer_their_own(self) -> None:
        hao = own(SUPERVISOR)
        person = Person.objects.get(logins=hao)
        ref = actions.ask_correction(
            login_id=hao,
            person_ref=person.ref,
            subject="province",
            wanted="31",
            words="",
            now=day(1),
        )
        with pytest.raises(NotAllowed):
            answers(ref)

    def test_the_desk_shows_the_first_due_first_and_only_to_who_answers(self, ana: Person) -> None:
        later, earlier = asks(ana, "name", "安妮娜", on=3), asks(ana, "sex", "m", on=1)
        waiting = desk.waiting(login_id=own(SUPERVISOR), now=day(17))
        assert [each.ref for each in waiting] == [earlier, later]
        assert [each.days_left for each in waiting] == [-1, 1]
        assert (waiting[0].present, waiting[0].wanted, waiting[0].words) == ("f", "m", "见身份证")
        with pytest.raises(NotAllowed):
            desk.waiting(login_id=own(HAO), now=day(1))

    def test_everything_that_can_be_wrong_has_words(self) -> None:
        assert all(each.name.zh and each.name.en for each in CORRECTABLE.values())


class TestReasons:
    def marked(self) -> Membership:
        society.running()
        found = society.joined(ANA)
        Membership.objects.filter(id=found.id).update(review_reasons="score_below")
        return found

    def test_are_told_and_a_human_takes_the_mark_away(self) -> None:
        found = self.marked()
        _, (mark,) = queries.marks_of(login_id=own(ANA), person_ref=found.person.ref, now=day(1))
        assert "below" in mark.reasons[0].en
        ref = actions.ask_reasons(
            login_id=own(ANA), membership_ref=found.ref, words="工资单可查", now=day(1)
        )
        (waiting,) = desk.waiting(login_id=own(SUPERVISOR), now=day(1))
        assert (waiting.present, waiting.words) == ("score_below", "工资单可查")
        assert waiting.due_on == (day(1) + timedelta(days=15)).date()
        answers(ref)
        assert Membership.objects.get(id=found.id).review_reasons == ""

    def test_a_mark_that_stays_says_why(self) -> None:
        found = self.marked()
        ref = actions.ask_reasons(login_id=own(ANA), membership_ref=found.ref, words="", now=day(1))
        answers(ref, accept=False)
        assert Membership.objects.get(id=found.id).review_reasons == "score_below"
        assert queries.requests_of(own(ANA), now=day(3))[0].state == "DECLINED"

    def test_of_somebody_elses_membership_there_is_nothing(self) -> None:
        found = self.marked()
        society.verified(FEI)
        with pytest.raises(NoSuchRequest):
            actions.ask_reasons(login_id=own(FEI), membership_ref=found.ref, words="", now=day(1))
