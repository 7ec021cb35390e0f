"""What only the sandbox does: rules of wallets, races, and a large batch in one step."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.models import SandboxDebit, SandboxRequest, SandboxWallet, WalletRule
from sameboat.gateways.payment import (
    DebitAnswer,
    DebitBatch,
    Failure,
    PaymentProvider,
    Progress,
    RefundBatch,
    TransferOrder,
    sandbox,
)
from sameboat.rules.money import Fen

NOW = datetime(2026, 7, 14, 1, tzinfo=UTC)


def batch(key: str, *debits: tuple[str, int]) -> DebitBatch:
    return DebitBatch.of(key=key, rows=[(customer, Fen(fen)) for customer, fen in debits])


@pytest.mark.django_db
def test_a_wallet_opens_with_its_balance_and_pays_until_it_is_empty() -> None:
    sandbox.debit(batch("k1", ("ana", 999_999)), now=NOW)
    assert sandbox.balance("ana") == 1
    assert sandbox.debit(batch("k2", ("ana", 1)), now=NOW).failures == ()
    assert sandbox.balance("ana") == 0
    answer = sandbox.debit(batch("k3", ("ana", 1)), now=NOW)
    assert [failure.reason for failure in answer.failures] == [Failure.INSUFFICIENT_BALANCE]


@pytest.mark.django_db
def test_money_is_neither_made_nor_lost() -> None:
    sandbox.debit(batch("k1", ("ana", 300), ("bo-empty", 300), ("fei-revoked", 300)), now=NOW)
    sandbox.pay_out(TransferOrder(key="k2", customer="bo-empty", amount=Fen(500)), now=NOW)
    sandbox.refund(RefundBatch.of(key="k3", rows=[("ana", Fen(20))]), now=NOW)
    assert sandbox.balance("ana") == sandbox.OPENING_BALANCE - 300 + 20
    assert sandbox.balance("bo-empty") == 500
    assert sandbox.balance("fei-revoked") == sandbox.OPENING_BALANCE


@pytest.mark.django_db
def test_a_rule_that_was_set_stands_over_the_ending() -> None:
    sandbox.set_wallet(customer="ana-revoked", rule=WalletRule.PAYS, balance=Fen(10))
    assert sandbox.debit(batch("k1", ("ana-revoked", 10)), now=NOW).collected == 10


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("customer", "reason"),
    [
        ("c-empty", Failure.INSUFFICIENT_BALANCE),
        ("c-revoked", Failure.AGREEMENT_REVOKED),
        ("c-closed", Failure.CUSTOMER_CLOSED),
        ("c-returned", None),
        ("c-nonsense", None),
        ("empty", None),
    ],
)
def test_the_ending_of_the_reference_is_the_rule(customer: str, reason: Failure | None) -> None:
    answer = sandbox.debit(batch("k1", (customer, 3)), now=NOW)
    assert [failure.reason for failure in answer.failures] == ([reason] if reason else [])


@pytest.mark.django_db
def test_slow_answers_to_the_third_call_and_late_after_twelve_hours() -> None:
    assert sandbox.debit(batch("k1", ("c-slow", 3)), now=NOW).progress is Progress.PENDING
    assert sandbox.debit_status("k1", now=NOW).progress is Progress.PENDING
    assert sandbox.debit_status("k1", now=NOW).progress is Progress.DONE
    assert sandbox.debit_status("k1", now=NOW).progress is Progress.DONE
    sandbox.debit(batch("k2", ("c-late", 3)), now=NOW)
    almost = NOW + timedelta(hours=12) - timedelta(seconds=1)
    assert sandbox.debit_status("k2", now=almost).progress is Progress.PENDING
    assert sandbox.debit_status("k2", now=NOW + timedelta(hours=12)).progress is Progress.DONE


@pytest.mark.django_db
def test_a_failure_may_be_listed_twice() -> None:
    answer = sandbox.debit(batch("k1", ("ana", 5), ("c-twice", 3)), now=NOW)
    assert [failure.customer for failure in answer.failures] == ["c-twice", "c-twice"]
    assert answer.collected == 5


@pytest.mark.django_db
def test_a_lost_answer_comes_when_the_same_request_is_sent_again() -> None:
    request = batch("k1", ("c-lost", 3), ("bo-empty", 4))
    with pytest.raises(GatewayUnavailable):
        sandbox.debit(request, now=NOW)
    answer = sandbox.debit(request, now=NOW)
    assert (answer.collected, len(answer.failures)) == (3, 1)
    assert sandbox.balance("c-lost") == sandbox.OPENING_BALANCE - 3
    order = TransferOrder(key="k2", customer="c-lost", amount=Fen(3))
    with pytest.raises(GatewayUnavailable):
        sandbox.pay_out(order, now=NOW)
    assert sandbox.transfer_status("k2", now=NOW).progress is Progress.DONE
    assert sandbox.balance("c-lost") == sandbox.OPENING_BALANCE


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lines", [b"ana,1\nana,1\n", b"ana,0\n", b"ana,-5\n", b"\xc3\xa4,5\n", b"a b,5\n"]
)
def test_a_malformed_file_fails_as_a_whole(lines: bytes) -> None:
    with pytest.raises((IntegrityError, UnicodeDecodeError)):
        sandbox.debit(DebitBatch(key="k1", lines=b"bo,1\n" + lines), now=NOW)
    assert not SandboxRequest.objects.exists()
    assert not SandboxWallet.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_may_not_be_called_inside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        sandbox.debit(batch("k1", ("ana", 5)), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_fifty_times_the_same_batch_at_once_is_one_debit_and_fifty_equal_answers() -> None:
    request = batch("k1", ("ana", 5), ("bo-empty", 4))
    together = threading.Barrier(10)

    def send(number: int) -> DebitAnswer:
        together.wait(timeout=30)
        try:
            return sandbox.debit(request, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = list(pool.map(send, range(50)))
    assert len(answers) == 50
    assert all(answer == answers[0] for answer in answers)
    assert sandbox.balance("ana") == sandbox.OPENING_BALANCE - 5
    assert SandboxDebit.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_batches_with_common_customers_take_each_amount_once_and_never_overdraw() -> None:
    customers = [f"c{number}" for number in range(200)]
    for customer in customers[::2]:
        sandbox.set_wallet(customer=customer, rule=WalletRule.PAYS, balance=Fen(4))
    together = threading.Barrier(6)

    def send(number: int) -> DebitAnswer:
        order = customers if number % 2 else customers[::-1]
        together.wait(timeout=30)
        try:
            return sandbox.debit(batch(f"k{number}", *((c, 1) for c in order)), now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        answers = list(pool.map(send, range(6)))
    assert sum(answer.collected for answer in answers) == 100 * 4 + 100 * 6
    assert sum(len(answer.failures) for answer in answers) == 100 * 2
    assert all(sandbox.balance(customer) == 0 for customer in customers[::2])


@pytest.mark.django_db
def test_a_batch_of_100_000_is_taken_within_seconds() -> None:
    lines = "".join(
        f"payer{n}{'-empty' if n % 20 == 0 else ''},{n % 300 + 1}\n" for n in range(100_000)
    )
    request = DebitBatch(key="big", lines=lines.encode())
    began = time.monotonic()
    answer = sandbox.debit(request, now=NOW)
    took = time.monotonic() - began
    assert len(answer.failures) == 5_000
    assert answer.collected == sum(n % 300 + 1 for n in range(100_000) if n % 20)
    assert took < 20, f"{took:.1f} s"


def test_every_rule_stands_in_the_guide_for_a_new_provider() -> None:
    guide = Path("docs/operating/add-a-payment-provider.md")
    text = (Path(__file__).parents[2] / guide).read_text()
    assert [
        rule for rule in WalletRule if rule is not WalletRule.PAYS and f"`-{rule}`" not in text
    ] == []
    functions = {name for name in vars(PaymentProvider) if not name.startswith("_")}
    assert [name for name in sorted(functions) if f"`{name}`" not in text] == []
