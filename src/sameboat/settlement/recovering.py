"""What a claim was settled with before it was reopened, and taking back what is too much.

Only a positive difference is settled again. A negative one is a recovery: what nobody has paid out
yet, and the operator's fee on all of it, relieve the next period; what was paid out is owed by the
payee and relieves the members when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from sameboat.books.actions import book
from sameboat.claims.actions.reopening import reclaim
from sameboat.claims.models import Claim
from sameboat.claims.queries import accepted_claims, turned_down
from sameboat.rules.money import Fen
from sameboat.runtime.failpoints import reach
from sameboat.settlement.models import PeriodClaim, Recovery
from sameboat.settlement.stating import state_money_fact


@dataclass(frozen=True, slots=True)
class Settled:
    """What stands settled on a claim: all periods together, less what was taken back."""

    aid: Fen
    fee: Fen


NOTHING = Settled(Fen(0), Fen(0))


def settled_before(claim_ids: Iterable[int]) -> dict[int, Settled]:
    """What stands settled on these claims; claims of which nothing does are left out."""
    ids = list(claim_ids)
    in_periods = PeriodClaim.objects.filter(claim__in=ids, period__settle_entry_hash__isnull=False)
    taken_back = _sums(Recovery.objects.filter(claim__in=ids))
    found = {}
    for claim, settled in _sums(in_periods).items():
        back = taken_back.get(claim, NOTHING)
        found[claim] = Settled(Fen(settled.aid - back.aid), Fen(settled.fee - back.fee))
    return found


def _sums(rows: QuerySet[PeriodClaim] | QuerySet[Recovery]) -> dict[int, Settled]:
    summed = rows.order_by().values("claim").annotate(aids=Sum("aid"), fees=Sum("fee"))
    return {row["claim"]: Settled(Fen(row["aids"]), Fen(row["fees"])) for row in summed}


def take_back(*, plan_id: str, now: datetime) -> int:
    """Book what was settled too much on claims of the plan that were reopened; how many."""
    accepted = accepted_claims(plan_id)
    settled_once = PeriodClaim.objects.filter(
        period__plan=plan_id, period__settle_entry_hash__isnull=False
    )
    others = turned_down(set(settled_once.values_list("claim", flat=True)), now=now)
    before = settled_before(claim.pk for claim in [*accepted, *others])
    due = {claim.pk: (claim.aid or 0) - claim.unfunded for claim in accepted}
    taken = 0
    for claim in [*accepted, *others]:
        settled = before.get(claim.pk, NOTHING)
        if settled.aid > due.get(claim.pk, 0):
            _take_back(claim, settled, Fen(due.get(claim.pk, 0)), now=now)
            taken += 1
    return taken


def _take_back(claim: Claim, settled: Settled, due: Fen, *, now: datetime) -> None:
    aid = settled.aid - due
    # The fee that is kept is rounded down: never more than the rate on what stays.
    fee = settled.fee - settled.fee * due // settled.aid
    unpaid = min(aid, settled.aid - claim.paid_aid)
    recovery = Recovery.objects.create(
        claim=claim,
        number=claim.recoveries.count() + 1,
        aid=aid,
        fee=fee,
        owed=aid - unpaid,
        decided_at=now,
    )
    reach("settlement.recovery.row")
    reclaim(claim_id=claim.pk, aid=Fen(recovery.owed))
    reach("settlement.recovery.claim")
    _book(recovery, relief=Fen(unpaid + fee), now=now)


def _book(recovery: Recovery, *, relief: Fen, now: datetime) -> None:
    claim = recovery.claim
    lines = {
        "claimants": recovery.aid - recovery.owed,
        "clawback": recovery.owed,
        "reclaimed": -recovery.owed,
        "fee": recovery.fee,
        "extra": -relief,
    }
    subject = f"{claim.ref}/{recovery.number}"
    book(
        key=f"recovery/{claim.plan}/{subject}",
        kind="recovery",
        plan=claim.plan,
        period_on=None,
        subject=claim.ref,
        lines={f"{claim.plan}:{name}": amount for name, amount in lines.items()},
        now=now,
    )
    reach("settlement.recovery.books")
    if relief:
        state_money_fact(
            plan_id=claim.plan, kind="clawback", amount=relief, subject=subject, now=now
        )
        reach("settlement.recovery.fact")
