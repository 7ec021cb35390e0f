"""How many claims were settled in each group of illnesses, for figures that name nobody.

These are exact counts. Nothing of them is published before `rules.small_cells` merged them.
"""

from __future__ import annotations

from collections import Counter

from django.db.models import Max
from django.db.models.functions import Coalesce

from sameboat.claims.checking import illness_of
from sameboat.claims.life import terms_of
from sameboat.claims.models import Claim
from sameboat.claims.stated import stated_of
from sameboat.runtime.keys import KeyDestroyed

OTHER = "other"
"""An illness without a group, or one that was erased."""


def settled_by_group(plan_id: str) -> Counter[str]:
    """The settled claims of a plan by the category of the illness list."""
    settled = Claim.objects.filter(plan=plan_id, settled_at__isnull=False)
    return Counter(_group(claim) for claim in settled.order_by("id").iterator(chunk_size=500))


def last_settled(plan_id: str) -> tuple[int, int]:
    """How many claims of a plan were settled, and the last one: changes when the counts do."""
    settled = Claim.objects.filter(plan=plan_id, settled_at__isnull=False)
    return settled.count(), settled.aggregate(last=Coalesce(Max("id"), 0))["last"]


def _group(claim: Claim) -> str:
    try:
        stated = stated_of(claim)
    except KeyDestroyed:
        return OTHER
    illness = illness_of(terms_of(claim), stated.illness)
    return illness.category if illness and illness.category else OTHER
