"""Gateways that do not answer: they rest, and are asked again later and later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sameboat.gateways import GatewayUnavailable
from sameboat.runtime import rests

RESTS = "gateway."
"""Before the kind of a gateway, among the things that rest."""


@contextmanager
def asking(kind: str, *, now: datetime) -> Iterator[None]:
    """Around what is asked of a gateway in the background: silence makes it rest, longer each time.

    Whoever asks looks at `is_resting` before. What a person asks for is asked in any case. The
    statements of the payment gateway are a kind of their own: often they come by another way.
    """
    try:
        yield
    except GatewayUnavailable:
        rests.lengthen(f"{RESTS}{kind}", now=now)
        raise
    rests.end(f"{RESTS}{kind}")


def is_resting(kind: str, *, now: datetime) -> bool:
    """Whether the gateway did not answer, and is not asked again yet."""
    return rests.is_resting(f"{RESTS}{kind}", now=now)


def ask_at_once(*, now: datetime) -> None:
    """Somebody knows, or wants to know, whether they answer again."""
    rests.cut_short(RESTS, now=now)


def silent_gateways() -> list[rests.Silence]:
    """The gateways that did not answer the last time; each named by its kind."""
    return [
        replace(each, name=each.name.removeprefix(RESTS))
        for each in rests.silences()
        if each.name.startswith(RESTS)
    ]
