"""What does not answer rests, longer each time but never too long, and is asked at once again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sameboat.runtime import rests

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
GATEWAY = "gateway.payment"


def failed(times: int) -> None:
    for _ in range(times):
        rests.lengthen(GATEWAY, now=NOON)


def test_a_first_failure_makes_no_rest() -> None:
    failed(1)
    assert not rests.is_resting(GATEWAY, now=NOON)
    assert [each.failures for each in rests.silences()] == [1]


def test_each_further_one_doubles_it_less_a_quarter_at_most_and_up_to_ten_minutes() -> None:
    whole = [timedelta(seconds=min(5 << n, 600)) for n in range(20)]
    found = [rests.length(GATEWAY, n) for n in range(2, 22)]
    assert all(3 * w <= 4 * f <= 4 * w for w, f in zip(whole, found, strict=True))


def test_it_is_over_when_its_time_is_over() -> None:
    failed(3)
    (silence,) = rests.silences()
    assert silence.since == NOON
    assert rests.is_resting(GATEWAY, now=silence.until - timedelta(seconds=1))
    assert not rests.is_resting(GATEWAY, now=silence.until)
    assert not rests.is_resting("gateway.messaging", now=NOON)


def test_cut_short_it_is_asked_now_and_goes_on_from_there() -> None:
    failed(4)
    rests.cut_short("gateway.", now=NOON)
    assert not rests.is_resting(GATEWAY, now=NOON)
    failed(1)
    (silence,) = rests.silences()
    assert silence.until == NOON + rests.length(GATEWAY, 5)


def test_an_answer_ends_it_and_the_next_failure_is_a_first_one() -> None:
    failed(5)
    rests.end(GATEWAY)
    failed(1)
    assert not rests.is_resting(GATEWAY, now=NOON)
