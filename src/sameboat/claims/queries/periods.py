"""What settlement and payments ask about claims."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from sameboat.claims.clauses import WAITING_CLAUSE
from sameboat.claims.models import Claim
from sameboat.plans.queries import plan
from sameboat.rules.claim import State


def accepted_claims(plan_id: str) -> list[Claim]:
    """The claims of the plan that are accepted and not settled, oldest first.

    One that was reopened may have been settled before.
    """
    accepted = Claim.objects.filter(plan=plan_id, state=State.ACCEPTED.name)
    return list(accepted.order_by("id"))


def is_any_undecided(plan_id: str, *, now: datetime) -> bool:
    """Whether a claim of the plan was handed in of which nobody can say yet what is due."""
    costs_known = (State.ACCEPTED, State.SETTLED, State.PAID, State.WITHDRAWN)
    decided = Q(state__in=[state.name for state in costs_known])
    decided |= Q(state=State.DECLINED.name, appeal_ends_at__lte=now)
    begun = (State.DRAFT.name, State.COLLECTING.name)
    handed_in = Claim.objects.filter(plan=plan_id).exclude(state__in=begun)
    return handed_in.exclude(decided).exists()


def declined_with_refund(plan_id: str, *, now: datetime) -> QuerySet[Claim]:
    """Claims declined under a clause of their terms that gives the shares back, oldest first.

    Not before the time to appeal is over, but for an illness in the waiting period: there the
    membership has ended by the decline.
    """
    refunded = Q(pk__in=())
    for terms in plan(plan_id).versions:
        refunded |= Q(
            governing_version=terms.version, decline_clause__in=terms.claims.refunded_clauses
        )
    final = Q(decline_clause=WAITING_CLAUSE) | Q(appeal_ends_at__lte=now)
    declined = Claim.objects.filter(final, refunded, plan=plan_id, state=State.DECLINED.name)
    return declined.select_related("membership").order_by("id")


def turned_down(claim_ids: Collection[int], *, now: datetime) -> list[Claim]:
    """Those of these claims of which nothing is due: withdrawn, or declined without appeal."""
    chosen = Claim.objects.filter(id__in=claim_ids)
    found = chosen.filter(
        Q(state=State.WITHDRAWN.name) | Q(state=State.DECLINED.name, appeal_ends_at__lte=now)
    )
    return list(found.order_by("id"))
