"""One clock for all processes; it runs forward only, and in production nobody moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sameboat.runtime import clock
from sameboat.runtime.settings import Settings


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    chosen = Settings(mode="demo", data_dir=tmp_path)
    monkeypatch.setattr(clock, "settings", lambda: chosen)
    return chosen


def test_it_is_the_machines_until_moved(demo: Settings) -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_it_runs_on_from_where_it_was_put(demo: Settings) -> None:
    target = clock.now() + timedelta(days=30)
    assert target <= clock.advance_to(target) < target + timedelta(seconds=5)
    assert clock.now() >= target
    assert clock.now().tzinfo is UTC


def test_a_fresh_demo_may_begin_in_the_past_and_only_a_fresh_one(demo: Settings) -> None:
    begin = datetime.now(UTC) - timedelta(days=120)
    clock.begin_at(begin)
    assert begin <= clock.now() < begin + timedelta(seconds=5)
    with pytest.raises(clock.ClockRunsForward):
        clock.begin_at(begin)


def test_it_does_not_run_back(demo: Settings) -> None:
    clock.advance_to(clock.now() + timedelta(days=1))
    with pytest.raises(clock.ClockRunsForward):
        clock.advance_to(datetime.now(UTC))


def test_nobody_moves_it_in_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Settings(mode="production", data_dir=tmp_path)
    (tmp_path / "clock.json").write_text('{"offset_microseconds": 86400000000}')
    monkeypatch.setattr(clock, "settings", lambda: real)
    with pytest.raises(clock.ClockIsReal):
        clock.advance_to(datetime.now(UTC) + timedelta(days=1))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
