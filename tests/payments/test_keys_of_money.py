"""Keys of the rulebook about money: each is changed alone, and the money goes elsewhere."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

import pool
from pool import at
from sameboat.books.queries import balance
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.members import actions as members
from sameboat.members.actions import leave
from sameboat.members.models import Membership
from sameboat.members.queries import payer_wanted_until
from sameboat.payments import actions as payments
from sameboat.payments.models import Payout, Refund, UnpaidDebit
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.runtime.checks import sql_checks
from sameboat.settlement import actions as settlement
from society import BAO, FEI, PLAN, WEN, died, joined, signed_in, verified

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


@pytest.mark.changes("claims.refunded_clauses")
@pytest.mark.parametrize("clauses", [["waiting.days"], ["claims.evidence_required"]])
def test_under_which_clauses_shares_are_given_back(tmp_path: Path, clauses: list[str]) -> None:
    stated = "accident_death_excluded_hours = 96"
    book = rulebook(tmp_path, stated, f"{stated}\nrefunded_clauses = {json.dumps(clauses)}")
    source = "[version.claims.source]"
    text = book.read_text("utf-8")
    book.write_text(
        text.replace(source, f'{source}\nrefunded_clauses = "assumed: a test"'), "utf-8"
    )
    pool.filled(1, rulebook=book)
    fei = joined(FEI)
    one_yuan_is_shared(3)
    advance(DEBIT)
    claim = pool.sealed(fei, FEI, diagnosed_on=date(2026, 3, 12), now=at(date(2026, 3, 18), 9))
    pool.declined(
        claim.ref,
        clause="claims.evidence_required",
        reason_code="not_proven",
        now=at(date(2026, 3, 18), 10),
    )
    fei.refresh_from_db()
    assert fei.ends_on is None, "a decline that is not for the waiting period ends nothing"
    # What falls due after the decline is a share like any other's.
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(300), subject="y", now=at(date(2026, 3, 19))
    )
    pool.announced(date(2026, 3, 21))
    advance(date(2026, 3, 24), 9)
    advance(date(2026, 3, 28))
    advance(date(2026, 4, 17))
    assert not Refund.objects.exists(), "the time to appeal is not over"
    advance(date(2026, 4, 18))
    back = "claims.evidence_required" in clauses
    assert [refund.amount for refund in Refund.objects.all()] == [100] * back
    spent = sandbox.OPENING_BALANCE - sandbox.balance(fei.household.customer_ref)
    assert spent == 100 if back else 200
    assert balance(f"{PLAN}:refunds") == 0
    assert [check.name for check in sql_checks() if check.findings] == []


@pytest.mark.changes("default.payer_grace_days")
@pytest.mark.parametrize(("days", "ends_on"), [(60, date(2026, 5, 6)), (10, date(2026, 3, 17))])
def test_how_long_a_household_may_look_for_another_payer(
    tmp_path: Path, days: int, ends_on: date
) -> None:
    changed = ("payer_grace_days = 60", f"payer_grace_days = {days}")
    pool.filled(0, rulebook=rulebook(tmp_path, *changed))
    wen = verified(WEN)
    bao = joined(BAO, by=WEN, relation="child")
    died_on = date(2026, 3, 6)
    died(wen, on=died_on, now=at(died_on, 9))
    assert payer_wanted_until(bao := again(bao)) == ends_on - timedelta(days=1)
    members.close_days_due(now=at(ends_on - timedelta(days=1)))
    assert again(bao).ends_on is None
    members.close_days_due(now=at(ends_on))
    assert (again(bao).ends_on, again(bao).end_reason) == (ends_on, "default")


def again(membership: Membership) -> Membership:
    return Membership.objects.select_related("household").get(pk=membership.pk)
