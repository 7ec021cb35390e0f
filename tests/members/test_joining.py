"""Joining: who is let in, what is refused and why, and what a member is promised."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

import pool
import society
from sameboat.identity import actions as identity
from sameboat.identity.actions.consents import CREDIT_SCORE
from sameboat.identity.actions.verification import NotYourPerson
from sameboat.identity.models import Consent, Person
from sameboat.identity.personal import open_text
from sameboat.members import actions, queries
from sameboat.members.actions.joining import (
    ANSWERS_PLACE,
    AlreadyMember,
    DisclosureOutdated,
    Joined,
    NotEligible,
)
from sameboat.members.models import Household, Membership
from sameboat.plans import queries as plans
from sameboat.proof.ticket import verify_ticket
from sameboat.record import signing
from sameboat.rules.calendar import day_of
from society import ANA, BAO, FEI, MEI, PLAN, START, WEN

NO_GRACE = {b"grace_rejoin_days = 3": b"grace_rejoin_days = 0"}
QUERIES_MAX = 8
"""A join may ask the database so often, its BEGIN and COMMIT not counted."""


def asks_to_join(somebody: society.Somebody, **changes: Any) -> Joined:
    """Join with everything in order but for `changes`."""
    now = changes.pop("now", START)
    plan = plans.plan(changes.pop("plan_id", PLAN))
    joining = plans.terms_on(plan.id, day_of(now, plan.timezone)).joining
    asked: dict[str, Any] = {
        "login_id": society.signed_in(somebody).id,
        "person_ref": society.verified(somebody).ref,
        "plan_id": plan.id,
        "answers": {question.id: not question.bars_on for question in joining.questions},
        "questions_version": joining.questions_version,
        "disclosure_version": plan.disclosure_version,
        "occupation_class": "1",
        "region": "11",
        "now": now,
    }
    return actions.join(**asked | changes)


def reasons(refused: pytest.ExceptionInfo[NotEligible]) -> list[tuple[str, str]]:
    return [(reason.code, reason.rule) for reason in refused.value.reasons]


@pytest.mark.django_db
class TestWhoMayJoin:
    def test_whoever_is_eligible_is_a_member_at_once(self) -> None:
        society.running()
        membership = society.joined(ANA)
        assert membership.joined_on == date(2026, 3, 2)
        assert membership.covered_from == date(2026, 6, 1)
        assert membership.until_on == date(2048, 5, 4)
        assert membership.household.payer == membership.person
        assert membership.review_reasons == ""

    def test_the_day_is_that_of_the_plan_not_of_the_server(self) -> None:
        society.running()
        # 16:30 in UTC is half past midnight of the next day in Shanghai.
        membership = society.joined(ANA, now=START.replace(hour=16, minute=30))
        assert membership.joined_on == date(2026, 3, 3)

    def test_every_reason_is_told_at_once_with_its_rule(self) -> None:
        society.running("demo-xiaomi")
        old = replace(ANA, born_on=date(1960, 1, 1))
        healthy = {
            question.id: not question.bars_on
            for question in plans.terms_on("demo-xiaomi", date(2026, 3, 2)).joining.questions
        }
        answers = healthy | {"cancer": True}
        del answers["heart"]
        with pytest.raises(NotEligible) as refused:
            asks_to_join(old, plan_id="demo-xiaomi", answers=answers, occupation_class="6")
        assert reasons(refused) == [
            ("too_old", "joining.age_max_years"),
            ("health_answer", "joining.questions.cancer"),
            ("question_unanswered", "joining.questions.heart"),
            ("occupation_excluded", "joining.occupation_classes"),
        ]
        told = refused.value.explain("en")
        assert "joining.age_max_years" in told
        assert "up to the age of 60; it is 66 now" in told
        assert "joining.occupation_classes" in refused.value.explain("zh")
        assert not Membership.objects.exists()

    def test_answers_to_older_questions_do_not_count(self) -> None:
        society.running()
        with pytest.raises(NotEligible) as refused:
            asks_to_join(ANA, questions_version="0")
        assert reasons(refused) == [("questions_outdated", "joining.questions_version")]

    def test_an_older_disclosure_is_not_accepted(self) -> None:
        society.running()
        with pytest.raises(DisclosureOutdated):
            asks_to_join(ANA, disclosure_version="0")

    def test_nobody_joins_for_a_stranger(self) -> None:
        society.running()
        stranger = society.verified(FEI)
        with pytest.raises(NotYourPerson):
            asks_to_join(ANA, person_ref=stranger.ref)
        with pytest.raises(NotYourPerson):
            asks_to_join(ANA, person_ref="0" * 32)

    def test_the_dead_do_not_join(self) -> None:
        society.running()
        person = society.verified(ANA)
        Person.objects.filter(id=person.id).update(deceased_on=date(2026, 3, 1))
        with pytest.raises(NotEligible) as refused:
            asks_to_join(ANA)
        assert [code for code, _ in reasons(refused)] == ["applicant_deceased"]

    def test_an_infant_joins_from_the_thirtieth_day(self) -> None:
        society.running()
        society.verified(WEN)
        newborn = replace(BAO, born_on=date(2026, 2, 1))
        with pytest.raises(NotEligible) as refused:
            society.joined(newborn, by=WEN, relation="child")
        assert [code for code, _ in reasons(refused)] == ["too_young"]
        later = START + timedelta(days=1)
        assert society.joined(newborn, by=WEN, relation="child", now=later).joined_on


@pytest.mark.django_db
class TestScore:
    """Xiang Hu Bao asked for 650 at first; a score alone neither refuses nor delays."""

    AT_FIRST = START.replace(year=2018, month=12)

    def test_without_a_score_a_human_looks_and_the_member_is_in(self) -> None:
        society.running("xiang-hu-bao", now=self.AT_FIRST)
        membership = society.joined(ANA, "xiang-hu-bao", now=self.AT_FIRST)
        assert membership.review_reasons == "score_missing"
        assert list(queries.to_review("xiang-hu-bao")) == [membership]

    def test_the_score_is_asked_only_with_consent_and_forgotten_with_it(self) -> None:
        person = society.verified(ANA)
        login = society.signed_in(ANA)
        assert identity.ask_score(person_ref=person.ref) is None
        consent: dict[str, Any] = {
            "login_id": login.id,
            "person_id": person.id,
            "purpose": CREDIT_SCORE,
        }
        identity.give_consent(**consent, version="1", now=START)
        assert identity.ask_score(person_ref=person.ref) is not None
        person.refresh_from_db()
        assert person.score is not None
        assert person.score >= 650
        identity.revoke_consent(**consent, now=START)
        person.refresh_from_db()
        assert person.score is None


@pytest.mark.django_db
class TestOnce:
    def test_a_member_cannot_join_again(self) -> None:
        society.running()
        society.joined(ANA)
        with pytest.raises(AlreadyMember):
            asks_to_join(ANA)

    def test_the_same_person_may_be_a_member_of_another_plan(self) -> None:
        society.running()
        society.running("demo-xiaomi")
        assert society.joined(ANA).household == society.joined(ANA, "demo-xiaomi").household

    def test_who_has_left_today_joins_again_from_tomorrow_and_waits_anew(
        self, tmp_path: Path
    ) -> None:
        society.running(changed=pool.rulebook_with(NO_GRACE, tmp_path))
        first = society.joined(ANA)
        left = actions.leave(
            login_id=society.signed_in(ANA).id, membership_ref=first.ref, now=START
        )
        again = society.joined(ANA)
        assert again.joined_on == left.ends_on == date(2026, 3, 3)
        assert again.covered_from == date(2026, 6, 2)
        state = queries.cover(again, date(2026, 3, 2))
        assert (state.state, state.days_left) == ("starting", 92)


@pytest.mark.django_db(transaction=True)
def test_fifty_requests_at_once_make_one_member() -> None:
    society.running()
    login, person = society.signed_in(ANA), society.verified(ANA)
    ready = threading.Barrier(50)

    def request(_: int) -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            ready.wait(timeout=30)
            asks_to_join(ANA, login_id=login.id, person_ref=person.ref)
        except AlreadyMember as refusal:
            return refusal.code
        finally:
            connection.close()
        return "joined"

    with ThreadPoolExecutor(max_workers=50) as pool:
        answers = sorted(pool.map(request, range(50)))
    assert answers == ["already_member"] * 49 + ["joined"]
    assert Membership.objects.count() == 1
    assert Household.objects.count() == 1


@pytest.mark.django_db
class TestFamily:
    def test_one_pays_for_child_and_parent(self) -> None:
        society.running()
        own = society.joined(WEN)
        child = society.joined(BAO, by=WEN, relation="child")
        mother = society.joined(MEI, by=WEN, relation="parent")
        assert child.household == mother.household == own.household
        assert own.household.payer == own.person
        seen = queries.memberships_of(society.signed_in(WEN).id)
        assert {each.id for each in seen} == {own.id, child.id, mother.id}

    def test_somebody_elses_membership_is_not_to_be_seen(self) -> None:
        society.running()
        theirs = society.joined(ANA)
        society.verified(FEI)
        fei = society.signed_in(FEI).id
        assert queries.memberships_of(fei) == []
        with pytest.raises(actions.ending.NoSuchMembership):
            queries.membership(login_id=fei, ref=theirs.ref)
        with pytest.raises(actions.ending.NoSuchMembership):
            actions.leave(login_id=fei, membership_ref=theirs.ref, now=START)


@pytest.mark.django_db
class TestWhatIsKept:
    def test_consents_and_answers(self) -> None:
        plan = society.running()
        membership = society.joined(ANA)
        given = Consent.objects.filter(person=membership.person, revoked_at=None)
        assert set(given.values_list("purpose", "version")) == {
            ("terms", f"{PLAN}:2026-01"),
            ("disclosure", f"{PLAN}:{plan.disclosure_version}"),
            ("health_data", f"{PLAN}:1"),
        }
        kept = json.loads(
            open_text(
                "person",
                membership.person.ref,
                ANSWERS_PLACE,
                membership.declaration.sealed_answers,
            )
        )
        assert set(kept["answers"].values()) == {False}

    def test_the_ticket_promises_the_join_leaf_and_is_shown_again(self) -> None:
        society.running()
        done = asks_to_join(ANA)
        ticket = verify_ticket(done.ticket.encode(), signing.public_key(signing.TICKET))
        membership = Membership.objects.get(ref=done.membership_ref)
        assert (ticket.promise, ticket.hash) == ("join", bytes(membership.join_leaf))
        shown = queries.join_receipt(
            login_id=society.signed_in(ANA).id, membership_ref=done.membership_ref
        )
        assert shown == queries.Ticket(ticket=done.ticket)

    def test_joining_asks_the_database_little(self, django_assert_max_num_queries: Any) -> None:
        society.running()
        login, person = society.signed_in(ANA), society.verified(ANA)
        with django_assert_max_num_queries(QUERIES_MAX):
            plan = plans.plan(PLAN)
            actions.join(
                login_id=login.id,
                person_ref=person.ref,
                plan_id=PLAN,
                answers={q.id: False for q in plan.versions[0].joining.questions},
                questions_version="1",
                disclosure_version=plan.disclosure_version,
                occupation_class="",
                region="",
                now=START,
            )
