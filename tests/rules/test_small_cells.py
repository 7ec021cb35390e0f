"""Small cells: no number below the least is ever published, and nothing gives one away."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sameboat.rules.small_cells import LEAST, Cells, merge_small


@pytest.mark.parametrize(
    ("counts", "shown", "merged", "withheld"),
    [
        ({}, (), None, False),
        ({"cancer": 9}, (), None, True),
        ({"cancer": 10}, (("cancer", 10),), None, False),
        ({"cancer": 30, "renal": 12}, (("cancer", 30), ("renal", 12)), None, False),
        ({"cancer": 30, "renal": 6, "rare": 4}, (("cancer", 30),), 10, False),
        # Nine in the small groups: the smallest large one goes in with them.
        ({"cancer": 30, "renal": 12, "rare": 9}, (("cancer", 30),), 21, False),
        ({"cancer": 30, "rare": 1}, (), 31, False),
        ({"cancer": 5, "rare": 5}, (), 10, False),
        ({"cancer": 5, "rare": 4}, (), None, True),
        ({"cancer": 12, "rare": 0}, (("cancer", 12),), None, False),
    ],
)
def test_table(
    counts: dict[str, int], shown: tuple[tuple[str, int], ...], merged: int | None, withheld: bool
) -> None:
    assert merge_small(counts) == Cells(shown=shown, merged=merged, withheld=withheld)


@settings(deadline=None)  # A machine under load is slow, not wrong.
@given(st.dictionaries(st.text(max_size=3), st.integers(0, 60), max_size=12), st.integers(1, 25))
def test_nothing_small_is_shown_and_nothing_is_lost(counts: dict[str, int], least: int) -> None:
    cells = merge_small(counts, least=least)
    published = [count for _group, count in cells.shown]
    published += [] if cells.merged is None else [cells.merged]
    assert all(count >= least for count in published)
    total = sum(counts.values())
    if cells.withheld:
        assert 0 < total < least
        assert published == []
    else:
        assert sum(published) == total


def test_ten_is_the_least() -> None:
    assert LEAST == 10
