"""What a probe says: one thing that was looked at, and how it stands, in zh and en."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sameboat.rules.terms import Text


class Standing(StrEnum):
    """How grave it is."""

    GOOD = "good"
    ATTENTION = "attention"
    """It works, but somebody should look."""
    WRONG = "wrong"
    """It does not work, or somebody's data or money is in danger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    about: str
    """A stable word for programs, such as `worker`."""
    standing: Standing
    told: Text
    """What is so and, where it is not good, what to do."""


def good(about: str, *, zh: str, en: str) -> Finding:
    """It is as it should be."""
    return Finding(about=about, standing=Standing.GOOD, told=Text(zh=zh, en=en))


def attention(about: str, *, zh: str, en: str) -> Finding:
    """It works, but somebody should look."""
    return Finding(about=about, standing=Standing.ATTENTION, told=Text(zh=zh, en=en))


def wrong(about: str, *, zh: str, en: str) -> Finding:
    """It does not work, or something is in danger."""
    return Finding(about=about, standing=Standing.WRONG, told=Text(zh=zh, en=en))
