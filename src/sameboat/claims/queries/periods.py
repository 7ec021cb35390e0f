"""What settlement and payments ask about claims."""

from __future__ import annotations

from sameboat.claims.clauses import WAITING_CLAUSE
from sameboat.claims.models import Claim
from sameboat.rules.claim import State


def accepted_claims(plan_id: str) -> list[Claim]:
    """The claims of the plan that are accepted and in no settlement yet, oldest first."""
    accepted = Claim.objects.filter(plan=plan_id, state=State.ACCEPTED.name, settled_at=None)
    return list(accepted.order_by("id"))


def declined_in_waiting(plan_id: str) -> list[Claim]:
    """Claims declined because the illness began in the waiting period: shares are given back."""
    declined = Claim.objects.filter(
        plan=plan_id, state=State.DECLINED.name, decline_clause=WAITING_CLAUSE
    )
    return list(declined.select_related("membership").order_by("id"))
