"""A payment provider of its own: wallets in the database. The default, and the one to copy.

A wallet opens by itself when its customer is first seen, with 10,000 yuan. How it behaves is its
rule, taken from the ending of the customer's reference (`p81f3-slow`) or given by `set_wallet`:

    pays       pays while the balance lasts (also any other ending)
    empty      as `pays`, but opens with nothing
    revoked    debits fail: the agreement was revoked
    closed     debits, transfers and refunds fail: the customer is closed
    returned   debits work, transfers and refunds to it are returned
    slow       the whole request answers PENDING to the first two calls
    late       the whole request answers PENDING for twelve hours
    twice      opens with nothing, and its failure is listed twice in the answer
    lost       the request is done, but its first answer is lost (`GatewayUnavailable`)
    denies     debits are taken, and the answer says that they failed: only the statement tells
    miscounts  opens with nothing, and its failure is left out: the answer does not add up; so
               with a refund to it
    bounces    transfers and refunds are done, and come back from the bank a day later

`set_outage` makes the whole gateway silent for a time, `stray` puts a line into the statement that
nobody asked for.

Money moves when the request is made, however late the answer is.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import assert_never

from django.db import connection, transaction
from django.db.models import F, Q, Sum

from sameboat.gateways import GatewayKeyReused, GatewayUnavailable
from sameboat.gateways.models import (
    SandboxDebit,
    SandboxOutage,
    SandboxRequest,
    SandboxWallet,
    WalletRule,
)
from sameboat.gateways.payment import (
    Batch,
    DebitAnswer,
    DebitBatch,
    Failure,
    Kind,
    LineFailure,
    Progress,
    RefundAnswer,
    RefundBatch,
    RequestUnknown,
    StatementLine,
    TransferAnswer,
    TransferOrder,
    returned_key,
)
from sameboat.rules.money import Fen

OPENING_BALANCE = Fen(1_000_000)
SLOW_CALLS = 2
LATE = timedelta(hours=12)
_DAY = timedelta(days=1)
_SQL = Path(__file__).with_name("sql")
_OPEN_WALLETS = (_SQL / "sandbox_open_wallets.sql").read_text()
_TAKE_DEBITS = (_SQL / "sandbox_take_debits.sql").read_text()
_GIVE_REFUNDS = (_SQL / "sandbox_give_refunds.sql").read_text()


def debit(batch: DebitBatch, *, now: datetime) -> DebitAnswer:
    """Take the batch's amounts from the wallets in one set-based step."""
    _refuse_in_outage(now)
    with transaction.atomic(durable=True):
        if _register(batch.key, Kind.DEBIT, batch.digest(), now=now):
            _carry_out(_TAKE_DEBITS, batch, now=now)
    _answer_once(batch.key)
    return debit_status(batch.key, now=now)


def debit_status(key: str, *, now: datetime) -> DebitAnswer:
    """Ask after a batch sent before."""
    _refuse_in_outage(now)
    request = _ask(key, Kind.DEBIT)
    if _is_pending(request, now=now):
        return DebitAnswer(key=key, progress=Progress.PENDING)
    return DebitAnswer(
        key=key,
        progress=Progress.DONE,
        collected=Fen(request.moved - _denied(request)),
        failures=_failures(request),
    )


def refund(batch: RefundBatch, *, now: datetime) -> RefundAnswer:
    """Give the batch's amounts to the wallets in one set-based step."""
    _refuse_in_outage(now)
    with transaction.atomic(durable=True):
        if _register(batch.key, Kind.REFUND, batch.digest(), now=now):
            _carry_out(_GIVE_REFUNDS, batch, now=now)
    _answer_once(batch.key)
    return refund_status(batch.key, now=now)


def refund_status(key: str, *, now: datetime) -> RefundAnswer:
    """Ask after a batch of refunds sent before."""
    _refuse_in_outage(now)
    request = _ask(key, Kind.REFUND)
    if _is_pending(request, now=now):
        return RefundAnswer(key=key, progress=Progress.PENDING)
    return RefundAnswer(
        key=key,
        progress=Progress.DONE,
        given_back=Fen(request.moved),
        failures=_failures(request),
    )


def pay_out(order: TransferOrder, *, now: datetime) -> TransferAnswer:
    """Pay aid into the payee's wallet."""
    _refuse_in_outage(now)
    line = f"{order.customer},{order.amount}\n".encode("ascii")
    with transaction.atomic(durable=True):
        if _register(order.key, Kind.PAYOUT, hashlib.sha256(line).digest(), now=now):
            _open_wallets(line)
            _give(order, now=now)
    _answer_once(order.key)
    return transfer_status(order.key, now=now)


def transfer_status(key: str, *, now: datetime) -> TransferAnswer:
    """Ask after a payout sent before."""
    _refuse_in_outage(now)
    request = _ask(key, Kind.PAYOUT)
    if _is_pending(request, now=now):
        return TransferAnswer(key=key, progress=Progress.PENDING)
    if request.failure:
        return TransferAnswer(key=key, progress=Progress.FAILED, reason=Failure(request.failure))
    return TransferAnswer(key=key, progress=Progress.DONE)


def statement(*, since: datetime, until: datetime) -> Iterator[StatementLine]:
    """What moved between two instants, one line a key; what moved nothing has no line."""
    rows = SandboxRequest.objects.filter(requested_at__gte=since, requested_at__lt=until)
    for row in rows.filter(moved__gt=0).order_by("requested_at", "key").iterator():
        yield StatementLine(
            key=row.key,
            kind=Kind(row.kind),
            amount=Fen(row.moved),
            customers=row.customers,
            moved_at=row.requested_at,
        )


def moved_lines(key: str) -> Iterator[tuple[str, Fen]]:
    """With whom of a batch money really moved."""
    paid = SandboxDebit.objects.filter(request__key=key, failure="").order_by("customer")
    for customer, amount in paid.values_list("customer", "amount").iterator():
        yield customer, Fen(amount)


def example(behaviour: str) -> str:
    """A fresh customer whose reference ends in a rule of the table above."""
    return f"example{secrets.token_hex(8)}-{WalletRule(behaviour).value}"


def set_wallet(*, customer: str, rule: WalletRule, balance: Fen) -> None:
    """Open a wallet, or change it: for the demo and for tests."""
    SandboxWallet.objects.update_or_create(
        customer=customer, defaults={"rule": rule.value, "balance": balance}
    )


def set_outage(*, since: datetime, until: datetime) -> None:
    """Let the gateway be down from one instant to another: for the demo and for tests."""
    SandboxOutage.objects.create(since=since, until=until)


def stray(*, key: str, kind: Kind, amount: Fen, now: datetime) -> None:
    """Let the statement show a movement that nobody asked for: for tests."""
    SandboxRequest.objects.create(
        key=key,
        kind=kind.value,
        digest=b"",
        requested_at=now,
        moved=amount,
        customers=1,
        calls_left=0,
        answer_lost=False,
    )


def balance(customer: str) -> Fen:
    """What is in a wallet; one that was never used holds nothing yet."""
    found = SandboxWallet.objects.filter(customer=customer).values_list("balance", flat=True)
    return Fen(found.first() or 0)


def _refuse_in_outage(now: datetime) -> None:
    if SandboxOutage.objects.filter(since__lte=now, until__gt=now).exists():
        raise GatewayUnavailable(kind="payment")


def _failures(request: SandboxRequest) -> tuple[LineFailure, ...]:
    """What the answer to a batch lists; some failures it lists twice, some not at all."""
    lines = SandboxDebit.objects.filter(Q(denied=True) | ~Q(failure=""), request=request)
    listed = lines.order_by("customer").values_list("customer", "amount", "failure", "listed")
    return tuple(
        LineFailure(customer=customer, amount=Fen(amount), reason=Failure(failure or Failure.OTHER))
        for customer, amount, failure, times in listed
        for _ in range(times)
    )


def _denied(request: SandboxRequest) -> int:
    denied = SandboxDebit.objects.filter(request=request, denied=True)
    return denied.aggregate(total=Sum("amount"))["total"] or 0


def _register(key: str, kind: Kind, digest: bytes, *, now: datetime) -> bool:
    """Write the request down; False if it was there already. Refuses other content.

    Of two at once the second waits here until the first is done.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gateways_sandboxrequest"
            " (key, kind, digest, requested_at, moved, customers, failure, calls_left, answer_lost)"
            " VALUES (%s, %s, %s, %s, 0, 0, '', 0, false) ON CONFLICT (key) DO NOTHING",
            [key, kind.value, digest, now],
        )
        if cursor.rowcount == 1:
            return True
    known = SandboxRequest.objects.get(key=key)
    if known.kind != kind.value or bytes(known.digest) != digest:
        raise GatewayKeyReused(key=key)
    return False


def _carry_out(statement: str, batch: Batch, *, now: datetime) -> None:
    """Open missing wallets, move the money, and note how the answer behaves."""
    _open_wallets(batch.lines)
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "key": batch.key,
                "lines": batch.lines.decode("ascii"),
                "slow_calls": SLOW_CALLS,
                "late_until": now + LATE,
                "back_at": now + _DAY,
            },
        )
        assert cursor.rowcount == 1


def _open_wallets(lines: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN_WALLETS,
            {
                "lines": lines.decode("ascii"),
                "rules": WalletRule.values,
                "opening_balance": OPENING_BALANCE,
            },
        )


def _give(order: TransferOrder, *, now: datetime) -> None:
    wallet = SandboxWallet.objects.select_for_update().get(customer=order.customer)
    rule = WalletRule(wallet.rule)
    request = SandboxRequest.objects.get(key=order.key)
    request.failure = _refuses_transfer(rule) or ""
    if not request.failure:
        request.moved, request.customers = order.amount, 1
        if rule is WalletRule.BOUNCES:
            back = returned_key(order.key)
            stray(key=back, kind=Kind.RETURN, amount=order.amount, now=now + _DAY)
        else:
            wallet.balance += order.amount
            wallet.save(update_fields=["balance"])
    request.calls_left = SLOW_CALLS if rule is WalletRule.SLOW else 0
    request.answers_from = now + LATE if rule is WalletRule.LATE else None
    request.answer_lost = rule is WalletRule.LOST
    request.save()


def _refuses_transfer(rule: WalletRule) -> Failure | None:
    match rule:
        case WalletRule.CLOSED:
            return Failure.CUSTOMER_CLOSED
        case WalletRule.RETURNED:
            return Failure.RETURNED
        case (
            WalletRule.PAYS
            | WalletRule.EMPTY
            | WalletRule.REVOKED
            | WalletRule.SLOW
            | WalletRule.LATE
            | WalletRule.TWICE
            | WalletRule.LOST
            | WalletRule.DENIES
            | WalletRule.MISCOUNTS
            | WalletRule.BOUNCES
        ):
            return None
        case _:
            assert_never(rule)


def _answer_once(key: str) -> None:
    """Lose the first answer where a wallet's rule says so; what was done stays done."""
    if SandboxRequest.objects.filter(key=key, answer_lost=True).update(answer_lost=False):
        raise GatewayUnavailable(kind="payment")


def _ask(key: str, kind: Kind) -> SandboxRequest:
    request = SandboxRequest.objects.filter(key=key, kind=kind.value).first()
    if request is None:
        raise RequestUnknown(key=key)
    return request


def _is_pending(request: SandboxRequest, *, now: datetime) -> bool:
    """Whether the answer is still to come; each call that finds it so counts one call down."""
    if request.answers_from is not None and now < request.answers_from:
        return True
    waiting = SandboxRequest.objects.filter(pk=request.pk, calls_left__gt=0)
    return waiting.update(calls_left=F("calls_left") - 1) == 1
