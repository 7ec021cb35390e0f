"""A score provider of its own: the band follows from the person's reference.

A reference that ends in `-score600` has the band of 600 (any score from 350 to 950); one that ends
in `-unscored` has none. Every other person gets one of the bands from 650 to 900, by a hash, so
that whoever does not ask for trouble is above the usual threshold of 650.
"""

from __future__ import annotations

import hashlib
import re

from sameboat.gateways.score import BAND_WIDTH, SCORE_MAX, SCORE_MIN

_ORDINARY = range(650, SCORE_MAX, BAND_WIDTH)
_CHOSEN = re.compile(r"-score([0-9]{3})\Z")


def band(person_ref: str) -> int | None:
    """The lower edge of the person's band."""
    assert person_ref
    if person_ref.endswith("-unscored"):
        return None
    chosen = _CHOSEN.search(person_ref)
    if chosen is not None:
        return _band_of(int(chosen[1]))
    digest = hashlib.sha256(person_ref.encode()).digest()
    return _ORDINARY[digest[0] % len(_ORDINARY)]


def example(*, scored: bool) -> str:
    """A person with or without a score."""
    return "example-score700" if scored else "example-unscored"


def _band_of(score: int) -> int:
    within = min(max(score, SCORE_MIN), SCORE_MAX - 1)
    return within - (within - SCORE_MIN) % BAND_WIDTH
