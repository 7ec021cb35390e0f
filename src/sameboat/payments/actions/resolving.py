"""Differences: one person of finance says what is to be done and why, another confirms.

What can be done about money that the gateway and the books see differently:

    explained   nothing is booked: the note says why both are right
    operator    the operator takes the difference, or bears it
    recount     the gateway's list of who paid is taken for a batch: who had not failed has paid,
                and who paid twice gets it back
    pay_again   aid that came back from the payee's bank goes out again
    repayment   a payee gave aid back: it relieves the members of the next period
    write_off   aid will not come back: the operator bears it
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from sameboat.books.queries import balance
from sameboat.claims.access import person_of
from sameboat.gateways.payment import (
    DebitAnswer,
    Failure,
    LineFailure,
    Progress,
    RefundAnswer,
    provider,
    returned_key,
)
from sameboat.identity.actions import audit
from sameboat.identity.queries import require_role
from sameboat.identity.roles import Role
from sameboat.payments import agenda
from sameboat.payments.actions.collecting import paid_after_all, record_answer
from sameboat.payments.actions.reclaiming import repaid, written_off
from sameboat.payments.actions.resolutions import (
    NOTE_MAX,
    DifferenceWaiting,
    NoSuchDifference,
    Resolution,
    ResolutionDoesNotFit,
    SecondPersonNeeded,
    book_difference,
)
from sameboat.payments.actions.sending_back import record_refunds
from sameboat.payments.actions.stages import confirm, today
from sameboat.payments.files import batch_file, refund_lines
from sameboat.payments.models import (
    DebitBatch,
    Difference,
    Payout,
    Refund,
    RefundBatch,
    UnpaidDebit,
)
from sameboat.rules.money import Fen


@transaction.atomic
def propose_resolution(
    *, login_id: int, difference_id: int, resolution: str, note: str, now: datetime
) -> None:
    """Say what is to be done about a difference, and why; nothing is booked yet."""
    require_role(login_id, Role.FINANCE)
    difference = _open(difference_id)
    if resolution not in possible_for(difference) or not note.strip():
        raise ResolutionDoesNotFit(resolution=resolution, fen=difference.theirs - difference.ours)
    moved = Difference.objects.filter(pk=difference.pk, resolution="").update(
        resolution=resolution, note=note.strip()[:NOTE_MAX], first_login_id=login_id
    )
    if moved != 1:
        raise DifferenceWaiting()
    audit(login_id=login_id, verb="difference.propose", subject=difference.key[:80], now=now)


@transaction.atomic
def drop_resolution(*, login_id: int, difference_id: int, now: datetime) -> None:
    """Do not agree, or take one's own proposal back: something else can be proposed."""
    require_role(login_id, Role.FINANCE, Role.SUPERVISOR)
    difference = _open(difference_id)
    if difference.recovery_id is not None:
        Difference.objects.filter(pk=difference.pk).update(settled_at=now)
    Difference.objects.filter(pk=difference.pk).update(resolution="", note="", first_login=None)
    audit(login_id=login_id, verb="difference.drop", subject=difference.key[:80], now=now)


def confirm_resolution(*, login_id: int, difference_id: int, now: datetime) -> None:
    """Agree, as another person: what was proposed is done and booked.

    The gateway is asked who paid before anything is written.
    """
    require_role(login_id, Role.FINANCE, Role.SUPERVISOR)
    difference = _open(difference_id)
    if not difference.resolution:
        raise NoSuchDifference()
    assert difference.first_login_id is not None
    if person_of(login_id) == person_of(difference.first_login_id):
        raise SecondPersonNeeded()
    wants_list = difference.resolution == Resolution.RECOUNT
    paid = dict(provider().moved_lines(difference.key)) if wants_list else {}
    _do(difference, login_id, paid, now=now)


def possible_for(difference: Difference) -> list[Resolution]:
    """What can be done about a difference, as far as its kind and key tell.

    A batch without its answer is booked when that is taken: anything else would book it twice.
    """
    if difference.recovery_id is not None:
        return [Resolution(difference.kind)]
    asked = {"key": difference.key, "state": "SENT"}
    unanswered = DebitBatch.objects.filter(**asked), RefundBatch.objects.filter(**asked)
    if difference.kind == "answer_differs" or any(rows.exists() for rows in unanswered):
        return [Resolution.RECOUNT]
    found = [Resolution.EXPLAINED, Resolution.OPERATOR]
    if difference.key.startswith("collect/") and difference.theirs > difference.ours:
        found.append(Resolution.RECOUNT)
    if difference.key.startswith(returned_key("")) and difference.theirs > 0:
        found.append(Resolution.PAY_AGAIN)
    return found


def _open(difference_id: int) -> Difference:
    found = Difference.objects.filter(pk=difference_id, settled_at=None).first()
    if found is None:
        raise NoSuchDifference()
    return found


@transaction.atomic
def _do(difference: Difference, login_id: int, paid: Mapping[str, int], *, now: datetime) -> None:
    """Settle the difference by compare-and-set, then do what was proposed."""
    standing = Difference.objects.filter(
        pk=difference.pk, settled_at=None, resolution=difference.resolution
    )
    if standing.update(settled_at=now, second_login_id=login_id) != 1:
        raise NoSuchDifference()
    if difference.resolution == Resolution.RECOUNT:
        _recount(difference, paid, now=now)
    else:
        _BOOKED[Resolution(difference.resolution)](difference, now)
    audit(login_id=login_id, verb="difference.confirm", subject=difference.key[:80], now=now)


# What each resolution does


def _explained(difference: Difference, now: datetime) -> None:
    """Nothing moves; the note stays."""


def _operator(difference: Difference, now: datetime) -> None:
    """The operator takes what came in too much, or makes good what is missing."""
    plan, amount = difference.plan, difference.theirs - difference.ours
    if amount < 0 and balance(f"{plan}:gateway") < -amount:
        raise ResolutionDoesNotFit(resolution=Resolution.OPERATOR.value, fen=amount)
    book_difference(difference, "operator", {"gateway": amount, "advance": -amount}, now=now)
    _accept(difference, amount)


def _pay_again(difference: Difference, now: datetime) -> None:
    """The aid that came back is owed to the payee again, and goes out with the next run."""
    payout = _returned_payout(difference)
    amount = difference.theirs - difference.ours
    if payout is None or amount != payout.aid - payout.arrears:
        raise ResolutionDoesNotFit(resolution=Resolution.PAY_AGAIN.value, fen=amount)
    claim = payout.claim
    Refund.objects.create(
        kind="returned_aid",
        plan=difference.plan,
        customer=claim.payee_ref,
        claim=claim,
        key=f"again/{difference.plan}/{claim.ref}/{payout.attempt}",
        amount=amount,
        prepared_at=now,
    )
    book_difference(difference, "returned", {"gateway": amount, "refunds": -amount}, now=now)
    _accept(difference, amount)


_BOOKED: Mapping[Resolution, Callable[[Difference, datetime], None]] = {
    Resolution.EXPLAINED: _explained,
    Resolution.OPERATOR: _operator,
    Resolution.PAY_AGAIN: _pay_again,
    Resolution.REPAYMENT: repaid,
    Resolution.WRITE_OFF: written_off,
}


def _recount(difference: Difference, paid: Mapping[str, int], *, now: datetime) -> None:
    """Take the gateway's list of who paid: for an answer that does not add up, or one that lied."""
    refunds = RefundBatch.objects.filter(key=difference.key).first()
    if refunds is not None:
        record_refunds(refunds, _refunds_from(refunds, paid), now=now)
        return
    batch = DebitBatch.objects.select_related("period").get(key=difference.key)
    if batch.state == "SENT":
        record_answer(batch, _answer_from(batch, paid), now=now)
        return
    amount = difference.theirs - difference.ours
    denied = UnpaidDebit.objects.select_for_update().filter(
        period=batch.period, household__customer_ref__in=list(paid), batch=None, payout=None
    )
    if batch.is_retry:
        denied = denied.filter(collected_on=None)
    rows = list(denied.select_related("household").order_by("pk"))
    if sum(row.amount for row in rows) != amount:
        raise ResolutionDoesNotFit(resolution=Resolution.RECOUNT.value, fen=amount)
    taken = sum(_collected_after_all(batch, row, now=now) for row in rows)
    twice = amount - taken
    lines = {"gateway": amount, "members": -taken, "refunds": -twice}
    book_difference(difference, "recount", lines, now=now, period_on=batch.period.publicity_on)
    _accept(difference, amount)
    if agenda.is_marked(batch.period, "collect"):
        confirm(batch.period, now=now)


def _answer_from(batch: DebitBatch, paid: Mapping[str, int]) -> DebitAnswer:
    """The answer that the gateway should have given, by its list of who paid."""
    lines = batch_file(batch.period, f"{batch.attempt_on}-{batch.number}").read_bytes()
    return DebitAnswer(
        key=batch.key,
        progress=Progress.DONE,
        collected=Fen(sum(paid.values())),
        failures=_not_among(lines, paid),
    )


def _refunds_from(batch: RefundBatch, given: Mapping[str, int]) -> RefundAnswer:
    """The same for a batch of refunds, by the gateway's list of who got theirs."""
    return RefundAnswer(
        key=batch.key,
        progress=Progress.DONE,
        given_back=Fen(sum(given.values())),
        failures=_not_among(refund_lines(batch), given),
    )


def _not_among(lines: bytes, moved: Mapping[str, int]) -> tuple[LineFailure, ...]:
    """The lines of a batch whose customer is not on the gateway's list."""
    asked = (line.split(",") for line in lines.decode("ascii").split())
    return tuple(
        LineFailure(customer=customer, amount=Fen(int(fen)), reason=Failure.OTHER)
        for customer, fen in asked
        if customer not in moved
    )


def _collected_after_all(batch: DebitBatch, row: UnpaidDebit, *, now: datetime) -> int:
    """What of a payer's debit pays the share after all: 0 where it was paid already."""
    period, household = batch.period, row.household
    if row.collected_on is not None:
        Refund.objects.create(
            kind="paid_twice",
            plan=period.plan,
            customer=household.customer_ref,
            key=f"refund/{period.plan}/{period.publicity_on}/{household.pk}",
            amount=row.amount,
            prepared_at=now,
        )
        return 0
    UnpaidDebit.objects.filter(pk=row.pk).update(
        collected_on=today(period, now), recounted=True, asked=False
    )
    if row.borne_by:
        key = f"{batch.key}/{household.pk}"
        paid_after_all(period, row.borne_by, Fen(row.amount), key=key, now=now)
    return row.amount


def _returned_payout(difference: Difference) -> Payout | None:
    key = difference.key.removeprefix(returned_key(""))
    paid = Payout.objects.filter(key=f"payout/{key}", state="PAID")
    return paid.select_related("claim").first()


def _accept(difference: Difference, amount: int) -> None:
    Difference.objects.filter(pk=difference.pk).update(accepted=amount)
