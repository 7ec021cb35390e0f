"""What every payment provider must do. A module copied into the folder is tested here at once."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from sameboat import gateways
from sameboat.gateways import GatewayKeyReused
from sameboat.gateways.payment import (
    DebitAnswer,
    DebitBatch,
    Failure,
    Kind,
    LineFailure,
    PaymentProvider,
    Progress,
    RefundAnswer,
    RefundBatch,
    RequestUnknown,
    TransferAnswer,
    TransferOrder,
    sandbox,
)
from sameboat.rules.money import Fen

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 14, 1, tzinfo=UTC)
# Checked by mypy: the module has every function of the Protocol.
_: PaymentProvider = sandbox


@pytest.fixture(params=gateways.providers("payment"))
def provider(request: pytest.FixtureRequest) -> PaymentProvider:
    return cast(PaymentProvider, gateways.load("payment", request.param))


def key() -> str:
    return f"test-{secrets.token_hex(8)}"


def debit_until_done(provider: PaymentProvider, batch: DebitBatch) -> DebitAnswer:
    answer = provider.debit(batch, now=NOW)
    for hours in itertools.count(1):
        if answer.progress is Progress.DONE:
            break
        assert hours <= 48, "a batch is answered within two days"
        answer = provider.debit_status(batch.key, now=NOW + timedelta(hours=hours))
    return answer


def transfer_until_done(provider: PaymentProvider, order: TransferOrder) -> TransferAnswer:
    answer = provider.pay_out(order, now=NOW)
    for hours in itertools.count(1):
        if answer.progress is not Progress.PENDING:
            break
        assert hours <= 48, "a transfer is answered within two days"
        answer = provider.transfer_status(order.key, now=NOW + timedelta(hours=hours))
    return answer


def refund_until_done(provider: PaymentProvider, batch: RefundBatch) -> RefundAnswer:
    answer = provider.refund(batch, now=NOW)
    for hours in itertools.count(1):
        if answer.progress is Progress.DONE:
            break
        assert hours <= 48, "refunds are answered within two days"
        answer = provider.refund_status(batch.key, now=NOW + timedelta(hours=hours))
    return answer


def test_a_batch_answers_with_its_failures_only(provider: PaymentProvider) -> None:
    ana, bo, fei = (provider.example(rule) for rule in ("pays", "empty", "revoked"))
    batch = DebitBatch.of(key=key(), rows=[(ana, Fen(301)), (bo, Fen(302)), (fei, Fen(303))])
    answer = debit_until_done(provider, batch)
    assert answer.collected == 301
    assert set(answer.failures) == {
        LineFailure(customer=bo, amount=Fen(302), reason=Failure.INSUFFICIENT_BALANCE),
        LineFailure(customer=fei, amount=Fen(303), reason=Failure.AGREEMENT_REVOKED),
    }
    assert list(provider.moved_lines(batch.key)) == [(ana, 301)]


def test_the_same_batch_twice_has_one_effect_and_one_answer(provider: PaymentProvider) -> None:
    ana, bo = provider.example("pays"), provider.example("empty")
    batch = DebitBatch.of(key=key(), rows=[(ana, Fen(301)), (bo, Fen(5))])
    first = debit_until_done(provider, batch)
    assert provider.debit(batch, now=NOW) == first
    assert provider.debit_status(batch.key, now=NOW) == first
    moved = provider.statement(since=NOW, until=NOW + timedelta(days=2))
    lines = [line for line in moved if line.key == batch.key]
    assert [(line.kind, line.amount, line.customers) for line in lines] == [(Kind.DEBIT, 301, 1)]


def test_a_key_with_other_content_is_refused(provider: PaymentProvider) -> None:
    ana = provider.example("pays")
    used = key()
    first = debit_until_done(provider, DebitBatch.of(key=used, rows=[(ana, Fen(301))]))
    with pytest.raises(GatewayKeyReused):
        provider.debit(DebitBatch.of(key=used, rows=[(ana, Fen(302))]), now=NOW)
    with pytest.raises(GatewayKeyReused):
        provider.pay_out(TransferOrder(key=used, customer=ana, amount=Fen(301)), now=NOW)
    assert provider.debit_status(used, now=NOW) == first


def test_a_slow_batch_answers_later(provider: PaymentProvider) -> None:
    slow, bo = provider.example("slow"), provider.example("empty")
    batch = DebitBatch.of(key=key(), rows=[(slow, Fen(7)), (bo, Fen(8))])
    first = provider.debit(batch, now=NOW)
    assert first == DebitAnswer(key=batch.key, progress=Progress.PENDING)
    answer = debit_until_done(provider, batch)
    assert answer.collected == 7
    assert [failure.customer for failure in answer.failures] == [bo]


def test_aid_is_paid_out_once(provider: PaymentProvider) -> None:
    order = TransferOrder(key=key(), customer=provider.example("pays"), amount=Fen(30_000_000))
    done = TransferAnswer(key=order.key, progress=Progress.DONE)
    assert transfer_until_done(provider, order) == done
    assert provider.pay_out(order, now=NOW) == done
    moved = provider.statement(since=NOW, until=NOW + timedelta(days=2))
    lines = [(line.kind, line.amount) for line in moved if line.key == order.key]
    assert lines == [(Kind.PAYOUT, 30_000_000)]


def test_refunds_answer_with_their_failures_only(provider: PaymentProvider) -> None:
    ana, bo = provider.example("pays"), provider.example("empty")
    fei = provider.example("returned")
    batch = RefundBatch.of(key=key(), rows=[(ana, Fen(301)), (bo, Fen(302)), (fei, Fen(303))])
    answer = refund_until_done(provider, batch)
    assert answer.given_back == 603
    assert answer.failures == (LineFailure(customer=fei, amount=Fen(303), reason=Failure.RETURNED),)
    assert dict(provider.moved_lines(batch.key)) == {ana: 301, bo: 302}


def test_the_same_refunds_twice_have_one_effect_and_one_answer(provider: PaymentProvider) -> None:
    ana, bo = provider.example("pays"), provider.example("returned")
    batch = RefundBatch.of(key=key(), rows=[(ana, Fen(301)), (bo, Fen(5))])
    first = refund_until_done(provider, batch)
    assert provider.refund(batch, now=NOW) == first
    assert provider.refund_status(batch.key, now=NOW) == first
    moved = provider.statement(since=NOW, until=NOW + timedelta(days=2))
    lines = [line for line in moved if line.key == batch.key]
    assert [(line.kind, line.amount, line.customers) for line in lines] == [(Kind.REFUND, 301, 1)]


def test_refunds_are_no_payout_and_no_debits(provider: PaymentProvider) -> None:
    ana = provider.example("pays")
    batch = RefundBatch.of(key=key(), rows=[(ana, Fen(12))])
    first = refund_until_done(provider, batch)
    with pytest.raises(GatewayKeyReused):
        provider.pay_out(TransferOrder(key=batch.key, customer=ana, amount=Fen(12)), now=NOW)
    with pytest.raises(GatewayKeyReused):
        provider.debit(DebitBatch.of(key=batch.key, rows=[(ana, Fen(12))]), now=NOW)
    with pytest.raises(GatewayKeyReused):
        provider.refund(RefundBatch.of(key=batch.key, rows=[(ana, Fen(13))]), now=NOW)
    assert provider.refund_status(batch.key, now=NOW) == first


def test_slow_refunds_answer_later(provider: PaymentProvider) -> None:
    slow, bo = provider.example("slow"), provider.example("returned")
    batch = RefundBatch.of(key=key(), rows=[(slow, Fen(7)), (bo, Fen(8))])
    first = provider.refund(batch, now=NOW)
    assert first == RefundAnswer(key=batch.key, progress=Progress.PENDING)
    answer = refund_until_done(provider, batch)
    assert answer.given_back == 7
    assert [failure.customer for failure in answer.failures] == [bo]


def test_a_returned_payout_fails_with_its_reason_and_moves_nothing(
    provider: PaymentProvider,
) -> None:
    order = TransferOrder(key=key(), customer=provider.example("returned"), amount=Fen(500))
    answer = transfer_until_done(provider, order)
    assert answer == TransferAnswer(
        key=order.key, progress=Progress.FAILED, reason=Failure.RETURNED
    )
    moved = provider.statement(since=NOW, until=NOW + timedelta(days=2))
    assert order.key not in {line.key for line in moved}


def test_a_slow_payout_is_done_later(provider: PaymentProvider) -> None:
    order = TransferOrder(key=key(), customer=provider.example("slow"), amount=Fen(500))
    assert provider.pay_out(order, now=NOW).progress is Progress.PENDING
    assert transfer_until_done(provider, order).progress is Progress.DONE


def test_what_never_arrived_is_unknown(provider: PaymentProvider) -> None:
    with pytest.raises(RequestUnknown):
        provider.debit_status(key(), now=NOW)
    with pytest.raises(RequestUnknown):
        provider.transfer_status(key(), now=NOW)
    with pytest.raises(RequestUnknown):
        provider.refund_status(key(), now=NOW)


def test_the_statement_holds_the_interval_and_no_more(provider: PaymentProvider) -> None:
    ana = provider.example("pays")
    keys = [key(), key(), key()]
    start = NOW + timedelta(days=30)
    for day, used in enumerate(keys):
        batch = DebitBatch.of(key=used, rows=[(ana, Fen(1))])
        provider.debit(batch, now=start + timedelta(days=day))
    second_day = provider.statement(
        since=start + timedelta(days=1), until=start + timedelta(days=2)
    )
    assert [line.key for line in second_day if line.key in keys] == [keys[1]]
