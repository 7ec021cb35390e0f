"""How far a claim has come, and what happens next and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sameboat.members.queries import wind_down
from sameboat.pages.formatting import day
from sameboat.rules.claim import State
from sameboat.settlement import queries as settlement
from sameboat.settlement.models import Period

STEPS: tuple[tuple[Promise, frozenset[State]], ...] = (
    (gettext_lazy("Hand in"), frozenset({State.DRAFT, State.COLLECTING})),
    (
        gettext_lazy("Checks"),
        frozenset({State.SEALED, State.INVESTIGATION, State.REPORTED, State.BOARD}),
    ),
    (gettext_lazy("Publicity"), frozenset({State.PROPOSED, State.PUBLISHED})),
    (gettext_lazy("Sharing"), frozenset({State.ACCEPTED})),
    (gettext_lazy("Payout"), frozenset({State.SETTLED})),
)
OVER = frozenset({State.DECLINED, State.WITHDRAWN})
"""Ends without aid: there is no next step to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the steps from handing in to the payout."""

    label: Promise
    state: Literal["done", "now", "later"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The steps of a claim, and what comes next in words; empty where nothing does."""

    steps: tuple[Step, ...]
    next: str


def progress_of(*, state: State, plan_id: str, claim_ref: str) -> Progress | None:
    """How far a claim is; None for one that ended without aid."""
    if state in OVER:
        return None
    reached = next((i for i, (_label, states) in enumerate(STEPS) if state in states), len(STEPS))
    steps = tuple(
        Step(label=label, state="done" if i < reached else "now" if i == reached else "later")
        for i, (label, _states) in enumerate(STEPS)
    )
    return Progress(steps=steps, next=_next(state, plan_id, claim_ref))


def _next(state: State, plan_id: str, claim_ref: str) -> str:
    if state in (State.SEALED, State.INVESTIGATION, State.REPORTED):
        return _(
            "An outside investigator looks at the documents, then two people decide. If they"
            " propose aid, the case is shown to the members on %(day)s at the earliest."
        ) % {"day": day(settlement.next_publicity_on(plan_id))}
    if state is State.PROPOSED:
        return _("The case is shown to the members on %(day)s.") % {
            "day": day(settlement.next_publicity_on(plan_id))
        }
    period = _period(state, plan_id, claim_ref)
    if state in (State.PUBLISHED, State.ACCEPTED) and _waits_for_all(plan_id, period):
        ending = wind_down(plan_id)
        assert ending is not None
        return _(
            "This aid is paid from what is left: after %(day)s, when the last claim is decided,"
            " every claim gets the same part."
        ) % {"day": day(ending.claims_until)}
    return _with_money(state, period) if period is not None else ""


def _period(state: State, plan_id: str, claim_ref: str) -> Period | None:
    """The period in which the claim is shown or was shared."""
    if state is State.PUBLISHED:
        running = Period.objects.filter(plan=plan_id, settle_entry_hash=None)
        return running.order_by("-publicity_on").first()
    return Period.objects.filter(claims__claim__ref=claim_ref).first()


def _waits_for_all(plan_id: str, period: Period | None) -> bool:
    """Whether the aid waits for the last claim of a plan that ends; it is then of no period yet."""
    running = period or Period.objects.filter(plan=plan_id).order_by("-publicity_on").first()
    return running is not None and settlement.pays_what_is_left(running)


def _with_money(state: State, period: Period) -> str:
    days = {
        "ends": day(period.publicity_ends_on),
        "debit": day(period.debit_on),
        "payout": day(period.payout_from),
    }
    if state is State.PUBLISHED:
        return (
            _(
                "When publicity ends on %(ends)s and no objection is open, it is accepted. The"
                " members are debited on %(debit)s; the aid is paid out from %(payout)s."
            )
            % days
        )
    if state is State.ACCEPTED:
        return (
            _("The members are debited on %(debit)s; the aid is paid out from %(payout)s.") % days
        )
    if state is State.SETTLED:
        return (
            _("The aid is paid out from %(payout)s, whether or not every member has paid.") % days
        )
    return ""
