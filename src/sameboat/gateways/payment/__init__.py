"""Money in and out: what every payment provider can do.

Amounts are whole fen. A customer is the reference under which the provider knows a person; it
names nobody. Every request has a key: the same key with the same content is done once and always
answered alike, with other content it is refused (`GatewayKeyReused`). If no answer came
(`GatewayUnavailable`), ask again with the same key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self, cast

from sameboat import gateways
from sameboat.rules.money import Fen
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings

BATCH_LINES_MAX = 200_000
NOTHING = Fen(0)
_CUSTOMER = re.compile(r"[0-9A-Za-z_-]{1,64}\Z")


class Failure(StrEnum):
    """Why a debit or a transfer failed; a provider maps its own reasons to these."""

    INSUFFICIENT_BALANCE = "insufficient_balance"
    AGREEMENT_REVOKED = "agreement_revoked"
    """The customer stopped automatic debits."""
    CUSTOMER_CLOSED = "customer_closed"
    RETURNED = "returned"
    """The receiving bank sent the money back."""
    OTHER = "other"


class Progress(StrEnum):
    """How far the provider is with a request."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    """Of a transfer as a whole. A batch is done, though some of its debits failed."""


class Kind(StrEnum):
    """What a line of the statement is about."""

    DEBIT = "debit"
    PAYOUT = "payout"
    REFUND = "refund"
    RETURN = "return"
    """A transfer that was done came back from the bank: under `returned_key` of its key."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines sent as one file: `customer,fen`, each ended by a newline, no header.

    A customer stands in a batch once and every amount is positive; a file that breaks this is a
    mistake of ours and fails as a whole. Set-based writers make the file themselves, others use
    `of`. At most `BATCH_LINES_MAX` lines.
    """

    key: str
    lines: bytes

    @classmethod
    def of(cls, *, key: str, rows: Iterable[tuple[str, Fen]]) -> Self:
        """Write the file from pairs of customer and fen."""
        rows = list(rows)
        assert all(_CUSTOMER.match(customer) and fen > 0 for customer, fen in rows)
        return cls(key=key, lines="".join(f"{c},{fen}\n" for c, fen in rows).encode("ascii"))

    def __post_init__(self) -> None:
        assert self.key
        assert self.lines.endswith(b"\n"), "a batch has at least one line, ended by a newline"
        assert self.lines.count(b"\n") <= BATCH_LINES_MAX

    def digest(self) -> bytes:
        """SHA-256 of the file: tells the same content from other content under one key."""
        return hashlib.sha256(self.lines).digest()


class DebitBatch(Batch):
    """What is to be taken from each of these customers."""


class RefundBatch(Batch):
    """What is to be given to each of these customers: shares that go back, aid that goes again."""


@dataclass(frozen=True, slots=True)
class LineFailure:
    """One customer of a batch with whom nothing moved."""

    customer: str
    amount: Fen
    reason: Failure


@dataclass(frozen=True, slots=True)
class DebitAnswer:
    """PENDING with nothing known yet, or DONE: everybody paid but the failures.

    A failure may be listed twice, and the same answer may come any number of times.
    """

    key: str
    progress: Progress
    collected: Fen = NOTHING
    failures: tuple[LineFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """PENDING with nothing known yet, or DONE: everybody has it but the failures. FAILED is final
    for a customer; DONE is not, as of a transfer.
    """

    key: str
    progress: Progress
    given_back: Fen = NOTHING
    failures: tuple[LineFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """Pay `amount` to a customer: the aid to a payee."""

    key: str
    customer: str
    amount: Fen

    def __post_init__(self) -> None:
        assert self.key
        assert _CUSTOMER.match(self.customer)
        assert self.amount > 0


@dataclass(frozen=True, slots=True)
class TransferAnswer:
    """The outcome of a payout; `reason` only where it FAILED. FAILED is final.

    DONE is not: a bank may send the money back later, which only the statement tells.
    """

    key: str
    progress: Progress
    reason: Failure | None = None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What really moved under one key: a batch's sum and head count, or one payout."""

    key: str
    kind: Kind
    amount: Fen
    customers: int
    moved_at: datetime


def returned_key(key: str) -> str:
    """The key under which the statement shows that a transfer came back after it was done.

    Of a batch of refunds, `key` is the batch's, a slash, and the customer.
    """
    return f"returned/{key.partition('/')[2]}"


class RequestUnknown(Refusal):
    """The provider never received a request of this key: send it."""

    code = "gateway_request_unknown"
    en = "The payment gateway knows no request {key}."
    zh = "支付网关没有编号为 {key} 的请求。"


class PaymentProvider(Protocol):
    """`now` is when the request is made, by the clock of the installation."""

    def debit(self, batch: DebitBatch, *, now: datetime) -> DebitAnswer:
        """Take the batch's amounts from its customers, as far as they can pay."""

    def debit_status(self, key: str, *, now: datetime) -> DebitAnswer:
        """Ask after a batch sent before; `RequestUnknown` if it never arrived."""

    def pay_out(self, order: TransferOrder, *, now: datetime) -> TransferAnswer:
        """Pay aid to a payee."""

    def transfer_status(self, key: str, *, now: datetime) -> TransferAnswer:
        """Ask after a payout sent before; `RequestUnknown` if it never arrived."""

    def refund(self, batch: RefundBatch, *, now: datetime) -> RefundAnswer:
        """Give the batch's amounts to its customers."""

    def refund_status(self, key: str, *, now: datetime) -> RefundAnswer:
        """Ask after a batch of refunds sent before; `RequestUnknown` if it never arrived."""

    def statement(self, *, since: datetime, until: datetime) -> Iterator[StatementLine]:
        """What moved in `since <= moved_at < until`, in that order, one line a key."""

    def moved_lines(self, key: str) -> Iterator[tuple[str, Fen]]:
        """With whom of a batch money really moved, to explain a difference of its statement."""

    def example(self, behaviour: str) -> str:
        """A fresh customer of the provider's test environment who behaves so.

        For the contract tests and the demo: `pays`, `empty` (no balance), `revoked`, `slow`
        (answers come later), `returned` (transfers come back).
        """


def provider() -> PaymentProvider:
    """The provider that the settings name."""
    return cast(PaymentProvider, gateways.load("payment", settings().payment_gateway))
