"""The clock of the installation. Only the faces and `jobs.py` read it; all others are told.

In demo and test mode all processes share an offset kept in `<data_dir>/clock.json`, so that months
pass when we say so. In production the clock is the machine's and nothing moves it.
"""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import Settings, settings


class ClockIsReal(Refusal):
    """Somebody asked to move the clock of a production system."""

    code = "clock_is_real"
    en = "In production the clock cannot be moved."
    zh = "生产环境不能调整时钟。"


class ClockRunsForward(Refusal):
    """The demo clock was asked to go back."""

    code = "clock_runs_forward"
    en = "The clock runs forward only: it is {now} already."
    zh = "时钟只能向前走：现在已经是 {now}。"


def now() -> datetime:
    """The present instant, aware, in UTC."""
    chosen = settings()
    if chosen.mode == "production":
        return by_the_machine()
    return by_the_machine() + _offset(_file(chosen))


def by_the_machine() -> datetime:
    """The present instant by this machine's own clock, however far a demo's was moved."""
    return datetime.now(UTC)


def advance_to(instant: datetime) -> datetime:
    """Move the clock of all processes on to `instant` (aware); return the new present."""
    assert instant.tzinfo is not None
    chosen = settings()
    if chosen.mode == "production":
        raise ClockIsReal()
    path = _file(chosen)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        present = now()
        if instant < present:
            raise ClockRunsForward(now=present)
        _write(path, instant - datetime.now(UTC))
    return now()


def begin_at(instant: datetime) -> None:
    """Let the clock of a fresh demo begin at `instant` (aware), which may lie in the past.

    Refused where the clock was set before: whatever happened since would lie in the future.
    """
    assert instant.tzinfo is not None
    chosen = settings()
    if chosen.mode == "production":
        raise ClockIsReal()
    path = _file(chosen)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            raise ClockRunsForward(now=now())
        _write(path, instant - datetime.now(UTC))


def _file(chosen: Settings) -> Path:
    return chosen.data_dir / "clock.json"


def _offset(path: Path) -> timedelta:
    try:
        text = path.read_text()
    except FileNotFoundError:
        return timedelta()
    return timedelta(microseconds=json.loads(text)["offset_microseconds"])


def _write(path: Path, offset: timedelta) -> None:
    """Replace the file in one step: a reader sees the old offset or the new one."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"offset_microseconds": offset // timedelta(microseconds=1)}))
    draft.replace(path)
