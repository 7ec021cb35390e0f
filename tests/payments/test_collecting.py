"""Collecting: whoever can pay does so once, however slow, lost or doubled the answers are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import pool
from pool import D, at
from sameboat.books.queries import balance, bookings
from sameboat.cli.check import run_checks
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.members.actions import leave
from sameboat.members.actions.returning import ArrearsFirst, CameBack
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.payments import files, queries
from sameboat.payments.models import DebitBatch, DebitNotice, UnpaidDebit
from sameboat.proof.entry import chain_id
from sameboat.record import actions as record
from sameboat.record.queries import chain_entries
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import Period
from sameboat.settlement.waiting import StageNotDue
from society import PLAN, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

DEBIT = date(2026, 3, 14)
EACH = 200


@pytest.fixture
def members() -> list[Membership]:
    """Ana and five others, and 12 yuan to share among the six, announced and told."""
    found = pool.filled(5)
    settlement.state_money_fact(
        plan_id=PLAN,
        kind="refund",
        amount=Fen(6 * EACH),
        subject="a test",
        now=at(date(2026, 3, 5)),
    )
    assert pool.announced().charged == 6 * EACH
    payments.advance(plan_id=PLAN, now=at(date(2026, 3, 10), 9))
    return found


def wallet(membership: Membership, rule: WalletRule, balance: int = 1_000) -> None:
    customer = membership.household.customer_ref
    sandbox.set_wallet(customer=customer, rule=rule, balance=Fen(balance))


def held(membership: Membership) -> int:
    return sandbox.balance(membership.household.customer_ref)


def advance(day: date, hour: int = 0, minute: int = 0) -> list[str]:
    done = payments.advance(plan_id=PLAN, now=at(day, hour, minute))
    record.sequence(now=at(day, hour, minute))
    return [step for step in done if "reconcile" not in step]


def owing() -> set[int]:
    return set(UnpaidDebit.objects.filter(collected_on=None).values_list("household", flat=True))


class TestNotices:
    def test_nobody_is_debited_before_being_told(self) -> None:
        pool.filled(2)
        settlement.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(900), subject="x", now=at(date(2026, 3, 5))
        )
        period = pool.announced()
        with pytest.raises(StageNotDue, match="the payers were not told yet"):
            payments.collect(period_id=period.pk, now=at(DEBIT, 1))

    def test_notices_that_go_out_late_move_the_debit(self) -> None:
        pool.filled(2)
        settlement.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(900), subject="x", now=at(date(2026, 3, 5))
        )
        pool.announced()
        advance(date(2026, 3, 13), 9)
        period = Period.objects.get(publicity_on=D)
        assert period.debit_on == date(2026, 3, 15)
        assert advance(DEBIT, 12) == []
        assert advance(date(2026, 3, 15)) == [f"{D} collect", f"{D} warn"]

    def test_everybody_is_told_once(self, members: list[Membership]) -> None:
        notice = DebitNotice.objects.get()
        assert (notice.payers, notice.unreachable) == (6, 0)
        with pytest.raises(StageNotDue, match="everybody was told"):
            payments.notify(period_id=notice.period_id, now=at(date(2026, 3, 11)))


class TestAnswers:
    def test_a_slow_answer_is_asked_for_again(self, members: list[Membership]) -> None:
        wallet(members[1], WalletRule.SLOW)
        advance(DEBIT)
        assert DebitBatch.objects.get().state == "SENT"
        assert held(members[1]) == 800  # It was done; we only do not know yet.
        advance(DEBIT, 0, 1)
        advance(DEBIT, 0, 2)
        assert DebitBatch.objects.get().state == "ANSWERED"
        assert held(members[1]) == 800
        assert balance(f"{PLAN}:gateway") == 6 * EACH

    def test_a_lost_answer_debits_nobody_twice(self, members: list[Membership]) -> None:
        wallet(members[1], WalletRule.LOST)
        advance(DEBIT)
        assert DebitBatch.objects.get().state == "SENT"
        advance(DEBIT, 0, 1)
        assert [held(each) for each in members[:2]] == [sandbox.OPENING_BALANCE - EACH, 800]

    def test_a_failure_listed_twice_is_one(self, members: list[Membership]) -> None:
        wallet(members[2], WalletRule.TWICE, 0)
        advance(DEBIT)
        assert owing() == {members[2].household_id}
        assert balance(f"{PLAN}:members") == EACH

    def test_each_reason_is_kept(self, members: list[Membership]) -> None:
        wallet(members[1], WalletRule.REVOKED)
        wallet(members[2], WalletRule.CLOSED)
        wallet(members[3], WalletRule.PAYS, EACH - 1)
        advance(DEBIT)
        reasons = dict(UnpaidDebit.objects.values_list("household", "reason"))
        assert reasons == {
            members[1].household_id: "agreement_revoked",
            members[2].household_id: "customer_closed",
            members[3].household_id: "insufficient_balance",
        }

    def test_an_answer_that_does_not_add_up_is_not_taken(
        self, members: list[Membership], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        true_status = sandbox.debit_status

        def wrong_sum(key: str, *, now: object) -> object:
            answer = true_status(key, now=now)  # type: ignore[arg-type]
            return type(answer)(answer.key, answer.progress, Fen(answer.collected - 1))

        with monkeypatch.context() as changed:
            changed.setattr(sandbox, "debit_status", wrong_sum)
            advance(DEBIT)
        assert DebitBatch.objects.get().state == "SENT"
        assert balance(f"{PLAN}:gateway") == 0
        # Work at once; and money moved that is not in the books: the statement lists it as well.
        assert [each.kind for each in queries.differences(PLAN)] == ["answer_differs"]
        assert payments.reconcile(plan_id=PLAN, statement_on=DEBIT, now=at(date(2026, 3, 15))) == 1
        found = {each.kind: (each.ours, each.theirs) for each in queries.differences(PLAN)}
        assert found == {
            "answer_differs": (6 * EACH, 6 * EACH - 1),
            "missing_in_books": (0, 6 * EACH),
        }
        # The gateway mends its answer: with it both are gone.
        advance(date(2026, 3, 15), 1)
        assert balance(f"{PLAN}:gateway") == 6 * EACH
        assert not queries.differences(PLAN).exists()
        assert payments.reconcile(plan_id=PLAN, statement_on=DEBIT, now=at(date(2026, 3, 15))) == 0
        assert not queries.differences(PLAN).exists()


class TestBatches:
    def test_payers_are_debited_in_ranges(
        self, members: list[Membership], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "PAYERS_A_BATCH", 4)
        wallet(members[5], WalletRule.PAYS, 0)
        advance(DEBIT)
        rows = DebitBatch.objects.order_by("number").values_list("payers", "amount", "collected")
        assert list(rows) == [(4, 800, 800), (2, 400, 200)]
        assert len(bookings(plan=PLAN, kind="collect")) == 2


class TestRetries:
    def test_only_the_unpaid_are_tried_again_once_a_day(self, members: list[Membership]) -> None:
        wallet(members[1], WalletRule.PAYS, 0)
        wallet(members[2], WalletRule.PAYS, 0)
        advance(DEBIT)
        assert advance(DEBIT, 20) == []
        wallet(members[2], WalletRule.PAYS, 500)
        assert advance(date(2026, 3, 15)) == [f"{D} retry"]
        assert advance(date(2026, 3, 15), 20) == []
        assert owing() == {members[1].household_id}
        retried = DebitBatch.objects.filter(is_retry=True).get()
        assert (retried.payers, retried.amount, retried.collected) == (2, 400, 200)
        assert held(members[0]) == sandbox.OPENING_BALANCE - EACH
        assert UnpaidDebit.objects.get(household=members[1].household_id).attempts == 2

    def test_the_last_retry_is_two_days_before_the_next_debit(
        self, members: list[Membership]
    ) -> None:
        wallet(members[1], WalletRule.PAYS, 0)
        advance(DEBIT)
        assert f"{D} retry" in advance(date(2026, 3, 25), 23)
        assert f"{D} retry" not in advance(date(2026, 3, 26))

    def test_a_late_answer_keeps_the_cycle_open(self, members: list[Membership]) -> None:
        wallet(members[1], WalletRule.PAYS, 0)
        advance(DEBIT)
        wallet(members[1], WalletRule.LATE)
        advance(date(2026, 3, 25), 23)
        assert f"{D} close_cycle" not in advance(date(2026, 3, 26), 1)
        assert f"{D} close_cycle" in advance(date(2026, 3, 26), 12)
        assert owing() == set()


def comes_back(membership: Membership, on: date) -> CameBack:
    login = signed_in(pool.another(0)).id
    return payments.come_back(login_id=login, membership_ref=membership.ref, now=at(on, 9))


class TestDefaults:
    def _second_period(self) -> None:
        settlement.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(600), subject="y", now=at(date(2026, 3, 20))
        )
        pool.announced(date(2026, 3, 21))
        advance(date(2026, 3, 24), 9)

    def test_two_failed_cycles_end_the_membership(self, members: list[Membership]) -> None:
        poor = members[1]
        wallet(poor, WalletRule.PAYS, 0)
        advance(DEBIT)
        self._second_period()
        advance(date(2026, 3, 26))
        assert Membership.objects.filter(pk=poor.pk, ends_on=None).exists()
        advance(date(2026, 3, 28))
        pool.settled_until(at(date(2026, 4, 12)))
        advance(date(2026, 4, 12))
        poor.refresh_from_db()
        assert (poor.end_reason, poor.ends_on) == ("default", date(2026, 4, 13))
        entries = chain_entries(chain_id("period", PLAN))
        confirmed = [entry for entry in entries if entry.type == "collect.confirm"]
        assert confirmed[-1].body["failed_twice"] == 1
        # Nobody bears it while paying would give the membership back.
        assert set(UnpaidDebit.objects.values_list("borne_by", flat=True)) == {""}
        with pytest.raises(ArrearsFirst):
            comes_back(poor, date(2026, 4, 13))
        advance(date(2026, 5, 13))
        # Then the operator bears what stayed open: members owe nothing any more.
        assert set(UnpaidDebit.objects.values_list("borne_by", flat=True)) == {"operator"}
        assert balance(f"{PLAN}:members") == 0
        assert balance(f"{PLAN}:advance") == EACH + 100
        assert [done for done in run_checks() if done.findings] == []

    def test_who_pays_the_arrears_in_time_has_the_membership_back(
        self, members: list[Membership]
    ) -> None:
        poor = members[1]
        wallet(poor, WalletRule.PAYS, 0)
        advance(DEBIT)
        self._second_period()
        advance(date(2026, 3, 28))
        settlement.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(600), subject="z", now=at(date(2026, 4, 5))
        )
        pool.settled_until(at(date(2026, 4, 10), 9))
        advance(date(2026, 4, 12))
        wallet(poor, WalletRule.PAYS, 1_000)
        advance(date(2026, 4, 14))
        back = comes_back(poor, date(2026, 4, 14))
        assert back.back_on == date(2026, 4, 15)
        poor.refresh_from_db()
        assert poor.ends_on is None
        assert [done for done in run_checks() if done.findings] == []

    def test_arrears_are_tried_again_with_the_next_debit(self, members: list[Membership]) -> None:
        poor = members[1]
        wallet(poor, WalletRule.PAYS, 0)
        advance(DEBIT)
        self._second_period()
        advance(date(2026, 3, 26))
        wallet(poor, WalletRule.PAYS, 1_000)
        assert f"{D} retry" in advance(date(2026, 3, 28))
        assert held(poor) == 1_000 - EACH - 100
        assert queries.owed_by(poor.household) == []
        assert advance(date(2026, 3, 28), 12) == []
        first = Period.objects.get(publicity_on=D)
        assert queries.collected(first).unpaid == 0
        assert [done for done in run_checks() if done.findings] == []

    def test_the_next_period_bears_them_where_the_terms_say_so(self, tmp_path: Path) -> None:
        members = pool.filled(5, rulebook=pool.pooled_rulebook(tmp_path))
        settlement.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(600), subject="x", now=at(date(2026, 3, 5))
        )
        pool.announced()
        advance(date(2026, 3, 10), 9)
        wallet(members[1], WalletRule.PAYS, 0)
        advance(DEBIT)
        # She leaves with her debit unpaid: one failed cycle is enough, nobody will pay any more.
        leaver = members[1]
        leave(
            login_id=signed_in(pool.another(0)).id,
            membership_ref=leaver.ref,
            now=at(date(2026, 3, 20), 9),
        )
        assert UnpaidDebit.objects.get().borne_by == ""
        advance(date(2026, 3, 26))
        assert UnpaidDebit.objects.get().borne_by == "next_period"
        assert [line.lines for line in bookings(plan=PLAN, kind="default")] == [
            {f"{PLAN}:extra": 100, f"{PLAN}:members": -100}
        ]
        pool.settled_until(at(date(2026, 3, 26)))
        period = Period.objects.get(publicity_on=date(2026, 3, 21))
        assert (period.extra, period.charged, period.sharing) == (100, 100, 5)
        assert balance(f"{PLAN}:members", D) == 0
        assert [done for done in run_checks() if done.findings] == []
