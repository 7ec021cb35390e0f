"""What a member still owes: unpaid, announced and not debited yet, or still being divided."""

from __future__ import annotations

from dataclasses import dataclass

from sameboat.members.models import Membership
from sameboat.members.queries import is_member_at
from sameboat.payments.agenda import is_marked
from sameboat.payments.queries import Debit, owed_by
from sameboat.settlement import queries as settlement
from sameboat.settlement.models import Period
from sameboat.settlement.queries import MemberShare


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What leaving does not take away."""

    unpaid: tuple[Debit, ...]
    """Debits of the household that failed."""
    announced: tuple[MemberShare, ...]
    """Shares that are fixed and will be debited."""
    running: tuple[Period, ...]
    """Periods locked while this was a membership; the amount is not fixed yet."""

    @property
    def is_nothing(self) -> bool:
        """Whether nothing at all is owed."""
        return not (self.unpaid or self.announced or self.running)


def owed_for(membership: Membership) -> Owed:
    """What is owed for a membership now."""
    periods = [
        period
        for period in settlement.periods(membership.plan)
        if not is_marked(period, "collect") and is_member_at(period.publicity_on, membership)
    ]
    settled = [period for period in periods if period.settle_entry_hash is not None]
    shares = settlement.shares_of(membership, among=settled)
    return Owed(
        unpaid=tuple(d for d in owed_by(membership.household) if d.period.plan == membership.plan),
        announced=tuple(share for share in shares if share.amount),
        running=tuple(period for period in periods if period.settle_entry_hash is None),
    )
