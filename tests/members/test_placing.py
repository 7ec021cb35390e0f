"""The place of a join, put together from pieces, is the one that the whole day gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import society
from sameboat.members import placing
from sameboat.members.actions.days import joined_leaves
from sameboat.members.placing import place_in_day
from sameboat.proof.errors import BadProof
from sameboat.proof.sortedtree import place_of, sorted_root
from sameboat.rules.calendar import day_of
from sameboat.runtime.settings import settings
from sameboat.simulation.population import copy_members
from society import PLAN, START

JOINS = 3_000
pytestmark = pytest.mark.django_db


@pytest.fixture
def leaves() -> Iterator[list[bytes]]:
    """The join leaves of a busy day; as many more joined the day before and after."""
    society.running()
    day = day_of(START, "Asia/Shanghai")
    around = timedelta(days=1)
    copy_members(plan_id=PLAN, count=3 * JOINS, since=day - around, until=day + around, seed=1)
    yield list(joined_leaves(PLAN, day))
    _file().unlink(missing_ok=True)


def _file() -> Path:
    day = day_of(START, "Asia/Shanghai")
    return settings().data_dir / "days" / PLAN / f"{day.isoformat()}.bin"


def placed(leaf: bytes, leaves: list[bytes]) -> object:
    day = day_of(START, "Asia/Shanghai")
    root = sorted_root(leaves)
    return place_in_day(leaf, plan_id=PLAN, day=day, count=len(leaves), root=root)


def test_it_is_the_place_in_the_whole_day(leaves: list[bytes]) -> None:
    assert len(leaves) == JOINS
    for index in (0, 1, 255, 256, 1_234, JOINS - 2, JOINS - 1):
        assert placed(leaves[index], leaves) == place_of(leaves[index], leaves)
    assert _file().stat().st_size < 32 * JOINS / 100


def test_after_the_first_one_little_is_read(
    leaves: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    placed(leaves[7], leaves)
    monkeypatch.setattr(placing, "joined_leaves", None)  # The whole day must not be needed again.
    with CaptureQueriesContext(connection) as queries:
        placed(leaves[2_000], leaves)
    assert len(queries) <= 3


def test_a_file_that_is_wrong_is_done_without_and_made_anew(leaves: list[bytes]) -> None:
    right = placed(leaves[7], leaves)
    whole = _file().read_bytes()
    for wrong in (bytes(len(whole)), whole[:333], b"", whole[::-1]):
        _file().write_bytes(wrong)
        assert placed(leaves[7], leaves) == right
        assert not _file().exists()
        placed(leaves[8], leaves)
        assert _file().read_bytes() == whole


def test_a_leaf_that_is_not_there_has_no_place(leaves: list[bytes]) -> None:
    for strange in (bytes(32), b"\x7f" * 32, b"\xff" * 32):
        with pytest.raises(BadProof):
            placed(strange, leaves)
