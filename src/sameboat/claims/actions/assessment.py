"""Decisions: one person decides first; nothing moves until another confirms (`confirming`).

Two logins of one person are one person. Who investigated a claim decides nothing about it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from sameboat.claims.access import claim_to_judge, is_investigator, person_of
from sameboat.claims.checking import aids_possible
from sameboat.claims.clauses import clauses_of
from sameboat.claims.life import check_possible, terms_of
from sameboat.claims.models import Claim, Decision
from sameboat.claims.payees import refuse_unverified_payee
from sameboat.claims.reasons import DeclineReason, RecallReason, ReopenReason
from sameboat.claims.stated import LONG_MAX, REASON_PLACE, choice, stated_of, text
from sameboat.identity.actions import audit
from sameboat.identity.personal import seal_text
from sameboat.identity.roles import Role as StaffRole
from sameboat.rules.benefit import Aid
from sameboat.rules.claim import Event, State
from sameboat.rules.needs import needs_investigation
from sameboat.runtime.refusals import Refusal


class InvestigationNeeded(Refusal):
    """The terms do not allow a proposal without an investigation."""

    code = "investigation_needed"
    en = "The terms require an investigation before a proposal."
    zh = "条款要求先调查，才能提出互助。"


class BenefitRowNotDue(Refusal):
    """The row of the benefit table is not one of this claim's age and tier."""

    code = "benefit_row_not_due"
    en = "The row {row} is not due at the age and tier of this claim; possible: {possible}."
    zh = "互助金表的 {row} 不适用于该申请的年龄和档位；可选：{possible}。"


class NothingDue(Refusal):
    """The row pays nothing: no bills, or everything was paid before."""

    code = "nothing_due"
    en = "Under {row} nothing is due: no bills were stated, or all that is due was paid before."
    zh = "按 {row} 没有应付的互助金：没有填写费用，或应付的已全部支付。"


class DecisionWaiting(Refusal):
    """Another decision about the claim waits for its second person."""

    code = "decision_waiting"
    en = "A decision about this claim already waits for a second person."
    zh = "该申请已有一项决定等待第二人确认。"


class FourEyes(Refusal):
    """The second person is the first one, or investigated the claim."""

    code = "four_eyes"
    en = "A second person has to confirm this: not the one who decided, nor the investigator."
    zh = "须由另一人确认：不能是作出决定的人，也不能是调查员。"


@transaction.atomic
def propose_aid(
    *, login_id: int, claim_ref: str, benefit_row: str, reason: str, now: datetime
) -> int:
    """Propose the aid of a row of the governing version's benefit table; the decision's id.

    The row is of the age at diagnosis; its severity is what the assessment found, not what the
    claimant stated.
    """
    claim = _claim_to_decide(login_id, claim_ref, Event.PROPOSE, now)
    if needs_investigation(terms_of(claim).claims, State[claim.state]):
        raise InvestigationNeeded()
    refuse_unverified_payee(claim)
    possible = {due.aid.row.id: due.aid.amount for due in aids_possible(claim)}
    if benefit_row not in possible:
        raise BenefitRowNotDue(row=benefit_row, possible=", ".join(possible))
    aid = possible[benefit_row]
    if not aid:
        raise NothingDue(row=benefit_row)
    return _decide(claim, login_id, "propose", reason, now=now, benefit_row=benefit_row, aid=aid)


@transaction.atomic
def decline_claim(
    *,
    login_id: int,
    claim_ref: str,
    clause: str,
    reason_code: str,
    reason: str,
    now: datetime,
) -> int:
    """Propose to decline under a clause (`clauses_of` the terms), with a coded reason and words.

    The row that would be due if the board overturns it is fixed with the decision.
    """
    claim = _claim_to_decide(login_id, claim_ref, Event.DECLINE, now)
    choice(clause, clauses_of(terms_of(claim)), field="clause")
    choice(reason_code, tuple(DeclineReason), field="reason_code")
    due = _due_as_stated(claim)
    return _decide(
        claim,
        login_id,
        "decline",
        reason,
        now=now,
        clause=clause,
        reason_code=reason_code,
        benefit_row=due.row.id if due else "",
        aid=(due.amount or None) if due else None,
    )


@transaction.atomic
def recall_decision(*, login_id: int, claim_ref: str, reason_code: str, now: datetime) -> int:
    """Propose to take a proposal back before it is published."""
    claim = _claim_to_decide(login_id, claim_ref, Event.RECALL, now)
    choice(reason_code, tuple(RecallReason), field="reason_code")
    return _decide(claim, login_id, "recall", reason_code, now=now, reason_code=reason_code)


@transaction.atomic
def reopen_claim(
    *, login_id: int, claim_ref: str, reason_code: str, reason: str, now: datetime
) -> int:
    """Propose to look at a decided claim again: fraud, a court or the board (two second deciders).

    What was settled and paid before counts; only the difference moves money again.
    """
    claim = claim_to_judge(login_id, claim_ref, StaffRole.SECOND_DECIDER, now=now)
    _refuse_investigator(login_id, claim)
    check_possible(claim, Event.REOPEN)
    choice(reason_code, tuple(ReopenReason), field="reason_code")
    return _decide(claim, login_id, "reopen", reason, now=now, reason_code=reason_code)


def decide_objection(
    claim: Claim, login_id: int, objection_id: int, kind: str, reason: str, now: datetime
) -> int:
    """Write the first person's answer to an objection, to be confirmed like any decision."""
    return _decide(claim, login_id, kind, reason, now=now, objection_id=objection_id)


def claim_to_answer(login_id: int, claim_ref: str, *, now: datetime) -> Claim:
    """The claim, for whoever answers objections to it."""
    claim = claim_to_judge(login_id, claim_ref, StaffRole.CASE_HANDLER, now=now)
    _refuse_investigator(login_id, claim)
    return claim


def _claim_to_decide(login_id: int, claim_ref: str, event: Event, now: datetime) -> Claim:
    claim = claim_to_answer(login_id, claim_ref, now=now)
    check_possible(claim, event)
    return claim


def _decide(
    claim: Claim, login_id: int, kind: str, reason: str, *, now: datetime, **fields: object
) -> int:
    words = text(reason, field="reason", longest=LONG_MAX)
    decision = Decision(
        claim=claim,
        kind=kind,
        sealed_reason=seal_text("claim", claim.ref, REASON_PLACE, words),
        first_login_id=login_id,
        first_person_id=person_of(login_id),
        first_at=now,
        **fields,
    )
    try:
        with transaction.atomic():
            decision.save(force_insert=True)
    except IntegrityError:
        # `one_decision_waiting_per_claim`, `one_answer_per_objection`: somebody decided first.
        raise DecisionWaiting() from None
    audit(login_id=login_id, verb=f"claim.{kind}", subject=claim.ref, now=now)
    return decision.id


def _due_as_stated(claim: Claim) -> Aid | None:
    """The aid by the severity that the claimant stated; None where no row is due."""
    severity = stated_of(claim).severity
    due = (one.aid for one in aids_possible(claim) if one.aid.row.severity == severity)
    return next(due, None)


def _refuse_investigator(login_id: int, claim: Claim) -> None:
    if is_investigator(login_id, claim):
        raise FourEyes()
