"""The group of illnesses that a claim belongs to, for counts that name nobody."""

from __future__ import annotations

from sameboat.claims.checking import illness_of
from sameboat.claims.life import terms_of
from sameboat.claims.models import Claim
from sameboat.claims.stated import stated_of
from sameboat.runtime.keys import KeyDestroyed

OTHER = "other"
"""An illness without a group, or one that was erased."""


def group_of(claim: Claim) -> str:
    """The category of the illness list; it has to be opened for that, so ask once."""
    try:
        stated = stated_of(claim)
    except KeyDestroyed:
        return OTHER
    illness = illness_of(terms_of(claim), stated.illness)
    return illness.category if illness and illness.category else OTHER
