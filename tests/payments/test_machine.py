"""A period's money in any order of good and bad days: after each step the invariants hold.

Wallets run dry, answers deny, come late, twice or never, the gateway is down, the bank sends aid
back, lines stand in the statement that nobody asked for, a paid claim is reopened, finance settles
what it finds. In the end, when all is quiet again, every difference is settled.
"""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import pool
from pool import at
from sameboat.books.models import Posting
from sameboat.claims.models import Claim
from sameboat.cli.check import run_checks
from sameboat.gateways.models import SandboxRequest, WalletRule
from sameboat.gateways.payment import Kind, sandbox
from sameboat.payments import actions as payments
from sameboat.payments import queries
from sameboat.payments.actions.by_hand import NothingOwed
from sameboat.payments.actions.resolutions import ResolutionDoesNotFit
from sameboat.payments.actions.resolving import possible_for
from sameboat.payments.models import Difference
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.runtime.checks import sql_checks
from sameboat.runtime.settings import settings as chosen
from sameboat.settlement import actions as settlement
from society import ANA, HAO, LIN, PLAN, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

BEGIN = date(2026, 3, 14)
QUIET_DAYS = 4
OTHERS = 3
PAYERS = st.integers(0, OTHERS)
BAD = st.sampled_from(
    [
        WalletRule.PAYS,
        WalletRule.REVOKED,
        WalletRule.SLOW,
        WalletRule.LATE,
        WalletRule.TWICE,
        WalletRule.LOST,
        WalletRule.DENIES,
        WalletRule.MISCOUNTS,
    ]
)


def fresh() -> None:
    """An empty database, and a key store that remembers no head of it."""
    call_command("flush", verbosity=0, interactive=False)
    with (
        contextlib.suppress(sqlite3.OperationalError),
        contextlib.closing(sqlite3.connect(chosen().keystore_path, timeout=10)) as store,
    ):
        store.execute("DELETE FROM head")
        store.commit()


class Money(RuleBasedStateMachine):
    """Three other members share Ana's aid; the debit day begins."""

    now: datetime

    @initialize(rule=BAD, poor=PAYERS)
    def announced(self, rule: WalletRule, poor: int) -> None:
        fresh()
        self.members = pool.filled(OTHERS)
        self.claim = pool.proposed(self.members[0])
        settlement.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(160), subject="x", now=at(date(2026, 3, 4))
        )
        pool.announced()
        self.strays = 0
        self.go_to(at(date(2026, 3, 10), 9))
        self.set_wallet(poor, rule, 0)
        self.go_to(at(BEGIN, 1))

    def go_to(self, now: datetime) -> None:
        """What the machine does at that instant, until the next one."""
        self.now = now
        pool.settled_until(now)
        payments.advance(plan_id=PLAN, now=now)
        record.sequence(now=now)

    def set_wallet(self, payer: int, rule: WalletRule, fen: int) -> None:
        customer = self.members[payer].household.customer_ref
        sandbox.set_wallet(customer=customer, rule=rule, balance=Fen(fen))

    @rule()
    def an_hour_passes(self) -> None:
        self.go_to(self.now + timedelta(hours=1))

    @rule(days=st.sampled_from([1, 2, 7]))
    def days_pass(self, days: int) -> None:
        for _ in range(days):
            self.go_to(self.now + timedelta(days=1))

    @rule(payer=PAYERS, rule=BAD, fen=st.sampled_from([0, 40, 10_000]))
    def a_wallet_behaves(self, payer: int, rule: WalletRule, fen: int) -> None:
        self.set_wallet(payer, rule, fen)

    @rule(rule=st.sampled_from([WalletRule.RETURNED, WalletRule.BOUNCES, WalletRule.LATE]))
    def the_payees_bank_behaves(self, rule: WalletRule) -> None:
        sandbox.set_wallet(customer=self.claim.payee_ref, rule=rule, balance=Fen(0))

    @rule(hours=st.integers(1, 30))
    def the_gateway_is_down(self, hours: int) -> None:
        sandbox.set_outage(since=self.now, until=self.now + timedelta(hours=hours))

    @rule(fen=st.integers(1, 500))
    def a_line_nobody_asked_for(self, fen: int) -> None:
        self.strays += 1
        key = f"collect/{PLAN}/stray/{self.strays}"
        sandbox.stray(key=key, kind=Kind.DEBIT, amount=Fen(fen), now=self.now)

    @rule(payer=PAYERS)
    def a_payer_asks_to_pay(self, payer: int) -> None:
        somebody = ANA if payer == 0 else pool.another(payer - 1)
        with contextlib.suppress(NothingOwed):
            payments.pay_arrears(login_id=signed_in(somebody).id, now=self.now)

    @rule(row=st.sampled_from(["mild", "severe-39"]))
    @precondition(lambda self: self.can_be_reopened())
    def the_claim_is_reopened(self, row: str) -> None:
        pool.reopened(self.claim, now=self.now)
        pool.proposed_again(self.claim, row, now=self.now)

    def can_be_reopened(self) -> bool:
        claim = Claim.objects.get(pk=self.claim.pk)
        return claim.state in ("SETTLED", "PAID") and not claim.money_moves

    @rule(which=st.integers(0, 3))
    def finance_settles_a_difference(self, which: int) -> None:
        for found in queries.differences(PLAN):
            self.settle(found, which)
            break

    def settle(self, found: Difference, which: int = 0) -> None:
        """Two agree on what fits; what is only explained always does."""
        wanted = possible_for(found)
        for resolution in wanted[which % len(wanted) :] + wanted:
            hao, lin = signed_in(HAO).id, signed_in(LIN).id
            about: Any = {"difference_id": found.pk, "now": self.now}
            payments.propose_resolution(
                login_id=hao, resolution=resolution.value, note="核对", **about
            )
            try:
                payments.confirm_resolution(login_id=lin, **about)
            except ResolutionDoesNotFit:
                payments.drop_resolution(login_id=lin, **about)
            else:
                return

    @rule()
    def finance_sends_again(self) -> None:
        for payout in queries.payouts_failed():
            if payout.claim.state == "SETTLED":
                payments.retry_payout(
                    login_id=signed_in(HAO).id, claim_ref=payout.claim.ref, now=self.now
                )
        for refund in queries.refunds_failed():
            payments.retry_refund(login_id=signed_in(HAO).id, refund_id=refund.pk, now=self.now)

    @invariant()
    def the_invariants_hold(self) -> None:
        broken = {done.name: done.findings for done in sql_checks() if done.findings}
        assert broken == {}

    def teardown(self) -> None:
        """Everybody can pay, the gateway answers, and finance settles what is left."""
        if not hasattr(self, "claim"):
            return
        for payer in range(OTHERS + 1):
            self.set_wallet(payer, WalletRule.PAYS, 1_000_000)
        sandbox.set_wallet(customer=self.claim.payee_ref, rule=WalletRule.PAYS, balance=Fen(0))
        self.go_to(self.now + timedelta(days=2))
        for _ in range(QUIET_DAYS):
            self.finance_sends_again()
            for found in list(queries.differences(PLAN)):
                self.settle(found)
            self.go_to(self.now + timedelta(days=1))
        assert list(queries.differences(PLAN).values_list("kind", "key")) == []
        assert [done for done in run_checks() if done.findings] == []
        assert booked() + explained() == moved()


def moved() -> int:
    """What the sandbox holds of all that really moved."""
    incoming = (Kind.DEBIT, Kind.RETURN)
    rows = SandboxRequest.objects.values_list("kind", "moved")
    return sum(fen if kind in incoming else -fen for kind, fen in rows)


def booked() -> int:
    """The same by the books: without what the operator put in and took out again."""
    lines = Posting.objects.filter(account__code=f"{PLAN}:gateway")
    own = lines.exclude(booking__kind__in=("advance", "repay"))
    return own.aggregate(total=Sum("amount"))["total"] or 0


def explained() -> int:
    """What two have explained without booking it."""
    settled = Difference.objects.filter(resolution="explained", second_login__isnull=False)
    return sum(each.theirs - each.ours for each in settled)


def test_money_survives_any_order_of_good_and_bad_days() -> None:
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=4,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
