"""Rests: what does not answer is asked again later and later, and at once when it answers again.

A rest is a row, so that it holds for every process and outlives them. The first failure makes
none: a lost answer is asked for with the next beat. From then on each failure doubles the rest, up
to `LONGEST`; a quarter of it differs from one installation to the next, so that a provider that
comes back is not met by all of them in the same second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import F

from sameboat.runtime.models import Rest
from sameboat.runtime.settings import settings

FIRST = timedelta(seconds=5)
LONGEST = timedelta(minutes=10)
_DOUBLINGS_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Something that does not answer."""

    name: str
    since: datetime
    failures: int
    until: datetime
    """Before that it is not asked again in the background."""


def lengthen(name: str, *, now: datetime) -> None:
    """Note a failure; of two at the same moment one counts."""
    rest, is_new = Rest.objects.get_or_create(
        name=name, defaults={"since": now, "failures": 1, "until": now}
    )
    if not is_new:
        later = now + length(name, rest.failures + 1)
        standing = Rest.objects.filter(name=name, failures=rest.failures)
        standing.update(failures=F("failures") + 1, until=later)


def cut_short(prefix: str, *, now: datetime) -> None:
    """Let whatever rests be asked now; another failure makes it rest as long as it would have."""
    Rest.objects.filter(name__startswith=prefix, until__gt=now).update(until=now)


def end(name: str) -> None:
    """Note that it answers."""
    Rest.objects.filter(name=name).delete()


def is_resting(name: str, *, now: datetime) -> bool:
    """Whether it is not asked now."""
    return Rest.objects.filter(name=name, until__gt=now).exists()


def silences() -> Iterator[Silence]:
    """Everything that did not answer the last time it was asked, by name."""
    for rest in Rest.objects.order_by("name"):
        yield Silence(name=rest.name, since=rest.since, failures=rest.failures, until=rest.until)


def length(name: str, failures: int) -> timedelta:
    """How long something rests after so many failures one after the other."""
    if failures < 2:
        return timedelta()
    whole = min(LONGEST, FIRST * (1 << min(failures - 2, _DOUBLINGS_MAX)))
    own = sha256(f"{settings().record_origin}/{name}/{failures}".encode()).digest()[0]
    return whole * (768 + own) // 1024
