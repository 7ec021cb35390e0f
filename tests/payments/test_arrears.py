"""Unpaid shares: paid by hand, borne by others and paid after all, and those of the dead."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

import pool
from pool import D, at
from sameboat.books.queries import balance
from sameboat.cli.check import run_checks
from sameboat.gateways.payment import sandbox
from sameboat.identity.models import Person
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.payments import queries
from sameboat.payments.actions.by_hand import NothingOwed
from sameboat.payments.models import UnpaidDebit
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import MoneyFact, Period
from society import ANA, FEI, PLAN, joined, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
DEBIT, CLOSED = date(2026, 3, 14), date(2026, 3, 26)


def advance(day: date, hour: int = 0) -> None:
    pool.settled_until(at(day, hour))
    payments.advance(plan_id=PLAN, now=at(day, hour))
    record.sequence(now=at(day, hour))


def all_is_well() -> None:
    assert [done for done in run_checks() if done.findings] == []
    assert not queries.differences(PLAN).exists()


def owing(rulebook: Path | None = None) -> Membership:
    """Fei could not pay one yuan on the debit day."""
    pool.filled(2, rulebook=rulebook)
    fei = joined(FEI)
    pool.poor(fei)
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(400), subject="x", now=at(date(2026, 3, 4))
    )
    pool.announced()
    advance(date(2026, 3, 10), 9)
    advance(DEBIT)
    assert UnpaidDebit.objects.get().household == fei.household
    return fei


def pays_now(day: date) -> None:
    assert payments.pay_arrears(login_id=signed_in(FEI).id, now=at(day, 9)) == 100
    advance(day, 10)


class TestByHand:
    def test_it_is_debited_at_once_whatever_day_it_is(self) -> None:
        fei = owing()
        advance(CLOSED)  # No retry is due on the days that follow.
        pool.poor(fei, 500)
        pays_now(CLOSED + timedelta(days=1))
        assert UnpaidDebit.objects.get().collected_on == CLOSED + timedelta(days=1)
        assert sandbox.balance(fei.household.customer_ref) == 400
        advance(CLOSED + timedelta(days=2))
        all_is_well()

    def test_asked_twice_it_is_debited_once(self) -> None:
        fei = owing()
        pool.poor(fei, 500)
        payments.pay_arrears(login_id=signed_in(FEI).id, now=at(DEBIT, 8))
        pays_now(DEBIT)
        assert sandbox.balance(fei.household.customer_ref) == 400
        with pytest.raises(NothingOwed):
            payments.pay_arrears(login_id=signed_in(FEI).id, now=at(DEBIT, 11))

    def test_without_money_it_stays_owed_and_is_not_asked_again(self) -> None:
        owing()
        pays_now(DEBIT)
        debit = UnpaidDebit.objects.get()
        assert (debit.asked, debit.collected_on, debit.attempts) == (False, None, 2)

    def test_who_owes_nothing_is_told(self) -> None:
        owing()
        with pytest.raises(NothingOwed):
            payments.pay_arrears(login_id=signed_in(ANA).id, now=at(DEBIT, 9))


class TestPaidAfterAll:
    def defaulted(self, rulebook: Path | None = None) -> Membership:
        fei = owing(rulebook)
        # Fei leaves; after a default, paying would give the membership back, and nobody bears it.
        members.leave(login_id=signed_in(FEI).id, membership_ref=fei.ref, now=at(DEBIT, 12))
        advance(CLOSED)
        assert UnpaidDebit.objects.get().borne_by
        pool.poor(fei, 500)
        pays_now(CLOSED + timedelta(days=1))
        advance(CLOSED + timedelta(days=2))
        return fei

    def test_the_operator_gets_back_what_it_bore(self) -> None:
        self.defaulted()
        assert balance(f"{PLAN}:members") == balance(f"{PLAN}:advance") == 0
        assert balance(f"{PLAN}:gateway") == 400
        all_is_well()

    def test_the_members_get_back_what_they_bore(self, tmp_path: Path) -> None:
        self.defaulted(pool.pooled_rulebook(tmp_path))
        facts = MoneyFact.objects.filter(kind__in=("default", "arrears")).order_by("kind")
        assert [(fact.kind, fact.amount) for fact in facts] == [("arrears", 100), ("default", 100)]
        period = pool.announced(date(2026, 4, 7))
        assert (period.extra, period.recovered, period.charged) == (100, 100, 0)
        all_is_well()


def test_what_the_dead_did_not_pay_is_the_sponsors() -> None:
    fei = owing()
    Person.objects.filter(pk=fei.person_id).update(deceased_on=date(2026, 3, 13))
    advance(DEBIT, 1)
    debit = UnpaidDebit.objects.get()
    assert (debit.borne_by, debit.failed_cycle) == ("sponsor", False)
    assert balance(f"{PLAN}:sponsor") == 100
    assert balance(f"{PLAN}:members") == 0
    assert queries.collected(Period.objects.get(publicity_on=D)).unpaid == 100
    advance(CLOSED)
    assert not UnpaidDebit.objects.filter(failed_cycle=True).exists()
    all_is_well()
