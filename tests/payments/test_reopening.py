"""A claim reopened after its money moved: only the difference is settled, paid or taken back."""

from __future__ import annotations

from datetime import date

import pytest

import pool
from pool import D, at
from sameboat.books.queries import balance
from sameboat.claims import actions as claims
from sameboat.claims.models import Claim
from sameboat.cli.check import run_checks
from sameboat.gateways.models import SandboxMessage, WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.payments import actions as payments
from sameboat.payments import queries
from sameboat.payments.actions.resolutions import (
    DifferenceWaiting,
    ResolutionDoesNotFit,
    SecondPersonNeeded,
)
from sameboat.payments.models import Payout, UnpaidDebit
from sameboat.record import actions as record
from sameboat.record.queries import chain_entries
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from sameboat.settlement import queries as settled
from sameboat.settlement.models import Period, Recovery
from society import HAO, LIN, PLAN, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = date(2026, 3, 21)
MILD, SEVERE = 5_000, 30_000


def advance(day: date, hour: int = 0) -> None:
    pool.settled_until(at(day, hour))
    payments.advance(plan_id=PLAN, now=at(day, hour))
    record.sequence(now=at(day, hour))


def through(publicity_on: date, *days: date) -> Period:
    """The period announced, and its days of money."""
    period = pool.announced(publicity_on)
    for day in days:
        advance(day, 1)
    period.refresh_from_db()
    return period


def first_period() -> Period:
    return through(D, date(2026, 3, 10), date(2026, 3, 14), date(2026, 3, 16))


def second_period() -> Period:
    return through(SECOND, date(2026, 3, 24), date(2026, 3, 28), date(2026, 3, 30))


def all_is_well() -> None:
    assert [done for done in run_checks() if done.findings] == []
    assert not queries.differences(PLAN).exists()


def ana_is_aided(row: str) -> Claim:
    ana, *_ = pool.filled(5)
    claim = pool.proposed(ana, row=row)
    first_period()
    claim.refresh_from_db()
    assert claim.state == "PAID"
    return claim


class TestAfterThePayout:
    def test_more_is_due_only_the_difference_is_settled_and_paid(self) -> None:
        claim = ana_is_aided("mild")
        pool.reopened(claim, now=at(date(2026, 3, 17)))
        pool.proposed_again(claim, "severe-39", now=at(date(2026, 3, 18)))
        before = sandbox.balance(claim.payee_ref)
        period = second_period()
        assert (period.aid, period.recovered) == (SEVERE - MILD, 0)
        claim.refresh_from_db()
        assert (claim.state, claim.paid_aid) == ("PAID", SEVERE)
        assert sandbox.balance(claim.payee_ref) - before == SEVERE - MILD
        assert [payout.aid for payout in Payout.objects.order_by("pk")] == [MILD, SEVERE - MILD]
        paid = [e.body["paid"] for e in chain_entries(bytes.fromhex(claim.ref)) if "paid" in e.body]
        assert paid == [MILD, SEVERE - MILD]
        assert settled.settled_by_group(PLAN).total() == 1
        all_is_well()

    def test_less_is_due_the_fee_comes_back_at_once_and_the_aid_is_owed(self) -> None:
        claim = ana_is_aided("severe-39")
        pool.reopened(claim, now=at(date(2026, 3, 17)))
        pool.proposed_again(claim, "mild", now=at(date(2026, 3, 18)))
        period = second_period()
        recovery = Recovery.objects.get()
        assert (recovery.aid, recovery.owed) == (SEVERE - MILD, SEVERE - MILD)
        assert recovery.fee == 2_000  # 8 % of what is taken back.
        assert (period.aid, period.recovered) == (0, 2_000)
        assert balance(f"{PLAN}:clawback") == SEVERE - MILD
        claim.refresh_from_db()
        assert (claim.state, claim.paid_aid) == ("PAID", MILD)
        all_is_well()

    def test_the_same_aid_moves_no_money_again(self) -> None:
        claim = ana_is_aided("mild")
        pool.reopened(claim, now=at(date(2026, 3, 17)))
        pool.proposed_again(claim, "mild", now=at(date(2026, 3, 18)))
        before = sandbox.balance(claim.payee_ref)
        period = second_period()
        assert (period.aid, period.charged) == (0, 0)
        assert sandbox.balance(claim.payee_ref) == before
        claim.refresh_from_db()
        assert claim.state == "PAID"
        all_is_well()

    def test_a_decline_takes_back_all_once_the_time_to_appeal_is_over(self) -> None:
        claim = ana_is_aided("mild")
        pool.reopened(claim, now=at(date(2026, 3, 17)))
        decision = claims.decline_claim(
            login_id=signed_in(HAO).id,
            claim_ref=claim.ref,
            clause="claims.evidence_required",
            reason_code="forged",
            reason="假病历",
            now=at(date(2026, 3, 18)),
        )
        claims.confirm_decision(
            login_id=signed_in(LIN).id, decision_id=decision, now=at(date(2026, 3, 18))
        )
        second_period()
        assert not Recovery.objects.exists()
        Claim.objects.update(appeal_ends_at=at(date(2026, 4, 1)))
        third = pool.announced(date(2026, 4, 7))
        assert third.recovered == 400
        assert Recovery.objects.get().owed == MILD
        assert Claim.objects.get().paid_aid == 0
        all_is_well()


def ana_owes(amount: int = SEVERE - MILD) -> Recovery:
    """Ana was paid as severely ill; it was mild."""
    claim = ana_is_aided("severe-39")
    pool.reopened(claim, now=at(date(2026, 3, 17)))
    pool.proposed_again(claim, "mild", now=at(date(2026, 3, 18)))
    second_period()
    recovery = Recovery.objects.get()
    assert recovery.left == amount
    return recovery


def hao_says(recovery: Recovery, amount: int) -> int:
    return payments.state_repayment(
        login_id=signed_in(HAO).id,
        recovery_id=recovery.pk,
        amount=Fen(amount),
        note="转账 0401",
        now=NOW,
    )


def hao_gives_up(recovery: Recovery) -> int:
    return payments.propose_write_off(
        login_id=signed_in(HAO).id, recovery_id=recovery.pk, note="查无财产", now=NOW
    )


def lin_agrees(difference: int) -> None:
    payments.confirm_resolution(login_id=signed_in(LIN).id, difference_id=difference, now=NOW)


NOW = at(date(2026, 4, 1))


class TestGivingBack:
    def test_what_comes_back_in_parts_relieves_the_members_each_time(self) -> None:
        recovery = ana_owes()
        for part in (9_000, 16_000):
            lin_agrees(hao_says(recovery, part))
        recovery.refresh_from_db()
        assert (recovery.received, recovery.left) == (SEVERE - MILD, 0)
        assert pool.announced(date(2026, 4, 7)).recovered == SEVERE - MILD
        assert balance(f"{PLAN}:clawback") == balance(f"{PLAN}:reclaimed") == 0
        all_is_well()

    def test_what_never_comes_back_is_the_operators_and_relieves_the_members(self) -> None:
        recovery = ana_owes()
        before = balance(f"{PLAN}:advance")
        lin_agrees(hao_says(recovery, 9_000))
        lin_agrees(hao_gives_up(recovery))
        recovery.refresh_from_db()
        assert (recovery.received, recovery.written_off, recovery.left) == (9_000, 16_000, 0)
        assert balance(f"{PLAN}:advance") - before == SEVERE - MILD
        assert pool.announced(date(2026, 4, 7)).recovered == SEVERE - MILD
        assert balance(f"{PLAN}:clawback") == balance(f"{PLAN}:reclaimed") == 0
        all_is_well()

    def test_paid_after_all_it_is_the_operators_who_bore_it(self) -> None:
        recovery = ana_owes()
        lin_agrees(hao_gives_up(recovery))
        before = balance(f"{PLAN}:advance"), balance(f"{PLAN}:extra")
        lin_agrees(hao_says(recovery, 10_000))
        recovery.refresh_from_db()
        assert (recovery.received, recovery.written_off, recovery.left) == (10_000, 15_000, 0)
        assert (balance(f"{PLAN}:advance"), balance(f"{PLAN}:extra")) == before
        all_is_well()

    def test_one_person_alone_writes_nothing_off(self) -> None:
        recovery = ana_owes()
        found = hao_gives_up(recovery)
        with pytest.raises(SecondPersonNeeded):
            payments.confirm_resolution(login_id=signed_in(HAO).id, difference_id=found, now=NOW)
        recovery.refresh_from_db()
        assert recovery.written_off == 0

    def test_one_thing_is_proposed_at_a_time_and_a_dropped_one_can_be_proposed_anew(self) -> None:
        recovery = ana_owes()
        found = hao_gives_up(recovery)
        with pytest.raises(DifferenceWaiting):
            hao_says(recovery, 100)
        payments.drop_resolution(login_id=signed_in(LIN).id, difference_id=found, now=NOW)
        lin_agrees(hao_gives_up(recovery))
        recovery.refresh_from_db()
        assert recovery.written_off == SEVERE - MILD

    def test_what_is_all_back_or_written_off_is_not_written_off_again(self) -> None:
        recovery = ana_owes()
        lin_agrees(hao_gives_up(recovery))
        with pytest.raises(ResolutionDoesNotFit):
            hao_gives_up(recovery)

    def test_the_claimant_is_told_once(self) -> None:
        ana_owes()
        told = SandboxMessage.objects.filter(template="aid_to_give_back")
        assert told.count() == 1
        advance(date(2026, 4, 2))
        assert told.count() == 1


class TestBeforeThePayout:
    def test_what_was_not_paid_relieves_the_next_period_whole(self) -> None:
        ana, *_ = pool.filled(5)
        claim = pool.proposed(ana)
        through(D, date(2026, 3, 10), date(2026, 3, 14))
        pool.reopened(claim, now=at(date(2026, 3, 15)))
        pool.proposed_again(claim, "mild", now=at(date(2026, 3, 15), 1))
        period = second_period()
        assert period.recovered == (SEVERE - MILD) * 108 // 100
        assert balance(f"{PLAN}:clawback") == 0
        claim.refresh_from_db()
        assert (claim.state, claim.paid_aid) == ("PAID", MILD)
        assert [payout.period.publicity_on for payout in Payout.objects.all()] == [SECOND]
        all_is_well()

    def test_a_failed_payout_is_cancelled_and_its_arrears_are_owed_again(self) -> None:
        ana, *_ = pool.filled(3)
        pool.poor(ana, 0)
        settlement.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(400), subject="x", now=at(date(2026, 3, 4))
        )
        through(D, date(2026, 3, 10), date(2026, 3, 14))
        claim = pool.proposed(ana, now=at(date(2026, 3, 18), 9))
        sandbox.set_wallet(customer=claim.payee_ref, rule=WalletRule.RETURNED, balance=Fen(0))
        second_period()
        assert UnpaidDebit.objects.get().payout is not None
        pool.reopened(claim, now=at(date(2026, 3, 31)))
        advance(date(2026, 3, 31), 2)
        assert Payout.objects.get().state == "CANCELLED"
        assert UnpaidDebit.objects.get().payout is None
        all_is_well()
