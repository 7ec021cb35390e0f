"""A person's credit score, in bands: what every score provider can do.

Asked only with the person's consent, and nobody is declined by it alone.
"""

from __future__ import annotations

from typing import Protocol, cast

from sameboat import gateways
from sameboat.runtime.settings import settings

SCORE_MIN = 350
SCORE_MAX = 950
BAND_WIDTH = 50


class ScoreProvider(Protocol):
    """One question. Asking again is harmless."""

    def band(self, person_ref: str) -> int | None:
        """The lower edge of the person's band (350, 400, … 900), or None if there is no score."""

    def example(self, *, scored: bool) -> str:
        """A person of the provider's test environment, with or without a score."""


def provider() -> ScoreProvider:
    """The provider that the settings name."""
    return cast(ScoreProvider, gateways.load("score", settings().score_gateway))
