"""Signs of life: when each part of the worker, or a backup, last went well.

Ages are told by the database's own clock, on which no demo clock and no other machine has a say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from sameboat.runtime.models import Beat

NOTE_BEAT = """
INSERT INTO runtime_beat (name, well_at, broke_at, broke_with)
VALUES (%(name)s, CASE WHEN %(why)s = '' THEN clock_timestamp() END,
        CASE WHEN %(why)s <> '' THEN clock_timestamp() END, %(why)s)
ON CONFLICT (name) DO UPDATE SET
    well_at = COALESCE(EXCLUDED.well_at, runtime_beat.well_at),
    broke_at = COALESCE(EXCLUDED.broke_at, runtime_beat.broke_at),
    broke_with = EXCLUDED.broke_with
"""
READ_BEATS = """
SELECT name, clock_timestamp() - well_at, clock_timestamp() - broke_at, broke_with
FROM runtime_beat ORDER BY name
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatAge:
    """How long ago something went well, and whether it breaks now."""

    name: str
    well: timedelta | None
    """Since it last went well; None if it never did."""
    broke: timedelta | None
    broke_with: str
    """The class of what was raised last time; empty if that went well."""


def note(results: Mapping[str, str]) -> None:
    """Write down what just went well (an empty text) or broke (the class of what was raised)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            NOTE_BEAT, [{"name": name, "why": why[:80]} for name, why in results.items()]
        )


def forget(prefix: str) -> None:
    """Drop the signs of life whose names begin so: a part that is gone is not missed."""
    Beat.objects.filter(name__startswith=prefix).delete()


def ages() -> dict[str, BeatAge]:
    """All signs of life, by name."""
    with connection.cursor() as cursor:
        cursor.execute(READ_BEATS)
        rows = cursor.fetchall()
    return {
        name: BeatAge(name=name, well=well, broke=broke, broke_with=why)
        for name, well, broke, why in rows
    }
