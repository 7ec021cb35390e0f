"""What people ask of money themselves: a payer to be debited now, finance to send again.

Each is one transaction of one person; the next run of payments does the rest.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from sameboat.identity.actions import audit
from sameboat.identity.models import Login
from sameboat.identity.queries import require_role
from sameboat.identity.roles import Role
from sameboat.payments.models import Refund, UnpaidDebit
from sameboat.rules.money import Fen
from sameboat.runtime.refusals import Refusal


class NothingOwed(Refusal):
    """The payer owes nothing that is not being debited already."""

    code = "nothing_owed"
    en = "Nothing is owed, or it is being debited right now."
    zh = "没有欠款，或正在扣款中。"


class NoFailedRefund(Refusal):
    """There is no such refund, or it did not fail."""

    code = "no_failed_refund"
    en = "There is no failed refund of that number; it may be on its way or paid."
    zh = "没有该编号的失败退款；可能正在退款或已退清。"


@transaction.atomic
def pay_arrears(*, login_id: int, now: datetime) -> Fen:
    """Ask that everything the login's household owes be debited now; what that comes to, in fen.

    What somebody else has borne meanwhile is among it. Asking again before the debit changes
    nothing.
    """
    payer = Login.objects.values_list("person", flat=True).get(pk=login_id)
    owed = UnpaidDebit.objects.filter(
        household__payer=payer, collected_on=None, batch=None, payout=None
    )
    amount = owed.aggregate(total=Sum("amount"))["total"]
    if payer is None or not amount:
        raise NothingOwed()
    owed.update(asked=True)
    return Fen(amount)


@transaction.atomic
def retry_refund(*, login_id: int, refund_id: int, now: datetime) -> None:
    """Send a refund that failed once more, after finance has mended the cause."""
    require_role(login_id, Role.FINANCE)
    refund = Refund.objects.filter(pk=refund_id, state="FAILED").first()
    if refund is None:
        raise NoFailedRefund()
    attempt = refund.attempt + 1
    first_key = refund.key if refund.attempt == 1 else refund.key.rpartition("/")[0]
    moved = Refund.objects.filter(pk=refund.pk, state="FAILED", attempt=refund.attempt).update(
        state="PREPARED", reason="", batch=None, attempt=attempt, key=f"{first_key}/{attempt}"
    )
    if moved != 1:
        raise NoFailedRefund()
    audit(login_id=login_id, verb="refund.retry", subject=refund.key[:80], now=now)
