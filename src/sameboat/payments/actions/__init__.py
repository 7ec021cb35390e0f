"""What is done with money: tell payers, collect, pay out, give back, compare with the gateway."""

from __future__ import annotations

from sameboat.payments.actions.advancing import STAGES, advance
from sameboat.payments.actions.collecting import collect, retry
from sameboat.payments.actions.cycles import bear_defaults, close_cycle, finish
from sameboat.payments.actions.notifying import notify
from sameboat.payments.actions.paying import pay_out, retry_payout
from sameboat.payments.actions.reconciling import reconcile
from sameboat.payments.actions.refunding import refund_waiting_shares, send_refunds
from sameboat.payments.actions.returning import come_back
from sameboat.payments.actions.waiving import waive

__all__ = [
    "STAGES",
    "advance",
    "bear_defaults",
    "close_cycle",
    "collect",
    "come_back",
    "finish",
    "notify",
    "pay_out",
    "reconcile",
    "refund_waiting_shares",
    "retry",
    "retry_payout",
    "send_refunds",
    "waive",
]
