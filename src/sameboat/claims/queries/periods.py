"""What settlement and payments ask about claims."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from sameboat.claims.clauses import WAITING_CLAUSE
from sameboat.claims.models import Claim
from sameboat.rules.claim import State


def accepted_claims(plan_id: str) -> list[Claim]:
    """The claims of the plan that are accepted and not settled, oldest first.

    One that was reopened may have been settled before.
    """
    accepted = Claim.objects.filter(plan=plan_id, state=State.ACCEPTED.name)
    return list(accepted.order_by("id"))


def declined_in_waiting(plan_id: str) -> list[Claim]:
    """Claims declined because the illness began in the waiting period: shares are given back."""
    declined = Claim.objects.filter(
        plan=plan_id, state=State.DECLINED.name, decline_clause=WAITING_CLAUSE
    )
    return list(declined.select_related("membership").order_by("id"))


def turned_down(claim_ids: Collection[int], *, now: datetime) -> list[Claim]:
    """Those of these claims of which nothing is due: withdrawn, or declined without appeal."""
    chosen = Claim.objects.filter(id__in=claim_ids)
    found = chosen.filter(
        Q(state=State.WITHDRAWN.name) | Q(state=State.DECLINED.name, appeal_ends_at__lte=now)
    )
    return list(found.order_by("id"))
