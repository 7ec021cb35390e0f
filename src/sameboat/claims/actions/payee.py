"""The payee: named anew before the decision, and verified by the identity gateway.

The gateway is asked by a job, outside of any transaction. While it does not answer the question
waits and is asked again, each time later; the claim goes on meanwhile, up to the decision.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Unpack

from django.db import transaction

from sameboat.claims.access import claim_to_file
from sameboat.claims.life import ClaimEventNotPossible, hold
from sameboat.claims.models import Claim, PayeeChange
from sameboat.claims.payees import BEFORE_THE_DECISION, Payee, named, opened_payee, read_payee
from sameboat.claims.stated import SaidPayee
from sameboat.gateways import GatewayUnavailable, identity_check
from sameboat.gateways.identity_check import IdentityAnswer, Outcome
from sameboat.identity.persons import ADULT_YEARS, HOME_TIMEZONE
from sameboat.rules.calendar import age_on, day_of
from sameboat.rules.claim import CLOSED, State
from sameboat.rules.documents import DocumentKind
from sameboat.runtime.jobs import queue
from sameboat.runtime.keys import KeyDestroyed

RETRY_AFTER_SECONDS = 30
RETRY_AFTER_MAX_SECONDS = 3_600
_ATTEMPTS_COUNTED_MAX = 1_000


@transaction.atomic
def name_payee(
    *,
    login_id: int,
    claim_ref: str,
    now: datetime,
    **said: Unpack[SaidPayee],
) -> None:
    """Name another payee, until the aid is decided; the gateway is asked about them anew."""
    claim = claim_to_file(login_id, claim_ref)
    if State[claim.state] not in BEFORE_THE_DECISION:
        raise ClaimEventNotPossible(state=State[claim.state].value, event="name_payee")
    columns = named(claim.ref, read_payee(said), login_id=login_id, ill=claim.membership, now=now)
    hold(claim, **columns)
    ask_about(columns)


def ask_about(columns: dict[str, object]) -> None:
    """Have the gateway asked about the payee of these columns, unless it is known already."""
    if not columns["payee_outcome"]:
        queue.configure_task("claims.verify_payee").defer(payee_ref=str(columns["payee_ref"]))


def answer_payee(*, payee_ref: str, now: datetime) -> str:
    """Ask the gateway about a payee and record its answer; empty means "asked again later".

    Answering twice changes nothing; a payee who was replaced meanwhile is nobody's concern.
    """
    names = _named_by(payee_ref)
    if names is None:
        return ""
    claim = names if isinstance(names, Claim) else names.claim
    if names.payee_outcome or State[claim.state] in CLOSED:
        return names.payee_outcome
    try:
        payee = opened_payee(claim.ref, names)
    except KeyDestroyed:
        return ""
    return _record(names, _judged(_ask(payee), now), now=now)


def _named_by(payee_ref: str) -> Claim | PayeeChange | None:
    """Who names this payee: a claim, or a change of its payee."""
    claim = Claim.objects.filter(payee_ref=payee_ref).first()
    if claim is not None:
        return claim
    changes = PayeeChange.objects.filter(payee_ref=payee_ref, outcome="")
    return changes.select_related("claim").first()


def _ask(payee: Payee) -> IdentityAnswer:
    try:
        return identity_check.provider().check(
            document_kind=DocumentKind(payee.document_kind),
            document_number=payee.document_number,
            name=payee.name,
        )
    except GatewayUnavailable:
        return IdentityAnswer(Outcome.TIMEOUT)


def _judged(answer: IdentityAnswer, now: datetime) -> Outcome:
    """The outcome, with our own look at the age: nobody under age is paid."""
    born = answer.born_on
    if answer.outcome is Outcome.MATCH and born is not None and _is_minor(born, now):
        return Outcome.MINOR
    return answer.outcome


def _is_minor(born: date, now: datetime) -> bool:
    return age_on(born, day_of(now, HOME_TIMEZONE)) < ADULT_YEARS


@transaction.atomic
def _record(names: Claim | PayeeChange, outcome: Outcome, *, now: datetime) -> str:
    waiting = type(names).objects.filter(payee_ref=names.payee_ref, payee_outcome="")
    if outcome is not Outcome.TIMEOUT:
        waiting.update(payee_outcome=outcome.value, payee_answered_at=now)
        return outcome.value
    counted = min(names.payee_attempts, _ATTEMPTS_COUNTED_MAX)
    if waiting.update(payee_attempts=counted + 1) == 1:
        later = min(RETRY_AFTER_SECONDS << min(counted, 7), RETRY_AFTER_MAX_SECONDS)
        deferrer = queue.configure_task("claims.verify_payee", schedule_in={"seconds": later})
        deferrer.defer(payee_ref=names.payee_ref)
    return ""
