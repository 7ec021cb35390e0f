"""Counts that are published without telling of single people: small cells are merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEAST = 10
"""The smallest count that is shown by itself."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts that may be published: no number in here is below the least."""

    shown: tuple[tuple[str, int], ...]
    """Groups by themselves, the largest first."""
    merged: int | None
    """What the other groups come to together; None where there are none."""
    withheld: bool
    """All groups together are below the least, so nothing is shown at all."""


def merge_small(counts: Mapping[str, int], *, least: int = LEAST) -> Cells:
    """Merge the groups below `least` into one cell that is at least `least` itself.

    Where the small ones together are still too few, the smallest group that could be shown goes in
    with them: otherwise the total would give them away.
    """
    assert least > 0
    assert all(count >= 0 for count in counts.values())
    by_size = sorted(counts.items(), key=lambda cell: (-cell[1], cell[0]))
    shown = [cell for cell in by_size if cell[1] >= least]
    merged = sum(count for _group, count in by_size if count < least)
    if 0 < merged < least and shown:
        merged += shown.pop()[1]
    if 0 < merged < least:
        assert not shown
        return Cells(shown=(), merged=None, withheld=True)
    assert sum(count for _group, count in shown) + merged == sum(counts.values())
    return Cells(shown=tuple(shown), merged=merged or None, withheld=False)
