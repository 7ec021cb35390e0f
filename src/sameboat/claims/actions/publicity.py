"""Publicity: cases are shown to all members, who may object; then they are accepted.

`open_publicity`, `finalise`, `mark_settled` and `mark_paid` follow the calendar of a period: the
settlement and the payments call them in their own transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from sameboat.claims.actions.assessment import claim_to_answer, decide_objection
from sameboat.claims.checking import aids_possible, facts_of
from sameboat.claims.life import check_possible, move_claim, step, terms_of
from sameboat.claims.models import Claim, Objection
from sameboat.claims.queries import NoSuchCase, published_case
from sameboat.claims.reasons import Answer, ObjectionReason
from sameboat.claims.stated import LONG_MAX, OBJECTION_PLACE, choice
from sameboat.claims.stated import text as written
from sameboat.identity.personal import seal_text
from sameboat.members.actions import end_membership
from sameboat.members.queries import active_in_plan, membership_key
from sameboat.plans.queries import plan, terms_on
from sameboat.proof.canonical import Json, JsonObject
from sameboat.proof.commitment import objector
from sameboat.record.queries import last_entries
from sameboat.rules.benefit import ends_membership
from sameboat.rules.calendar import day_of, start_of
from sameboat.rules.claim import Event, Role, State
from sameboat.rules.membership import EndReason
from sameboat.rules.money import Fen
from sameboat.runtime.ids import reference
from sameboat.runtime.refusals import Refusal

NO_ARREARS = Fen(0)


class PublicityOver(Refusal):
    """The days in which members may object have ended."""

    code = "publicity_over"
    en = "The publicity of this case ended at {ended_at}."
    zh = "该案例的公示已于 {ended_at} 结束。"


class OwnCase(Refusal):
    """The claimant objects to their own claim."""

    code = "own_case"
    en = "This is your own case."
    zh = "这是您本人的案例。"


class ObjectedAlready(Refusal):
    """The member objected to this claim before."""

    code = "objected_already"
    en = "You have objected to this case already; it will be answered."
    zh = "您已对该案例提出异议，请等待答复。"


class NoSuchObjection(Refusal):
    """There is no such objection, or it was answered."""

    code = "no_such_objection"
    en = "There is no unanswered objection of that number."
    zh = "没有该编号的未答复异议。"


# Members


@transaction.atomic
def object_to_claim(
    *, login_id: int, claim_ref: str, reason_code: str, text: str, now: datetime
) -> str:
    """Record a member's doubt about a published case; the objection's reference.

    One per member and claim. The record counts it by a hash that does not tell who it was.
    """
    claim = published_case(login_id, claim_ref)
    member = active_in_plan(login_id, claim.plan)
    if member is None:
        raise NoSuchCase()
    if member.person_id == claim.membership.person_id:
        raise OwnCase()
    choice(reason_code, tuple(ObjectionReason), field="reason_code")
    words = written(text, field="text", longest=LONG_MAX)
    check_possible(claim, Event.OBJECT)
    assert claim.publicity_ends_at is not None
    if now >= claim.publicity_ends_at:
        raise PublicityOver(ended_at=claim.publicity_ends_at)
    ref = reference()
    objection = Objection(
        claim=claim,
        ref=ref,
        objector=member,
        reason_code=reason_code,
        sealed_text=seal_text("claim", claim.ref, f"{OBJECTION_PLACE}/{ref}", words),
        received_at=now,
    )
    try:
        with transaction.atomic():
            objection.save(force_insert=True)
    except IntegrityError:
        raise ObjectedAlready() from None
    _record_objection(claim, objection, now=now)
    return ref


# Staff


@transaction.atomic
def answer_objection(
    *, login_id: int, objection_ref: str, outcome: str, reason: str, now: datetime
) -> int:
    """Propose to dismiss or uphold an objection, with the reason; the decision's id.

    A second person confirms it (`confirm_decision`). Upheld, the claim goes back to assessment.
    """
    found = Objection.objects.select_related("claim").filter(ref=objection_ref, outcome="").first()
    if found is None:
        raise NoSuchObjection()
    claim = claim_to_answer(login_id, found.claim.ref, now=now)
    choice(outcome, tuple(Answer), field="outcome")
    dismissed = outcome == Answer.DISMISSED
    check_possible(claim, Event.DISMISS_OBJECTION if dismissed else Event.UPHOLD_OBJECTION)
    kind = "dismiss" if dismissed else "uphold"
    return decide_objection(claim, login_id, found.id, kind, reason, now)


# The rhythm of periods


@transaction.atomic
def open_publicity(*, plan_id: str, publicity_on: date, now: datetime) -> int:
    """Show the members every claim of the plan that was proposed before the publicity day.

    Publicity is counted in civil days: it ends at 00:00 of today + the terms' days, whatever the
    second at which it opened.
    """
    timezone = plan(plan_id).timezone
    today = day_of(now, timezone)
    assert today >= publicity_on
    days = terms_on(plan_id, publicity_on).rhythm.publicity_length_days
    ends_at = start_of(today + timedelta(days=days), timezone)
    body = {"ends_at": int(ends_at.timestamp())}
    proposed = Claim.objects.filter(plan=plan_id, state=State.PROPOSED.name, held_at=None)
    opened = 0
    for claim in proposed.order_by("id"):
        if _proposed_at(claim) >= start_of(publicity_on, timezone):
            continue
        step(
            claim,
            Event.PUBLISH,
            roles=[Role.OPERATOR],
            body=body,
            now=now,
            publicity_opened_at=now,
            publicity_ends_at=ends_at,
        )
        _hear_again(claim, now=now)
        opened += 1
    return opened


@transaction.atomic
def finalise(*, plan_id: str, publicity_on: date, now: datetime) -> int:
    """Accept every published claim whose publicity is over and whose objections are answered.

    The others stay published and are accepted with a later period, once they are answered. Nor is
    a claim accepted whose publicity the record does not hold: it was not shown (`holding`).
    """
    assert day_of(now, plan(plan_id).timezone) >= publicity_on
    published = Claim.objects.filter(plan=plan_id, state=State.PUBLISHED.name, held_at=None)
    over = published.filter(publicity_ends_at__lte=now).exclude(objections__outcome="")
    shown = list(over.order_by("id"))
    entries = last_entries("publicity.open", [bytes.fromhex(claim.ref) for claim in shown])
    accepted = 0
    for claim in shown:
        if entries[bytes.fromhex(claim.ref)].state != "RECORDED":
            continue
        step(claim, Event.FINALISE, roles=[Role.OPERATOR], body={}, now=now, accepted_at=now)
        accepted += 1
    return accepted


@transaction.atomic
def mark_settled(*, claim_ids: Sequence[int], period_on: date, now: datetime) -> None:
    """Move the claims of a settled period on; `period.settle` says it for all of them."""
    for claim in Claim.objects.filter(id__in=claim_ids).order_by("id"):
        move_claim(claim, Event.SETTLE, settled_at=now, period_on=period_on, money_moves="")


@transaction.atomic
def mark_paid(*, claim_id: int, now: datetime, arrears: Fen = NO_ARREARS) -> None:
    """Record that the payee has the aid, less `arrears` taken off; write `payout.confirm`.

    Of a claim that was reopened after a payout, it is about what was still to be paid.

    Where the terms end the membership with the aid, today is its last day.
    """
    claim = Claim.objects.select_related("membership").get(id=claim_id)
    assert claim.aid is not None
    due = claim.aid - claim.unfunded
    aid = due - claim.paid_aid
    assert 0 <= arrears <= aid
    body: JsonObject = {
        "aid": aid,
        "paid": aid - arrears,
        "arrears": int(arrears),
        **({"unfunded": claim.unfunded} if claim.unfunded else {}),
        **_payees_changed(claim),
    }
    step(
        claim,
        Event.CONFIRM_PAYOUT,
        roles=[Role.PROVIDER],
        body=body,
        now=now,
        paid_at=now,
        paid_aid=due,
        money_moves="",
    )
    if claim.membership.ends_on is None and _ends_membership(claim):
        end_membership(
            membership_id=claim.membership_id,
            reason=EndReason.AIDED,
            on=day_of(now, plan(claim.plan).timezone),
            now=now,
        )


def _payees_changed(claim: Claim) -> dict[str, Json]:
    """How often the payee was changed after the decision; said only where it was."""
    count = claim.payee_changes.filter(outcome="approved").count()
    return {"payee_changes": count} if count else {}


def _ends_membership(claim: Claim) -> bool:
    """Whether the terms end the membership with this payment: with the first, or the last one."""
    benefits = terms_of(claim).benefits
    if not benefits.ends_membership or benefits.ends_with == "first":
        return benefits.ends_membership and claim.follows_id is None
    due = next(due.aid for due in aids_possible(claim) if due.aid.row.id == claim.benefit_row)
    return ends_membership(benefits, due, facts_of(claim).earlier)


def _hear_again(claim: Claim, *, now: datetime) -> None:
    """Put on the record what members objected while an earlier publicity was not recorded."""
    for objection in claim.objections.filter(outcome="").select_related("objector__person"):
        _record_objection(claim, objection, now=now)


def _record_objection(claim: Claim, objection: Objection, *, now: datetime) -> None:
    who = objector(membership_key(objection.objector), bytes.fromhex(claim.ref))
    body: JsonObject = {
        "objection": objection.ref,
        "objector": who.hex(),
        "received": int(objection.received_at.timestamp()),
        "reason": objection.reason_code,
    }
    step(claim, Event.OBJECT, roles=[Role.INTAKE], body=body, now=now)


def _proposed_at(claim: Claim) -> datetime:
    last = claim.decisions.filter(kind="propose", second_at__isnull=False).latest("second_at")
    assert last.second_at is not None
    return last.second_at
