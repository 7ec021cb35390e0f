"""A period from the first member to the last fen: settled, debited, paid out, reconciled."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

import pool
from pool import D, at
from sameboat.books.models import Posting
from sameboat.books.queries import balance
from sameboat.claims.models import Claim
from sameboat.cli.check import run_checks
from sameboat.gateways.messaging import sandbox as messages
from sameboat.gateways.payment import sandbox
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.payments import queries
from sameboat.payments.models import DebitBatch, UnpaidDebit
from sameboat.proof.entry import chain_id
from sameboat.record import actions as record
from sameboat.record.queries import chain_entries
from sameboat.settlement.models import Period
from society import ANA, PLAN

pytestmark = pytest.mark.django_db(transaction=True)

DEBIT = date(2026, 3, 14)
OPENING = sandbox.OPENING_BALANCE


def paid_until(now: datetime) -> list[str]:
    """Settlement and payments do all that is due, and it is recorded."""
    done = pool.settled_until(now)
    done += payments.advance(plan_id=PLAN, now=now)
    record.sequence(now=now)
    return [step for step in done if "reconcile" not in step]


def test_a_claim_is_shared_debited_and_paid() -> None:
    ana, *others = pool.filled(12)
    pool.proposed(ana)
    poor, poorest = others[0], others[1]
    pool.poor(poor, 99)
    pool.poor(poorest, 0)
    _shared_and_told()
    _debited()
    _tried_again(poor, poorest)
    _paid_out(ana)
    _closed(poorest)
    assert sum(Posting.objects.values_list("amount", flat=True)) == 0
    assert not queries.differences(PLAN).exists()
    assert [done for done in run_checks() if done.findings] == []


def _shared_and_told() -> None:
    period = pool.announced()
    assert period.charged == 1_200
    assert paid_until(at(D + timedelta(days=3), 1)) == [f"{D} notify"]
    told = messages.outbox(to=pool.another(5).phone)
    assert [message.template for message in told] == ["debit_notice"]
    assert told[0].data["amount"] == "1.00"
    assert told[0].data["debit_on"] == DEBIT.isoformat()
    assert messages.outbox(to=ANA.phone) == []  # The aided member has nothing to pay.
    assert paid_until(at(DEBIT) - timedelta(seconds=1)) == []


def _debited() -> None:
    assert paid_until(at(DEBIT)) == [f"{D} collect", f"{D} warn"]
    assert paid_until(at(DEBIT, 1)) == []
    batch = DebitBatch.objects.get()
    assert (batch.payers, batch.amount, batch.collected) == (12, 1_200, 1_000)
    assert balance(f"{PLAN}:gateway") == 1_000
    assert balance(f"{PLAN}:members") == 200
    confirmed = chain_entries(chain_id("period", PLAN))[-1]
    assert confirmed.type == "collect.confirm"
    assert (confirmed.body["collected"], confirmed.body["unpaid"]) == (1_000, 200)
    assert confirmed.body["payers"] == 12


def _tried_again(poor: Membership, poorest: Membership) -> None:
    pool.poor(poor, 150)
    assert paid_until(at(DEBIT + timedelta(days=1), 9)) == [f"{D} retry"]
    assert [debit.state for debit in queries.debits_of(poor.household, PLAN)] == ["paid"]
    assert [debit.state for debit in queries.debits_of(poorest.household, PLAN)] == ["unpaid"]
    assert [debit.amount for debit in queries.owed_by(poorest.household)] == [100]
    assert sandbox.balance(poor.household.customer_ref) == 50
    assert balance(f"{PLAN}:gateway") == 1_100


def _paid_out(ana: Membership) -> None:
    # 14 March is a Saturday: payouts start on Monday.
    assert Claim.objects.get().state == "SETTLED"
    paid_until(at(date(2026, 3, 16)))
    claim = Claim.objects.get()
    assert claim.state == "PAID"
    assert sandbox.balance(claim.payee_ref) == OPENING + 30_000
    # 11 yuan were there; the operator advanced the rest.
    assert balance(f"{PLAN}:gateway") == 0
    assert balance(f"{PLAN}:advance") == -28_900
    assert balance(f"{PLAN}:claimants") == 0
    ana.refresh_from_db()
    assert (ana.end_reason, ana.ends_on) == ("aided", date(2026, 3, 17))
    assert chain_entries(bytes.fromhex(claim.ref))[-1].type == "payout.confirm"


def _closed(poorest: Membership) -> None:
    period = Period.objects.get(publicity_on=D)
    assert period.retries_until == date(2026, 3, 26)
    assert paid_until(at(date(2026, 3, 25), 12))[-1] == f"{D} retry"
    done = paid_until(at(date(2026, 3, 26)))
    assert [step for step in done if step.startswith(f"{D}")] == [
        f"{D} close_cycle",
        f"{D} finish",
    ]
    period.refresh_from_db()
    assert period.state == "DONE"
    owed = UnpaidDebit.objects.get(household=poorest.household)
    assert owed.failed_cycle and owed.collected_on is None
    found = queries.collected(period)
    assert (found.charged, found.collected, found.unpaid) == (1_200, 1_100, 100)
    poorest.refresh_from_db()
    assert poorest.ends_on is None  # One failed cycle; two end the membership.
