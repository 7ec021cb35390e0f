"""The second person: agrees, and the decision takes effect; or does not, and it is dropped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from sameboat.claims.access import is_investigator, person_of, refuse_party
from sameboat.claims.actions.assessment import FourEyes
from sameboat.claims.actions.reopening import reopen
from sameboat.claims.children import refuse_without_childrens_role
from sameboat.claims.clauses import WAITING_CLAUSE
from sameboat.claims.life import hold, step, terms_of
from sameboat.claims.models import Decision
from sameboat.claims.payees import refuse_unverified_payee
from sameboat.claims.reasons import Answer
from sameboat.identity.actions import audit
from sameboat.identity.queries import NotAllowed, require_role, roles_of
from sameboat.identity.roles import Role as StaffRole
from sameboat.members.actions import end_membership
from sameboat.plans.queries import plan
from sameboat.proof.canonical import JsonObject
from sameboat.rules.calendar import day_of, start_of
from sameboat.rules.claim import Event, Role
from sameboat.rules.membership import EndReason
from sameboat.rules.needs import appeal_ends_on
from sameboat.runtime.refusals import Refusal

TWO = (Role.OPERATOR, Role.SECOND)


class NoSuchDecision(Refusal):
    """There is no such decision, or it waits no more."""

    code = "no_such_decision"
    en = "That decision does not wait any more: it was confirmed or dropped."
    zh = "该决定已不在等待：它已被确认或撤下。"


@transaction.atomic
def confirm_decision(*, login_id: int, decision_id: int, now: datetime) -> None:
    """Agree, as another person: the claim moves and the entry of the record is written."""
    require_role(login_id, StaffRole.SECOND_DECIDER)
    decision = _waiting(decision_id)
    claim, second = decision.claim, person_of(login_id)
    refuse_party(login_id, claim)
    refuse_without_childrens_role(login_id, claim, now=now)
    if second == decision.first_person_id or is_investigator(login_id, claim):
        raise FourEyes()
    taken = Decision.objects.filter(id=decision_id, second_at=None, dropped_at=None).update(
        second_login_id=login_id, second_person_id=second, second_at=now
    )
    if taken != 1:
        raise NoSuchDecision()
    _CONFIRMED[decision.kind](decision, now)
    audit(login_id=login_id, verb=f"claim.confirm_{decision.kind}", subject=claim.ref, now=now)


@transaction.atomic
def drop_decision(*, login_id: int, decision_id: int, now: datetime) -> None:
    """Do not agree, or take one's own decision back: the claim may be decided anew."""
    require_role(login_id, StaffRole.SECOND_DECIDER, StaffRole.CASE_HANDLER)
    decision = _waiting(decision_id)
    seconds = StaffRole.SECOND_DECIDER in roles_of(login_id)
    if not seconds and person_of(login_id) != decision.first_person_id:
        raise NotAllowed(needed=StaffRole.SECOND_DECIDER)
    refuse_party(login_id, decision.claim)
    refuse_without_childrens_role(login_id, decision.claim, now=now)
    dropped = Decision.objects.filter(id=decision_id, second_at=None, dropped_at=None).update(
        dropped_at=now
    )
    if dropped != 1:
        raise NoSuchDecision()
    audit(login_id=login_id, verb="claim.drop", subject=decision.claim.ref, now=now)


def _waiting(decision_id: int) -> Decision:
    found = Decision.objects.select_related(
        "claim__membership__household", "claim__membership__person", "objection"
    ).filter(id=decision_id, second_at=None, dropped_at=None)
    decision = found.first()
    if decision is None:
        raise NoSuchDecision()
    return decision


# What a confirmed decision does


def _confirm_propose(decision: Decision, now: datetime) -> None:
    assert decision.aid is not None
    # The claimant may have named another payee since the first person decided.
    hold(decision.claim)
    refuse_unverified_payee(decision.claim)
    body: JsonObject = {"row": decision.benefit_row, "aid": decision.aid}
    changes = {"benefit_row": decision.benefit_row, "aid": decision.aid}
    step(decision.claim, Event.PROPOSE, roles=TWO, body=body, now=now, **changes)


def _confirm_recall(decision: Decision, now: datetime) -> None:
    body = {"reason": decision.reason_code}
    step(decision.claim, Event.RECALL, roles=TWO, body=body, now=now)


def _confirm_decline(decision: Decision, now: datetime) -> None:
    claim = decision.claim
    timezone = plan(claim.plan).timezone
    ends_on = appeal_ends_on(terms_of(claim).claims, declined_on=day_of(now, timezone))
    appeal_ends_at = start_of(ends_on, timezone)
    body: JsonObject = {
        "clause": decision.clause,
        "reason": decision.reason_code,
        "appeal_ends_at": int(appeal_ends_at.timestamp()),
        # Where the table has no row for the claim, none is due whatever the board says.
        **({"row": decision.benefit_row, "aid": decision.aid} if decision.aid else {}),
    }
    step(
        claim,
        Event.DECLINE,
        roles=TWO,
        body=body,
        now=now,
        decline_clause=decision.clause,
        appeal_ends_at=appeal_ends_at,
        closed_at=now,
    )
    if decision.clause == WAITING_CLAUSE and claim.membership.ends_on is None:
        end_membership(
            membership_id=claim.membership_id,
            reason=EndReason.WAITING_ILLNESS,
            on=day_of(now, timezone),
            now=now,
        )


def _confirm_reopen(decision: Decision, now: datetime) -> None:
    reopen(decision, now=now)


def _confirm_dismiss(decision: Decision, now: datetime) -> None:
    _answer(decision, Event.DISMISS_OBJECTION, Answer.DISMISSED, now)


def _confirm_uphold(decision: Decision, now: datetime) -> None:
    _answer(decision, Event.UPHOLD_OBJECTION, Answer.UPHELD, now)


def _answer(decision: Decision, event: Event, outcome: Answer, now: datetime) -> None:
    objection = decision.objection
    assert objection is not None
    body: JsonObject = {"objection": objection.ref, "outcome": outcome.value}
    step(decision.claim, event, roles=TWO, body=body, now=now)
    objection.outcome, objection.answered_at = outcome.value, now
    objection.save(update_fields=["outcome", "answered_at"])


_CONFIRMED: Mapping[str, Callable[[Decision, datetime], None]] = {
    "propose": _confirm_propose,
    "recall": _confirm_recall,
    "decline": _confirm_decline,
    "reopen": _confirm_reopen,
    "dismiss": _confirm_dismiss,
    "uphold": _confirm_uphold,
}
"""What each kind of decision does once a second person agreed."""
