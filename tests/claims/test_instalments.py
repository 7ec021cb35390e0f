"""Further payments for one illness: what the first claim proved counts, and the bills decide."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import society
from claims import documents_factory as documents
from claims.story import PUBLICITY_ON, TAN, YUE, Story, at, day, login
from sameboat.claims import actions, queries
from sameboat.claims.actions.assessment import NothingDue
from sameboat.claims.actions.drafting import OpenClaimExists
from sameboat.claims.checking import facts_of
from sameboat.claims.instalments import CannotFollow
from sameboat.claims.stated import BillsWrong
from sameboat.members.models import Membership
from sameboat.plans import actions as plans
from sameboat.plans import catalogue
from sameboat.record import actions as record
from sameboat.record.actions import sequence
from sameboat.record.queries import chain_entries
from sameboat.rules.claim import State
from society import ANA, FEI, HAO, LIN, PLAN

YUAN = 100
LAST = "severe-39"
"""300 yuan in all, by the demonstration's table."""


def by_bills(folder: Path) -> Path:
    """The demonstration plan, which pays bills: three payments at most, the last ends it."""
    for name, content in catalogue.read(PLAN).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            content.replace(
                b'lump_sum_rate = "1"',
                b'lump_sum_rate = "0"\ninstalments_max = 3\nends_with = "last"',
            ).replace(
                b'lump_sum_rate = "facts',
                b'instalments_max = "assumed: a test"\nends_with = "assumed: a test"\n'
                b'lump_sum_rate = "facts',
            )
        )
    return folder / f"{PLAN}.toml"


@pytest.fixture
def first(db: None, tmp_path: Path) -> Story:
    """Ana's first claim, 100 yuan of bills, paid out."""
    record.start_record(now=society.START)
    plans.adopt(plan_id_or_path=by_bills(tmp_path), now=society.START)
    for staff in (HAO, LIN, YUE, TAN):
        society.signed_in(staff)
    society.joined(FEI)
    story = drafted(Story(society.joined(ANA)), bills=100 * YUAN)
    story.opens().sends_all().consents().seals().is_investigated()
    return paid(story, PUBLICITY_ON)


def drafted(story: Story, *, bills: int, follows: str = "", on: int = 120, **more: Any) -> Story:
    said: dict[str, Any] = {
        "illness": "2",
        "severity": "severe",
        "accident": False,
        "diagnosed_on": day(118).date(),
        "hospital": "仁济医院",
        "statement": "住院",
        "payee_name": ANA.name,
        "payee_phone": ANA.phone,
    }
    story.ref = actions.draft_claim(
        login_id=login(ANA),
        membership_ref=story.membership.ref,
        bills_fen=bills,
        follows=follows,
        now=day(on),
        **said | more,
    )
    return story


def paid(story: Story, publicity_on: date) -> Story:
    """Proposed, shown, accepted, settled and paid out."""
    before = at(publicity_on, days=-3)
    decision = actions.propose_aid(
        login_id=login(HAO), claim_ref=story.ref, benefit_row=LAST, reason="属实", now=before
    )
    actions.confirm_decision(login_id=login(LIN), decision_id=decision, now=before)
    actions.open_publicity(plan_id=PLAN, publicity_on=publicity_on, now=at(publicity_on))
    sequence(now=at(publicity_on))
    close = at(publicity_on, days=3)
    assert actions.finalise(plan_id=PLAN, publicity_on=publicity_on, now=close) == 1
    actions.mark_settled(claim_ids=[story.claim.id], period_on=close.date(), now=close)
    actions.mark_paid(claim_id=story.claim.id, now=at(publicity_on, days=8))
    return story


def follows(first: Story, *, bills: int, on: int, number: int) -> Story:
    """The next claim, as far as the assessment; only bills were asked for."""
    story = drafted(Story(first.membership), bills=bills, follows=first.ref, on=on).opens(on)
    needed = queries.claim_for_claimant(login_id=login(ANA), ref=story.ref).kinds_missing
    assert needed == ("bill",)
    story.sends("bill", documents.photo(f"bill {number}"), on)
    return story.seals(on + 1).is_investigated(on + 2)


def test_bills_are_paid_until_the_table_is_spent_and_the_last_payment_ends_it(
    first: Story,
) -> None:
    assert first.claim.aid == 100 * YUAN
    assert Membership.objects.get(id=first.membership.id).ends_on is None

    second = follows(first, bills=250 * YUAN, on=160, number=2)
    opened = chain_entries(bytes.fromhex(second.ref))[0].body
    assert (opened["follows"], opened["version"]) == (first.ref, first.claim.governing_version)
    earlier = facts_of(second.claim).earlier
    assert (earlier.payments_for_this, earlier.for_this, earlier.severe) == (1, 100 * YUAN, 0)
    assert second.claim.checks.get(code="report_deadline").outcome == "pass"
    paid(second, date(2026, 8, 21))
    assert second.claim.aid == 150 * YUAN
    assert Membership.objects.get(id=first.membership.id).ends_on is None

    third = paid(follows(first, bills=900 * YUAN, on=190, number=3), date(2026, 9, 21))
    assert third.claim.aid == 50 * YUAN  # 300 in all.
    ended = Membership.objects.get(id=first.membership.id)
    assert ended.end_reason == "aided"
    assert not queries.claim_for_claimant(login_id=login(ANA), ref=first.ref).may_follow

    fourth = follows(first, bills=999 * YUAN, on=220, number=4)
    assert fourth.claim.checks.get(code="payments").outcome == "fail"
    with pytest.raises(NothingDue):
        paid(fourth, date(2026, 10, 21))


def test_it_follows_a_paid_claim_of_the_same_illness_only(first: Story) -> None:
    new = Story(first.membership)
    for wrong in ({"illness": "3"}, {"severity": "mild"}, {"diagnosed_on": day(119).date()}):
        with pytest.raises(CannotFollow):
            drafted(new, bills=1, follows=first.ref, on=160, **wrong)
    with pytest.raises(CannotFollow):
        drafted(new, bills=1, follows="0" * 32, on=160)
    second = drafted(new, bills=200 * YUAN, follows=first.ref, on=160).ref
    with pytest.raises(OpenClaimExists):
        drafted(Story(first.membership), bills=1, follows=first.ref, on=161)
    with pytest.raises(CannotFollow):
        drafted(Story(first.membership), bills=1, follows=second, on=161)
    assert State[first.claim.state] is State.PAID


@pytest.mark.parametrize("bills", [-1, 10_000_000_001])
def test_bills_that_cannot_be(first: Story, bills: int) -> None:
    with pytest.raises(BillsWrong):
        drafted(Story(first.membership), bills=bills, follows=first.ref, on=160)
