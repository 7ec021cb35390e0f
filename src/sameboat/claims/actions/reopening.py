"""Reopening a decided claim, and when its money stands in the way of that.

Settlement and payments say here when the money of a claim is on its way. Until it has arrived, or
has come back, the claim is not reopened: a decision never overtakes a payment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from sameboat.claims.actions.drafting import OpenClaimExists
from sameboat.claims.life import step
from sameboat.claims.models import Claim, Decision
from sameboat.proof.canonical import JsonObject
from sameboat.rules.claim import Event, Role, State
from sameboat.rules.money import Fen
from sameboat.runtime.refusals import Refusal

SETTLING = "settling"
PAYING = "paying"


class MoneyOnItsWay(Refusal):
    """The aid of the claim is being settled or paid at this moment."""

    code = "money_on_its_way"
    en = "The money of this claim is on its way right now. Reopen it when it has arrived."
    zh = "该申请的互助金正在结算或付款，请待到账后再重新审核。"


def reopen(decision: Decision, *, now: datetime) -> None:
    """Take a decided claim back to assessment. What was settled and paid stays counted."""
    claim = decision.claim
    claim.refresh_from_db(fields=["money_moves"])
    if claim.money_moves:
        raise MoneyOnItsWay()
    body: JsonObject = {"reason": decision.reason_code}
    try:
        with transaction.atomic():
            step(
                claim,
                Event.REOPEN,
                roles=[Role.QUORUM],
                body=body,
                now=now,
                closed_at=None,
                accepted_at=None,
                settled_at=None,
                unfunded=0,
                decline_clause="",
                appeal_ends_at=None,
            )
    except IntegrityError:
        # `one_open_claim_per_membership`
        raise OpenClaimExists() from None


def begin_settling(*, claim_ids: Sequence[int]) -> list[int]:
    """Those of these claims that are still accepted: until they are settled, none is reopened."""
    assert connection.in_atomic_block
    accepted = Claim.objects.filter(id__in=claim_ids, state=State.ACCEPTED.name)
    accepted.update(money_moves=SETTLING)
    return list(accepted.order_by("id").values_list("id", flat=True))


def fall_short(*, claim_id: int, unfunded: Fen) -> None:
    """Say what of a claim's aid the money left at the plan's end does not reach."""
    Claim.objects.filter(id=claim_id, money_moves=SETTLING).update(unfunded=unfunded)


def begin_paying(*, claim_id: int) -> bool:
    """Say that the gateway is asked to pay.

    False where the claim was reopened before, where its payee is to be another one, or has died.
    """
    assert connection.in_atomic_block
    settled = Claim.objects.filter(id=claim_id, state=State.SETTLED.name, payee_held_at=None)
    settled = settled.exclude(payee_person__deceased_on__isnull=False)
    return settled.update(money_moves=PAYING) == 1


def end_paying(*, claim_id: int) -> None:
    """Say that the payment failed for good; nothing is on its way any more."""
    Claim.objects.filter(id=claim_id, money_moves=PAYING).update(money_moves="")


def reclaim(*, claim_id: int, aid: Fen) -> None:
    """Say that so much of what was paid has to be given back."""
    claim = Claim.objects.select_for_update().get(id=claim_id)
    assert 0 <= aid <= claim.paid_aid
    Claim.objects.filter(id=claim_id).update(paid_aid=claim.paid_aid - aid)
