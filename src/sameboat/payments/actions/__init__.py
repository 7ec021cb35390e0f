"""What is done with money: tell payers, collect, pay out, give back, compare with the gateway."""

from __future__ import annotations

from sameboat.payments.actions.advancing import STAGES, advance
from sameboat.payments.actions.by_hand import pay_arrears, retry_refund
from sameboat.payments.actions.closing import give_back
from sameboat.payments.actions.collecting import collect, retry
from sameboat.payments.actions.cycles import bear_defaults, close_cycle, finish
from sameboat.payments.actions.notifying import notify, warn
from sameboat.payments.actions.paying import pay_out, retry_payout
from sameboat.payments.actions.reclaiming import propose_write_off, state_repayment
from sameboat.payments.actions.reconciling import reconcile
from sameboat.payments.actions.refunding import refund_shares
from sameboat.payments.actions.resolving import (
    confirm_resolution,
    drop_resolution,
    propose_resolution,
)
from sameboat.payments.actions.returning import come_back
from sameboat.payments.actions.sending_back import send_refunds
from sameboat.payments.actions.telling import tell_of_recoveries
from sameboat.payments.actions.waiving import waive

__all__ = [
    "STAGES",
    "advance",
    "bear_defaults",
    "close_cycle",
    "collect",
    "come_back",
    "confirm_resolution",
    "drop_resolution",
    "finish",
    "give_back",
    "notify",
    "pay_arrears",
    "pay_out",
    "propose_resolution",
    "propose_write_off",
    "reconcile",
    "refund_shares",
    "retry",
    "retry_payout",
    "retry_refund",
    "send_refunds",
    "state_repayment",
    "tell_of_recoveries",
    "waive",
    "warn",
]
