"""Automatic checks with what the database knows, and the queries that `sameboat check` runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

import sameboat.claims
import society
from claims import documents_factory as documents
from claims.story import PUBLICITY_ON, Story, at, begun, day
from sameboat.claims import actions
from sameboat.claims.checking import LATE_CODES, facts_of, stored_checks
from sameboat.claims.life import terms_of
from sameboat.claims.models import CheckResult, Claim, Decision
from sameboat.members.models import Membership
from sameboat.rules.checks import check_claim
from sameboat.rules.claim import State
from society import BAO, FEI, PLAN, WEN

SQL = Path(sameboat.claims.__file__).parent / "sql"


@pytest.fixture
def story(db: None) -> Story:
    return begun()


def fei_claims(phone: str = "13900000002", payee: str = "费妈妈") -> Story:
    """Fei, of another household, claims too; nothing is handed in yet."""
    membership = Membership.objects.get(person=society.verified(FEI))
    return Story(membership).drafts(payee=payee, phone=phone, by=FEI).opens(by=FEI)


def outcomes(story: Story) -> dict[str, str]:
    return dict(story.claim.checks.values_list("code", "outcome"))


def attention(story: Story) -> set[str]:
    return {code for code, outcome in outcomes(story).items() if outcome == "attention"}


class TestChecks:
    def test_every_check_of_the_rules_is_stored_but_those_of_the_payout(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        rules = {check.code for check in check_claim(facts_of(story.claim), terms_of(story.claim))}
        assert set(outcomes(story)) == rules - LATE_CODES
        assert set(outcomes(story).values()) <= {"pass", "attention"}

    def test_the_sentences_are_sealed_and_read_back(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        (benefit,) = [check for check in stored_checks(story.claim) if check.code == "benefit"]
        assert benefit.facts["row"] == "severe-39"
        assert "300.00" in benefit.text.en
        row = CheckResult.objects.get(claim=story.claim, code="benefit")
        assert b"300" not in bytes(row.sealed_detail)

    @pytest.mark.parametrize(
        ("began", "on", "illness", "code"),
        [
            (-20, 20, "2", "covered"),
            (50, 60, "2", "waiting"),
            (118, 120, "no such", "listed"),
            (118, 299, "2", "report_deadline"),
        ],
    )
    def test_each_clause_fails_by_itself(
        self, began: int, on: int, illness: str, code: str, story: Story
    ) -> None:
        story.drafts(on, began=began, illness=illness).opens(on).sends_all(on).consents(on)
        story.seals(on)
        assert {c for c, outcome in outcomes(story).items() if outcome == "fail"} == {code}

    def test_soon_after_the_waiting_period(self, story: Story) -> None:
        story.drafts(100, began=95).opens(100).sends_all(100).consents(100).seals(100)
        assert attention(story) == {"soon_after_waiting"}


class TestSeenElsewhere:
    def test_the_same_bytes_in_another_claim_ever(self, story: Story) -> None:
        theirs = fei_claims()
        theirs.sends("diagnosis", documents.photo("one paper for two"), by=FEI)
        actions.withdraw_claim(
            login_id=society.signed_in(FEI).id, claim_ref=theirs.ref, now=day(120)
        )
        story.drafts().opens().consents()
        story.sends("identity")
        story.sends("diagnosis", documents.photo("one paper for two"))
        story.seals()
        assert "same_file" in attention(story)
        (found,) = [check for check in stored_checks(story.claim) if check.code == "same_file"]
        assert found.facts == {"claims": theirs.ref, "count": 1}

    def test_a_supplement_is_compared_too(self, story: Story) -> None:
        theirs = fei_claims()
        theirs.sends("diagnosis", documents.photo("one paper for two"), by=FEI)
        story.drafts().opens().sends_all().consents().seals()
        assert "same_file" not in attention(story)
        story.sends("bill", documents.photo("one paper for two"), on=123)
        assert "same_file" in attention(story)

    def test_the_same_payee_or_phone_in_another_household(self, story: Story) -> None:
        fei_claims(phone="139 0000 0001", payee="安 妈妈")
        story.drafts().opens().sends_all().consents().seals()
        assert attention(story) >= {"same_payee", "same_phone"}

    def test_the_phone_of_who_filed_another_claim(self, story: Story) -> None:
        fei_claims()
        story.drafts(phone=FEI.phone).opens().sends_all().consents().seals()
        assert "same_phone" in attention(story)
        assert "same_payee" not in attention(story)

    def test_one_household_may_use_one_phone(self, story: Story) -> None:
        mother = Story(society.joined(WEN))
        mother.drafts(by=WEN, phone=WEN.phone).opens(by=WEN)
        child = Story(society.joined(BAO, by=WEN, relation="child"))
        child.drafts(by=WEN, phone=WEN.phone).opens(by=WEN).sends_all(by=WEN)
        child.consents(by=WEN).seals(by=WEN)
        assert not attention(child) & {"same_phone", "same_payee"}


def broken(name: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute((SQL / name).read_text())
        return list(cursor.fetchall())


class TestSelfChecks:
    """Each query of `claims/sql` finds nothing in a right history, and what is broken behind us."""

    @pytest.fixture
    def accepted(self, story: Story) -> Story:
        story.is_published()
        story.answered(story.objected_to(), "dismissed", now=at(PUBLICITY_ON, days=2))
        close = at(PUBLICITY_ON, days=3)
        assert actions.finalise(plan_id=PLAN, publicity_on=PUBLICITY_ON, now=close) == 1
        assert story.state() is State.ACCEPTED
        return story

    @pytest.mark.parametrize("name", sorted(path.name for path in SQL.glob("check_*.sql")))
    def test_a_right_history_has_no_fault(self, name: str, accepted: Story) -> None:
        text = (SQL / name).read_text()
        assert text.startswith("-- ")
        assert broken(name) == []

    def test_an_aid_that_nobody_decided(self, accepted: Story) -> None:
        Claim.objects.filter(ref=accepted.ref).update(aid=9_999_999)
        assert broken("check_accepted_claims_were_decided.sql")

    def test_a_claim_accepted_without_a_decision(self, accepted: Story) -> None:
        Decision.objects.filter(claim=accepted.claim, kind="propose").update(second_at=None)
        assert broken("check_accepted_claims_were_decided.sql")

    def test_an_unanswered_objection(self, accepted: Story) -> None:
        accepted.claim.objections.update(outcome="")
        assert broken("check_publicity_came_before_acceptance.sql")

    def test_publicity_cut_short(self, accepted: Story) -> None:
        Claim.objects.filter(ref=accepted.ref).update(accepted_at=at(PUBLICITY_ON, days=2))
        assert broken("check_publicity_came_before_acceptance.sql")

    def test_a_claim_without_a_chain(self, accepted: Story) -> None:
        Claim.objects.filter(ref=accepted.ref).update(ref="0" * 32)
        assert broken("check_claims_stand_where_the_record_says.sql")
