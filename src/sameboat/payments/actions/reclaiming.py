"""Aid that was paid and has to be given back: what came back, and what never will.

One person of finance enters it, another confirms. What comes back relieves the members of the next
period. What never will is written off: the operator bears it, because it decided and paid the
claim, and the members are relieved as if it had come back. Paid after all, it is the operator's.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sameboat.identity.actions import audit
from sameboat.identity.queries import require_role
from sameboat.identity.roles import Role
from sameboat.payments.actions.resolutions import (
    NOTE_MAX,
    DifferenceWaiting,
    NoSuchDifference,
    Resolution,
    ResolutionDoesNotFit,
    book_difference,
)
from sameboat.payments.models import Difference
from sameboat.plans.queries import plan as plan_of
from sameboat.rules.calendar import day_of
from sameboat.rules.money import Fen
from sameboat.settlement.models import Recovery
from sameboat.settlement.stating import state_money_fact


@transaction.atomic
def state_repayment(
    *, login_id: int, recovery_id: int, amount: Fen, note: str, now: datetime
) -> int:
    """Say that a payee gave aid back to the operator, by which transfer; the difference's id.

    All of it or a part. Another person confirms it; then it relieves the members, or the operator
    as far as it was written off before.
    """
    require_role(login_id, Role.FINANCE)
    recovery = _recovery(recovery_id)
    most = Fen(recovery.owed - recovery.received)
    return _propose(recovery, Resolution.REPAYMENT, amount, most, note, login_id=login_id, now=now)


@transaction.atomic
def propose_write_off(*, login_id: int, recovery_id: int, note: str, now: datetime) -> int:
    """Say that what is left of a recovery will not come back, and why; the difference's id.

    Another person confirms it; then the operator bears it and the members are relieved.
    """
    require_role(login_id, Role.FINANCE)
    recovery = _recovery(recovery_id)
    return _propose(
        recovery,
        Resolution.WRITE_OFF,
        recovery.left,
        recovery.left,
        note,
        login_id=login_id,
        now=now,
    )


def _recovery(recovery_id: int) -> Recovery:
    """The recovery, held until the end: what is proposed about one waits for nothing else."""
    held = Recovery.objects.select_for_update(of=("self",)).select_related("claim")
    recovery = held.filter(pk=recovery_id).first()
    if recovery is None:
        raise NoSuchDifference()
    return recovery


def _propose(
    recovery: Recovery,
    what: Resolution,
    amount: Fen,
    most: Fen,
    note: str,
    *,
    login_id: int,
    now: datetime,
) -> int:
    if not 0 < amount <= most or not note.strip():
        raise ResolutionDoesNotFit(resolution=what.value, fen=most)
    if recovery.proposals.filter(settled_at=None).exists():
        raise DifferenceWaiting()
    plan = recovery.claim.plan
    difference = Difference.objects.create(
        plan=plan,
        statement_on=day_of(now, plan_of(plan).timezone),
        key=f"{what.value}/{plan}/{recovery.pk}/{recovery.proposals.count()}",
        kind=what.value,
        recovery=recovery,
        ours=0,
        theirs=amount,
        found_at=now,
        resolution=what.value,
        note=note.strip()[:NOTE_MAX],
        first_login_id=login_id,
    )
    audit(login_id=login_id, verb="difference.propose", subject=difference.key[:80], now=now)
    return difference.pk


# What is done when two have agreed


def repaid(difference: Difference, now: datetime) -> None:
    """What came back is booked: the operator holds it for whoever bore it."""
    recovery = _held(difference)
    if difference.theirs > recovery.owed - recovery.received:
        raise ResolutionDoesNotFit(resolution=difference.resolution, fen=difference.theirs)
    relief = Fen(min(difference.theirs, recovery.left))
    borne = Fen(difference.theirs - relief)
    if borne:
        lines = {"clawback": borne, "advance": -borne}
        book_difference(difference, "written_on", lines, now=now)
    lines = {"advance": difference.theirs, "clawback": -difference.theirs}
    book_difference(difference, "repayment", lines, now=now)
    if relief:
        _relieve(difference, recovery, relief, now=now)
    Recovery.objects.filter(pk=recovery.pk).update(
        received=recovery.received + difference.theirs, written_off=recovery.written_off - borne
    )


def written_off(difference: Difference, now: datetime) -> None:
    """The operator bears what will not come back, and the members are relieved."""
    recovery, amount = _held(difference), Fen(difference.theirs)
    if amount != recovery.left:
        raise ResolutionDoesNotFit(resolution=difference.resolution, fen=amount)
    book_difference(difference, "write_off", {"advance": amount, "clawback": -amount}, now=now)
    _relieve(difference, recovery, amount, now=now)
    Recovery.objects.filter(pk=recovery.pk).update(written_off=recovery.written_off + amount)


def _held(difference: Difference) -> Recovery:
    assert difference.recovery_id is not None
    return _recovery(difference.recovery_id)


def _relieve(difference: Difference, recovery: Recovery, amount: Fen, *, now: datetime) -> None:
    """The members of the next period share so much less."""
    book_difference(difference, "relief", {"reclaimed": amount, "extra": -amount}, now=now)
    state_money_fact(
        plan_id=difference.plan,
        kind="clawback",
        amount=amount,
        subject=f"{recovery.claim.ref}/{recovery.number}/{recovery.owed - recovery.left}",
        now=now,
    )
