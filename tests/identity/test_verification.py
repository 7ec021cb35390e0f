"""Verifying a person: each answer of the gateway, and that one person is one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

import society
from sameboat.gateways.identity_check import Outcome as Answer
from sameboat.identity import actions, jobs, queries
from sameboat.identity.actions import verification
from sameboat.identity.actions.verification import (
    ATTEMPTS_MAX,
    REQUESTS_PER_DAY_MAX,
    RETRY_AFTER_SECONDS,
    TAKEN_FOR,
    TIMEOUTS_MAX,
    AlreadyVerified,
    BadName,
    BadRelation,
    StatementMissing,
    TooManyVerifications,
    VerifyYourselfFirst,
)
from sameboat.identity.models import (
    AskedRelation,
    Login,
    Person,
    PersonIndex,
    Relation,
    Verification,
)
from sameboat.identity.outcomes import TOLD, Outcome
from sameboat.identity.queries import BadDocument
from sameboat.rules.documents import DocumentKind
from sameboat.runtime import clock
from sameboat.runtime.keys import KeyDestroyed, keystore
from society import ANA, BAO, FEI, MEI, START, WEN, Somebody

pytestmark = pytest.mark.django_db


def told(somebody: Somebody, answer: Answer, **how: object) -> tuple[str, str]:
    """The outcome when the gateway answers so, and the request's reference."""
    ref = society.asked(replace(somebody, outcome=answer), **how)  # type: ignore[arg-type]
    return actions.answer_verification(ref=ref, now=START), ref


class TestAnswers:
    def test_match_makes_the_person_of_the_login(self) -> None:
        outcome, ref = told(ANA, Answer.MATCH)
        assert outcome == "match"
        login = society.signed_in(ANA)
        assert login.person is not None
        state = queries.verification(login_id=login.id, ref=ref)
        assert state.person_ref == login.person.ref
        assert login.person.born_on == ANA.born_on
        assert (login.person.sex, login.person.province) == ("f", "11")
        assert queries.name_of(login.person) == "安娜娜"
        assert queries.masked_name(login.person) == "安○○"
        assert queries.document_of(login.person).text == ANA.number

    @pytest.mark.parametrize("answer", [Answer.MISMATCH, Answer.UNKNOWN, Answer.DECEASED])
    def test_any_other_answer_makes_nobody(self, answer: Answer) -> None:
        outcome, ref = told(ANA, answer)
        login = society.signed_in(ANA)
        state = queries.verification(login_id=login.id, ref=ref)
        assert outcome == state.outcome == answer.value
        assert state.person_ref is None
        assert login.person is None
        assert not Person.objects.exists()

    def test_a_minor_has_no_login_but_is_added_by_a_parent(self) -> None:
        own = replace(BAO, phone="+8613800000009")
        assert told(own, Answer.MINOR)[0] == "minor"
        assert not Person.objects.exists()
        mother = society.verified(WEN)
        child = society.verified(BAO, by=WEN, relation="child")
        assert society.signed_in(own).person is None
        assert Relation.objects.get(person=mother, relative=child).kind == "child"

    @pytest.mark.parametrize("relation", ["spouse", "parent"])
    def test_a_minor_is_nobodys_spouse_or_parent(self, relation: str) -> None:
        society.verified(WEN)
        assert told(BAO, Answer.MINOR, by=WEN, relation=relation)[0] == "minor"

    def test_who_is_seventeen_is_a_minor_whatever_the_gateway_says(self) -> None:
        born_on = date(2008, 3, 3)
        young = replace(ANA, born_on=born_on)
        assert told(young, Answer.MATCH)[0] == "minor"
        ref = society.asked(replace(young, phone="+8613800000008"))
        of_age = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
        assert actions.answer_verification(ref=ref, now=of_age) == "match"

    def test_a_timeout_is_asked_again_and_given_up_in_the_end(self) -> None:
        ref = society.asked(replace(ANA, outcome=Answer.TIMEOUT))
        login = society.signed_in(ANA)
        for attempt in range(1, ATTEMPTS_MAX):
            assert actions.answer_verification(ref=ref, now=START) == ""
            state = queries.verification(login_id=login.id, ref=ref)
            assert (state.outcome, state.attempts) == (None, attempt)
        assert actions.answer_verification(ref=ref, now=START) == "timeout"
        assert actions.answer_verification(ref=ref, now=START) == "timeout"

    def test_each_outcome_says_what_to_do_in_both_languages(self) -> None:
        assert set(TOLD) == set(Outcome)
        assert all(text.zh and text.en for text in TOLD.values())


class TestOnePersonIsOne:
    def test_the_same_document_gives_the_same_person(self) -> None:
        society.verified(WEN)
        society.verified(FEI)
        first = society.verified(MEI, by=WEN, relation="parent")
        assert told(MEI, Answer.MATCH, by=FEI, relation="spouse")[0] == "asked"
        assert PersonIndex.objects.filter(person=first).count() == 1

    def test_a_household_register_names_the_same_person_as_the_id_card(self) -> None:
        society.verified(WEN)
        first = society.verified(MEI, by=WEN, relation="parent")
        society.verified(FEI)
        ref = actions.request_verification(
            login_id=society.signed_in(FEI).id,
            relation="parent",
            document_kind=DocumentKind.HOUSEHOLD_REGISTER,
            document_number=f"{MEI.number[:6]} {MEI.number[6:]}",
            name=MEI.name,
            now=START,
        )
        # The register names nobody new, so she for whom Wen acts is asked about.
        assert actions.answer_verification(ref=ref, now=START) == "asked"
        assert AskedRelation.objects.get().relative == first

    def test_a_second_login_of_the_same_person_is_refused(self) -> None:
        society.verified(ANA)
        again = replace(ANA, phone="+8613900000001")
        ref = society.asked(again)
        assert actions.answer_verification(ref=ref, now=START) == "other_login"
        assert society.signed_in(again).person is None

    def test_staff_may_be_members_too_and_stay_one_person(self) -> None:
        staff = society.signed_in(replace(ANA, staff_name="ana", roles=()))
        member = society.verified(ANA)
        assert staff.person == member

    def test_a_relative_may_sign_in_later_as_the_same_person(self) -> None:
        society.verified(WEN)
        first = society.verified(MEI, by=WEN, relation="parent")
        assert society.verified(replace(MEI, phone="+8613800000010")) == first

    def test_nobody_is_their_own_relative(self) -> None:
        society.verified(WEN)
        assert told(WEN, Answer.MATCH, by=WEN, relation="spouse")[0] == "yourself"

    def test_who_is_verified_need_not_do_it_again(self) -> None:
        society.verified(ANA)
        with pytest.raises(AlreadyVerified):
            society.asked(ANA)

    def test_family_comes_after_oneself(self) -> None:
        with pytest.raises(VerifyYourselfFirst):
            society.asked(BAO, by=WEN, relation="child")


class TestWhatIsStated:
    def ask(self, **changes: object) -> str:
        asked: dict[str, object] = {
            "login_id": society.signed_in(ANA).id,
            "relation": "self",
            "document_kind": DocumentKind.PASSPORT,
            "document_number": "E12345678",
            "name": "Ana",
            "born_on": ANA.born_on,
            "sex": "f",
            "now": START,
        }
        return actions.request_verification(**asked | changes)  # type: ignore[arg-type]

    def test_a_passport_does_not_tell_birth_and_sex(self) -> None:
        with pytest.raises(StatementMissing):
            self.ask(born_on=None)
        with pytest.raises(StatementMissing):
            self.ask(sex=None)
        assert actions.answer_verification(ref=self.ask(), now=START) == "match"
        person = society.signed_in(ANA).person
        assert person is not None
        assert (person.born_on, person.sex) == (ANA.born_on, "f")

    def test_a_number_of_another_form_is_refused_with_the_form(self) -> None:
        with pytest.raises(BadDocument) as refused:
            self.ask(document_kind=DocumentKind.RESIDENT_ID, document_number="123")
        assert "18" in refused.value.explain("zh")
        assert "123" not in str(refused.value)

    def test_a_name_and_a_known_relation_are_needed(self) -> None:
        with pytest.raises(BadName):
            self.ask(name="  ")
        with pytest.raises(BadRelation):
            self.ask(relation="friend")

    def test_a_login_cannot_try_numbers_without_end(self) -> None:
        for _ in range(REQUESTS_PER_DAY_MAX):
            self.ask()
        with pytest.raises(TooManyVerifications):
            self.ask()
        assert self.ask(now=START + timedelta(days=1, seconds=1))


class TestForgetting:
    def test_the_request_cannot_be_opened_after_the_answer(self) -> None:
        _, ref = told(ANA, Answer.MATCH)
        with pytest.raises(KeyDestroyed):
            keystore().get("verification", ref)
        assert bytes(Verification.objects.get(ref=ref).sealed_request) == b""

    def test_what_an_interrupted_answer_left_is_destroyed_later(self) -> None:
        ref = society.asked(ANA)
        Verification.objects.filter(ref=ref).update(outcome="unknown", answered_at=START)
        actions.forget_verifications(now=START)
        with pytest.raises(KeyDestroyed):
            keystore().get("verification", ref)

    def test_results_are_kept_for_thirty_days(self) -> None:
        _, ref = told(ANA, Answer.MATCH)
        login = society.signed_in(ANA)
        actions.forget_verifications(now=START + timedelta(days=30))
        assert queries.verification(login_id=login.id, ref=ref)
        actions.forget_verifications(now=START + timedelta(days=30, seconds=1))
        with pytest.raises(queries.NoSuchVerification):
            queries.verification(login_id=login.id, ref=ref)
        assert Login.objects.get(id=login.id).person is not None

    def test_a_result_is_shown_to_its_asker_only(self) -> None:
        _, ref = told(ANA, Answer.MATCH)
        with pytest.raises(queries.NoSuchVerification):
            queries.verification(login_id=society.signed_in(FEI).id, ref=ref)


class TestTheJob:
    def test_one_job_asks_about_all_and_holds_nothing_about_anybody(self) -> None:
        refs = [society.asked(each) for each in (ANA, FEI, WEN)]
        jobs.heartbeat(START)
        jobs.heartbeat(START)
        assert waiting() == [("identity.verify", {})]
        assert actions.answer_verifications_due(now=START) == 3
        assert outcomes(refs) == ["match"] * 3
        assert society.signed_in(ANA).person is not None
        for ref in refs:
            with pytest.raises(KeyDestroyed):
                keystore().get("verification", ref)
        assert not queries.is_verification_due(START + timedelta(days=1))

    def test_more_than_a_batch_is_left_to_the_next_job(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(verification, "TAKEN_MAX", 2)
        monkeypatch.setattr(clock, "now", lambda: START)
        refs = [society.asked(each) for each in (ANA, FEI, WEN)]
        jobs.verify()
        assert outcomes(refs) == ["match", "match", ""]
        assert waiting() == [("identity.verify", {})]
        jobs.verify()
        assert outcomes(refs) == ["match"] * 3

    def test_what_a_killed_worker_had_taken_is_taken_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ref = society.asked(ANA)
        with monkeypatch.context() as during:
            during.setattr(verification, "_ask", dies)
            with pytest.raises(SystemExit):
                actions.answer_verifications_due(now=START)
        assert actions.answer_verifications_due(now=START) == 0
        assert actions.answer_verifications_due(now=START + TAKEN_FOR) == 1
        assert outcomes([ref]) == ["match"]

    def test_one_that_breaks_does_not_keep_the_others_from_an_answer(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refs = [society.asked(each) for each in (ANA, FEI, WEN)]
        answered = verification._record_answer

        def breaks(request: Verification, *how: Any) -> str:
            if request.ref == refs[0]:
                raise RuntimeError("a bug")
            return answered(request, *how)

        monkeypatch.setattr(verification, "_record_answer", breaks)
        with pytest.raises(ExceptionGroup):
            actions.answer_verifications_due(now=START)
        assert outcomes(refs) == ["", "match", "match"]
        assert keystore().get("verification", refs[0])

    def test_a_gateway_that_is_down_is_not_asked_about_everybody(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        phoned = replace(MEI, phone="+8613800000006")
        people = [replace(each, outcome=Answer.TIMEOUT) for each in (ANA, FEI, WEN, phoned)]
        refs = [society.asked(each) for each in people]
        asked: list[object] = []
        ask = verification._ask

        def counted(stated: Any) -> Any:
            asked.append(stated)
            return ask(stated)

        monkeypatch.setattr(verification, "_ask", counted)
        actions.answer_verifications_due(now=START)
        assert (len(asked), outcomes(refs)) == (TIMEOUTS_MAX, [""] * 4)
        assert not queries.is_verification_due(START)
        assert queries.is_verification_due(START + timedelta(seconds=RETRY_AFTER_SECONDS))


def waiting() -> list[tuple[str, object]]:
    """The jobs that wait, with what they hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args::text FROM procrastinate_jobs WHERE status = 'todo'")
        return [(name, json.loads(args)) for name, args in cursor]


def outcomes(refs: list[str]) -> list[str]:
    """What each request's answer is; empty where there is none."""
    found = dict(Verification.objects.values_list("ref", "outcome"))
    return [found[ref] for ref in refs]


def dies(_stated: object) -> Any:
    """The process is ended."""
    raise SystemExit
