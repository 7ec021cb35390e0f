"""Stating money besides the claims: what the next period divides, and what relieves it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sameboat.proof.entry import chain_id
from sameboat.record.actions import add_entry
from sameboat.rules.money import Fen
from sameboat.runtime.failpoints import reach
from sameboat.settlement.models import EXTRA, RECOVERED, MoneyFact


@transaction.atomic
def state_money_fact(
    *, plan_id: str, kind: str, amount: Fen, subject: str, now: datetime
) -> MoneyFact:
    """State money that the next period divides (`EXTRA`) or that relieves it (`RECOVERED`).

    `subject` names the event that it comes from; the same event is stated once.
    """
    assert kind in EXTRA + RECOVERED
    assert amount > 0
    stated = MoneyFact.objects.filter(plan=plan_id, kind=kind, subject=subject).first()
    if stated is not None:
        assert stated.amount == amount, "one event was stated with two amounts"
        return stated
    entry = add_entry(
        chain=chain_id("period", plan_id),
        type="money.fact",
        body={"plan": plan_id, "kind": kind, "amount": amount, "subject": subject},
        roles=["payment", "second"],
        now=now,
    )
    reach("settlement.money_fact.entry")
    fact = MoneyFact.objects.create(
        plan=plan_id,
        kind=kind,
        amount=amount,
        subject=subject,
        entry_hash=entry.hash,
        stated_at=now,
    )
    reach("settlement.money_fact.row")
    return fact
