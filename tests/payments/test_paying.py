"""Paying out and giving back: never late, short or twice; what fails waits for finance."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.urls import reverse

import pool
from pool import D, at
from sameboat.books.queries import balance
from sameboat.claims.models import Claim
from sameboat.cli.check import run_checks
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.identity.actions import change_roles
from sameboat.identity.queries import NotAllowed
from sameboat.identity.roles import Role
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.payments import queries
from sameboat.payments.actions.paying import NoFailedPayout
from sameboat.payments.models import Payout, Refund, UnpaidDebit
from sameboat.record import actions as record
from sameboat.record.queries import chain_entries
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import Period
from society import BAO, FEI, HAO, LIN, PLAN, WEN, Somebody, died, joined, signed_in, verified
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = date(2026, 3, 16)
AID = 30_000


def advance(day: date, hour: int = 0, minute: int = 0) -> list[str]:
    pool.settled_until(at(day, hour, minute))
    done = payments.advance(plan_id=PLAN, now=at(day, hour, minute))
    record.sequence(now=at(day, hour, minute))
    return done


def all_is_well() -> None:
    assert [done for done in run_checks() if done.findings] == []
    assert not queries.differences(PLAN).exists()


@pytest.fixture
def settled_claim() -> Claim:
    """Ana's claim is settled, and the debits were taken."""
    ana, *_ = pool.filled(4)
    claim = pool.proposed(ana)
    pool.announced()
    advance(date(2026, 3, 10), 9)
    advance(date(2026, 3, 14))
    return claim


class TestPayouts:
    def test_nothing_is_paid_before_the_working_day_after_the_debit(
        self, settled_claim: Claim
    ) -> None:
        advance(date(2026, 3, 15), 23, 59)
        assert not Payout.objects.exists()
        advance(MONDAY)
        assert Payout.objects.get().state == "PAID"

    def test_a_returned_payout_waits_for_finance(self, settled_claim: Claim) -> None:
        payee = settled_claim.payee_ref
        sandbox.set_wallet(customer=payee, rule=WalletRule.RETURNED, balance=Fen(0))
        advance(MONDAY)
        (failed,) = queries.payouts_failed()
        assert (failed.state, failed.reason) == ("FAILED", "returned")
        assert Claim.objects.get().state == "SETTLED"
        assert balance(f"{PLAN}:claimants") == -AID
        all_is_well()

        sandbox.set_wallet(customer=payee, rule=WalletRule.PAYS, balance=Fen(0))
        hao, lin = signed_in(HAO), signed_in(LIN)
        with pytest.raises(NotAllowed):
            payments.retry_payout(login_id=lin.id, claim_ref=settled_claim.ref, now=at(MONDAY, 9))
        payments.retry_payout(login_id=hao.id, claim_ref=settled_claim.ref, now=at(MONDAY, 9))
        with pytest.raises(NoFailedPayout):
            payments.retry_payout(login_id=hao.id, claim_ref=settled_claim.ref, now=at(MONDAY, 9))
        advance(MONDAY, 10)
        assert Claim.objects.get().state == "PAID"
        assert sandbox.balance(payee) == AID
        advance(date(2026, 3, 17))
        all_is_well()

    def test_a_slow_payout_is_asked_for_again_and_paid_once(self, settled_claim: Claim) -> None:
        payee = settled_claim.payee_ref
        sandbox.set_wallet(customer=payee, rule=WalletRule.SLOW, balance=Fen(0))
        for minute in range(4):
            advance(MONDAY, 0, minute)
        assert sandbox.balance(payee) == AID
        assert Payout.objects.get().state == "PAID"
        all_is_well()

    def test_a_claim_without_a_recorded_decision_is_held_back(self, settled_claim: Claim) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE record_entry SET type = 'x' WHERE type = 'decision.final'")
            cursor.execute("SET session_replication_role = DEFAULT")
        advance(MONDAY)
        assert not Payout.objects.exists()
        assert Claim.objects.get().state == "SETTLED"


class TestArrears:
    def test_what_the_household_owes_is_taken_off(self) -> None:
        ana, *_ = pool.filled(3)
        pool.poor(ana, 0)
        settlement.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(400), subject="x", now=at(date(2026, 3, 4))
        )
        pool.announced()
        advance(date(2026, 3, 10), 9)
        advance(date(2026, 3, 14))
        assert balance(f"{PLAN}:members") == 100
        claim = pool.proposed(ana, now=at(date(2026, 3, 18), 9))
        pool.announced(date(2026, 3, 21))
        advance(date(2026, 3, 24), 9)
        for day in (date(2026, 3, 28), date(2026, 3, 30)):
            advance(day)
        payout = Payout.objects.get()
        assert (payout.state, payout.aid, payout.arrears) == ("PAID", AID, 100)
        assert sandbox.balance(claim.payee_ref) == sandbox.OPENING_BALANCE + AID - 100
        paid = chain_entries(bytes.fromhex(claim.ref))[-1]
        assert paid.type == "payout.confirm"
        assert (paid.body["paid"], paid.body["arrears"]) == (AID - 100, 100)
        assert queries.collected(Period.objects.get(publicity_on=D)).unpaid == 0
        assert UnpaidDebit.objects.get().collected_on == date(2026, 3, 30)
        all_is_well()


class TestRefunds:
    def test_shares_come_back_after_an_illness_in_the_waiting_period(self) -> None:
        pool.filled(2)
        fei = joined(FEI)
        settlement.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(400), subject="x", now=at(date(2026, 3, 4))
        )
        pool.announced()
        advance(date(2026, 3, 10), 9)
        advance(date(2026, 3, 14))
        assert sandbox.balance(fei.household.customer_ref) == sandbox.OPENING_BALANCE - 100
        pool.declined_in_waiting(fei, FEI, now=at(date(2026, 3, 18), 9))
        advance(date(2026, 3, 18), 10)
        assert not Refund.objects.exists()  # The cycle is not closed yet.
        advance(date(2026, 3, 26))
        refund = Refund.objects.get()
        assert (refund.state, refund.amount, refund.borne_by) == ("PAID", 100, "operator")
        assert sandbox.balance(fei.household.customer_ref) == sandbox.OPENING_BALANCE
        advance(date(2026, 3, 27))
        assert Refund.objects.count() == 1
        assert balance(f"{PLAN}:refunds") == 0
        all_is_well()

    def test_what_a_payer_who_died_never_paid_is_not_given_back_to_the_next_one(self) -> None:
        """Two shares of a child: the mother's of one yuan was never paid, the father's was."""
        pool.filled(1)
        verified(WEN)
        bao = joined(BAO, by=WEN, relation="child")
        wallet = bao.household.customer_ref
        father = pool.another(1)
        one_yuan_each(3, on=date(2026, 3, 4))
        pool.announced()
        pool.poor(bao)
        advance(date(2026, 3, 10), 9)
        advance(date(2026, 3, 14))
        died(verified(WEN), on=date(2026, 3, 15), now=at(date(2026, 3, 15), 9))
        verified(father)
        verified(BAO, by=father, relation="child")
        takes_over(father, bao)
        advance(date(2026, 3, 16), 9)
        one_yuan_each(3, on=date(2026, 3, 17))
        pool.announced(date(2026, 3, 21))
        advance(date(2026, 3, 24), 9)
        advance(date(2026, 3, 28))
        assert sandbox.balance(wallet) == 0
        assert UnpaidDebit.objects.get().borne_by == "sponsor"
        bao.refresh_from_db()
        for staff in (HAO, LIN):
            login = signed_in(staff)
            change_roles(name=login.name, grant=[Role.CHILDREN], now=at(date(2026, 3, 29)))
        pool.declined_in_waiting(bao, father, now=at(date(2026, 3, 29), 9))
        advance(date(2026, 4, 12))
        refund = Refund.objects.get()
        assert (refund.state, refund.amount) == ("PAID", 100)
        assert refund.customer == bao.household.customer_ref != wallet
        assert sandbox.balance(refund.customer) == sandbox.OPENING_BALANCE
        all_is_well()
        shares = text_of(client_of(father).get(reverse("web:shares")))
        assert "borne by others" in shares


def one_yuan_each(members: int, *, on: date) -> None:
    """A cost of one yuan for each member falls on the next period."""
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(100 * members), subject=f"{on}", now=at(on)
    )


def takes_over(somebody: Somebody, membership: Membership) -> None:
    members.take_over(
        login_id=signed_in(somebody).id,
        membership_ref=membership.ref,
        now=at(date(2026, 3, 15), 10),
    )
