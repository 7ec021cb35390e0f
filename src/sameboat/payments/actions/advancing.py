"""Running whatever is due for the money of a plan, by one process at a time."""

from __future__ import annotations

import logging
from datetime import datetime

from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.resting import ask_at_once, is_resting
from sameboat.payments import agenda
from sameboat.payments.actions.closing import give_back
from sameboat.payments.actions.collecting import collect, retry
from sameboat.payments.actions.cycles import bear_defaults, close_cycle, finish
from sameboat.payments.actions.notifying import notify, warn
from sameboat.payments.actions.paying import pay_out
from sameboat.payments.actions.reconciling import reconcile_due
from sameboat.payments.actions.refunding import refund_shares
from sameboat.payments.actions.sending_back import send_refunds
from sameboat.payments.actions.telling import tell_of_recoveries
from sameboat.payments.actions.waiving import waive
from sameboat.settlement.alone import alone

_log = logging.getLogger(__name__)
STAGES = {
    "waive": waive,
    "notify": notify,
    "collect": collect,
    "warn": warn,
    "retry": retry,
    "close_cycle": close_cycle,
    "pay_out": pay_out,
    "finish": finish,
}


def advance(*, plan_id: str, now: datetime, by_hand: bool = False) -> list[str]:
    """Run every stage that is due for the plan, each once; returns what was done, in order.

    What the gateway has not answered is due again: call it again. A second process at the same time
    is refused with `PeriodBusy`. `by_hand`: a person asks, and gateways that rest are asked too.
    """
    done: list[str] = []
    with alone("payments", plan_id):
        if by_hand:
            ask_at_once(now=now)
        while step := _next(plan_id, now, done):
            period_id, stage, name = step
            try:
                STAGES[stage](period_id=period_id, now=now)
            except GatewayUnavailable as refusal:
                # This stage is due again with the next run; the others go on.
                _log.error("payments: %s of %s: %s", stage, plan_id, refusal)
            done.append(name)
        if bear_defaults(plan_id=plan_id, now=now):
            done.append("defaults")
        for claim in agenda.refunds_due(plan_id, now):
            refund_shares(claim_id=claim.pk, now=now)
            done.append(f"refund {claim.ref}")
        if agenda.closing_due(plan_id, now):
            give_back(plan_id=plan_id, now=now)
            done.append("closing")
        if send_refunds(plan_id=plan_id, now=now):
            done.append("refunds")
        done += _ask_besides(plan_id, now)
    return done


def _ask_besides(plan_id: str, now: datetime) -> list[str]:
    """What claimants are told, and the statements: what a gateway does not answer is due again."""
    done: list[str] = []
    try:
        if not is_resting("messaging", now=now) and tell_of_recoveries(plan_id=plan_id, now=now):
            done.append("recoveries told")
    except GatewayUnavailable as refusal:
        _log.error("payments: recoveries of %s: %s", plan_id, refusal)
    try:
        if not is_resting("statements", now=now):
            done += [f"{day} reconcile" for day in reconcile_due(plan_id=plan_id, now=now)]
    except GatewayUnavailable as refusal:
        _log.error("payments: statements of %s: %s", plan_id, refusal)
    return done


def _next(plan_id: str, now: datetime, done: list[str]) -> tuple[int, str, str] | None:
    """The next stage that is due and was not run yet in this round."""
    for period, stage in agenda.due_stages(plan_id, now):
        name = f"{period.publicity_on} {stage}"
        if name not in done:
            return period.pk, stage, name
    return None
