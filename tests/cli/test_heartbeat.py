"""Each second every heartbeat is told the time, whatever happens to the others."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from sameboat.cli import serve
from sameboat.runtime.patience import Patience
from sameboat.runtime.stillness import Stillness


@pytest.mark.django_db  # After each beat old connections are closed, if there are any.
def test_one_that_breaks_does_not_stop_the_others() -> None:
    told: list[datetime] = []
    stopping = threading.Event()

    def breaks(now: datetime) -> None:
        raise RuntimeError("this one broke")

    def counts(now: datetime) -> None:
        told.append(now)
        if len(told) == 3:
            stopping.set()

    serve.beat([breaks, counts], [], stopping, 0.001, 0)
    assert len(told) == 3
    assert all(now.tzinfo is UTC for now in told)


@pytest.mark.django_db
def test_while_all_is_still_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[datetime] = []
    beats: list[datetime] = []
    stopping = threading.Event()

    class Still(Stillness):
        def is_unbroken(self, now: datetime) -> bool:
            looks.append(now)
            if len(looks) == 4:
                stopping.set()
            return len(looks) > 1

    monkeypatch.setattr(serve, "Stillness", Still)

    def counts(now: datetime) -> None:
        beats.append(now)

    serve.beat([counts], [], stopping, 0.001, 0)
    assert (len(looks), len(beats)) == (4, 1)


@pytest.mark.django_db
def test_what_goes_by_the_clock_is_looked_for_ever_more_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beats: list[datetime] = []
    looks: list[int] = []
    stopping = threading.Event()

    class Broken(Stillness):
        def is_unbroken(self, now: datetime) -> bool:
            return False

    monkeypatch.setattr(serve, "Stillness", Broken)

    def counts(now: datetime) -> None:
        beats.append(now)
        if len(beats) == 12:
            stopping.set()

    def finds_three_times(now: datetime) -> bool:
        looks.append(len(beats))
        return len(looks) <= 3

    serve.beat([counts], [finds_three_times], stopping, 0.001, 0)
    assert looks == [1, 2, 3, 4]
    assert len(beats) == 12


def test_patience_is_over_at_once_when_the_clock_jumps() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    patience = Patience()
    assert patience.is_over(now)
    patience.note(found=False)
    assert not patience.is_over(now)
    assert patience.is_over(now + timedelta(days=1))
    patience.note(found=True)
    assert patience.is_over(now + timedelta(days=1))
