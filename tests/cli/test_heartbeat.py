"""Each second every heartbeat is told the time, whatever happens to the others."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from sameboat.cli import serve
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

    serve.beat([breaks, counts], stopping, 0.001, 0)
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

    serve.beat([counts], stopping, 0.001, 0)
    assert (len(looks), len(beats)) == (4, 1)
