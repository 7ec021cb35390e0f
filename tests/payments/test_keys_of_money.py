"""Keys of the rulebook about money: each is changed alone, and the money goes elsewhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import pool
from pool import at
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.members.actions import leave
from sameboat.payments import actions as payments
from sameboat.payments.models import Payout, Refund, UnpaidDebit
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from society import FEI, PLAN, joined, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

DEBIT = date(2026, 3, 14)


def rulebook(folder: Path, stands: str, put: str) -> Path:
    """The demonstration plan with the value of one key changed."""
    return pool.rulebook_with({f"\n{stands}\n".encode(): f"\n{put}\n".encode()}, folder)


def advance(day: date, hour: int = 0) -> None:
    pool.settled_until(at(day, hour))
    payments.advance(plan_id=PLAN, now=at(day, hour))
    record.sequence(now=at(day, hour))


def one_yuan_is_shared(members: int) -> None:
    """Every member owes one yuan in the first period; all are told."""
    settlement.state_money_fact(
        plan_id=PLAN,
        kind="refund",
        amount=Fen(100 * members),
        subject="x",
        now=at(date(2026, 3, 4)),
    )
    pool.announced()
    advance(date(2026, 3, 10), 9)


@pytest.mark.changes("waiting.refund_from")
@pytest.mark.parametrize("bearer", ["operator", "pool"])
def test_who_pays_shares_back(tmp_path: Path, bearer: str) -> None:
    changed = ('refund_from = "operator"', f'refund_from = "{bearer}"')
    pool.filled(1, rulebook=rulebook(tmp_path, *changed))
    fei = joined(FEI)
    one_yuan_is_shared(3)
    advance(DEBIT)
    pool.declined_in_waiting(fei, FEI, now=at(date(2026, 3, 18), 9))
    advance(date(2026, 3, 26))
    refund = Refund.objects.get()
    assert (refund.amount, refund.borne_by) == (100, bearer)


@pytest.mark.changes("sharing.defaults_borne_by")
@pytest.mark.parametrize("bearer", ["operator", "next_period"])
def test_who_bears_a_share_never_paid(tmp_path: Path, bearer: str) -> None:
    changed = ('defaults_borne_by = "operator"', f'defaults_borne_by = "{bearer}"')
    _, leaver = pool.filled(1, rulebook=rulebook(tmp_path, *changed))
    one_yuan_is_shared(2)
    pool.poor(leaver, 0)
    advance(DEBIT)
    login = signed_in(pool.another(0)).id
    leave(login_id=login, membership_ref=leaver.ref, now=at(date(2026, 3, 20), 9))
    advance(date(2026, 3, 26))
    assert UnpaidDebit.objects.get().borne_by == bearer


@pytest.mark.changes("default.failed_cycles_max")
@pytest.mark.parametrize(("most", "reason"), [(2, ""), (1, "default")])
def test_how_many_failed_cycles_end_a_membership(tmp_path: Path, most: int, reason: str) -> None:
    changed = ("failed_cycles_max = 2", f"failed_cycles_max = {most}")
    _, poor = pool.filled(1, rulebook=rulebook(tmp_path, *changed))
    wallet = poor.household.customer_ref
    sandbox.set_wallet(customer=wallet, rule=WalletRule.PAYS, balance=Fen(0))
    one_yuan_is_shared(2)
    advance(DEBIT)
    advance(date(2026, 3, 26))
    poor.refresh_from_db()
    assert poor.end_reason == reason


@pytest.mark.changes("default.arrears_off_aid")
@pytest.mark.parametrize(("value", "arrears"), [("true", 100), ("false", 0)])
def test_whether_arrears_are_taken_off_an_aid(tmp_path: Path, value: str, arrears: int) -> None:
    stated = "payer_grace_days = 60"
    book = rulebook(tmp_path, stated, f"{stated}\narrears_off_aid = {value}")
    source = "[version.default.source]"
    text = book.read_text("utf-8")
    book.write_text(text.replace(source, f'{source}\narrears_off_aid = "assumed: a test"'), "utf-8")
    ana, *_ = pool.filled(1, rulebook=book)
    pool.poor(ana, 0)
    one_yuan_is_shared(2)
    advance(DEBIT)
    pool.proposed(ana, now=at(date(2026, 3, 18), 9))
    pool.announced(date(2026, 3, 21))
    advance(date(2026, 3, 24), 9)
    advance(date(2026, 3, 28))
    advance(date(2026, 3, 30))
    assert Payout.objects.get().arrears == arrears
