"""One step of a claim's life: the state moves by compare-and-set and the entry is written.

Both happen in the caller's transaction, or neither. The update of the claim's row comes first, also
where the state stays: it holds the row until the end, so that two steps at once are taken one
after the other and the claim's chain on the record has no two entries of one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from sameboat.claims.models import Claim
from sameboat.members.queries import wind_down
from sameboat.plans.queries import plan
from sameboat.proof.canonical import JsonObject
from sameboat.record.actions import add_entry
from sameboat.rules.calendar import day_of
from sameboat.rules.claim import ENTRY_OF, Event, EventNotPossible, Role, State, may_sign, move
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.winding import terms_of_run_off
from sameboat.runtime.refusals import Refusal


class ClaimEventNotPossible(Refusal):
    """The claim is in a state in which that cannot happen."""

    code = "claim_event_not_possible"
    en = "This claim is {state}; “{event}” is not possible now."
    zh = "该申请目前的状态是 {state}，不能进行“{event}”。"


class ClaimMoved(Refusal):
    """Somebody else moved the claim a moment ago."""

    code = "claim_moved"
    en = "Somebody moved this claim a moment ago; it is {state} now. Look at it again."
    zh = "该申请刚刚被他人处理，现在的状态是 {state}，请重新查看。"


class ClaimOnHold(Refusal):
    """The record refused an entry of the claim; nothing moves it until the operator releases it."""

    code = "claim_on_hold"
    en = "This claim is on hold: the record refused an entry. A supervisor puts it back first."
    zh = "该申请已暂停：存证未接受其中一项记录，须先由主管恢复。"


def check_possible(claim: Claim, event: Event) -> State:
    """The state to which `event` would lead; refuses if it is not possible in the claim's state.

    Of a claim on hold only withdrawing is possible.
    """
    state = State[claim.state]
    if claim.held_at is not None and event is not Event.WITHDRAW:
        raise ClaimOnHold()
    try:
        return move(state, event)
    except EventNotPossible:
        raise ClaimEventNotPossible(state=state.value, event=event.value) from None


def step(
    claim: Claim,
    event: Event,
    *,
    roles: Sequence[Role],
    body: JsonObject,
    now: datetime,
    **changes: object,
) -> None:
    """Move the claim, write `changes` into its row, and add the entry that `roles` sign."""
    entry_type = ENTRY_OF[event]
    assert may_sign(entry_type, frozenset(roles)), f"{entry_type} is signed by others"
    move_claim(claim, event, **changes)
    add_entry(
        chain=bytes.fromhex(claim.ref),
        type=entry_type,
        body=dict(body),
        roles=[role.value for role in roles],
        now=now,
    )


def hold(claim: Claim, **changes: object) -> None:
    """Hold the claim's row to the end of the transaction, in the state in which it was read."""
    assert connection.in_atomic_block
    held = Claim.objects.filter(id=claim.id, state=claim.state)
    if held.update(state=claim.state, **changes) != 1:
        claim.refresh_from_db(fields=["state"])
        raise ClaimMoved(state=State[claim.state].value)


def move_claim(claim: Claim, event: Event, **changes: object) -> None:
    """Move the claim without an entry of its own: a period's entry says it for all its claims."""
    assert connection.in_atomic_block
    to = check_possible(claim, event)
    moved = Claim.objects.filter(id=claim.id, state=claim.state).update(state=to.name, **changes)
    if moved != 1:
        claim.refresh_from_db(fields=["state"])
        check_possible(claim, event)
        raise ClaimMoved(state=State[claim.state].value)
    claim.state = to.name
    for name, value in changes.items():
        setattr(claim, name, value)


def terms_of(claim: Claim) -> PlanTerms:
    """The version that governs the claim, named by its `claim.open`.

    Of a claim opened after the end of the plan, the run-off takes the place of its deadline.
    """
    of = plan(claim.plan)
    terms, ending = version_of(of, claim), wind_down(claim.plan)
    if ending is None or claim.opened_at is None:
        return terms
    is_late = day_of(claim.opened_at, of.timezone) >= ending.ends_on
    return terms_of_run_off(terms, ending) if is_late else terms


def version_of(of: Plan, claim: Claim) -> PlanTerms:
    """The same, where the claim's plan is at hand already."""
    assert claim.governing_version
    return next(terms for terms in of.versions if terms.version == claim.governing_version)
