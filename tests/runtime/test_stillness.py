"""Nothing that was written, and no new day, is overlooked; and stillness is told when there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from sameboat.runtime import rests
from sameboat.runtime.stillness import Stillness

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 7, 12, 7, tzinfo=UTC)
# Other tests write in the same cluster meanwhile; somewhere between their writes all is still.
LOOKS = 1_000


def comes_to_rest(stillness: Stillness) -> bool:
    return any(stillness.is_unbroken(NOON) for _ in range(LOOKS))


def test_the_first_look_knows_nothing_of_before() -> None:
    assert not Stillness().is_unbroken(NOON)


def test_while_nobody_writes_it_is_still() -> None:
    assert comes_to_rest(Stillness())


def test_whatever_was_written_breaks_it() -> None:
    stillness = Stillness()
    for number in range(20):
        assert comes_to_rest(stillness)
        cache.set("anything", number)
        assert not stillness.is_unbroken(NOON)


def test_a_quarter_of_an_hour_breaks_it() -> None:
    stillness = Stillness()
    assert comes_to_rest(stillness)
    assert not stillness.is_unbroken(NOON + timedelta(minutes=8))


def test_the_end_of_a_rest_breaks_it() -> None:
    for _ in range(2):
        rests.lengthen("gateway.payment", now=NOON)
    stillness = Stillness()
    assert comes_to_rest(stillness)
    assert not stillness.is_unbroken(NOON + rests.FIRST)


def test_what_was_not_seen_whole_is_looked_at_again() -> None:
    stillness = Stillness()
    assert comes_to_rest(stillness)
    stillness.forget()
    assert not stillness.is_unbroken(NOON)
