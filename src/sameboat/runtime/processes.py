"""Which of our processes run here, so that `stop` ends them and nothing else.

Each writes its number to `<data_dir>/run/<name>.pid` and holds a lock on that file while it lives:
a number whose lock is free is history, whoever may have that number today.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sameboat.runtime.refusals import Refusal

PATIENCE_SECONDS = 20


class AlreadyRunning(Refusal):
    """A process of that name holds this data folder."""

    code = "already_running"
    en = "“{name}” is running already for this data folder; end it with: sameboat stop"
    zh = "“{name}”已在使用这个数据目录运行；可用 sameboat stop 结束它。"


class WouldNotStop(Refusal):
    """A process was asked to end and did not."""

    code = "would_not_stop"
    en = "“{name}” (process {pid}) did not end within {seconds} seconds."
    zh = "“{name}”（进程 {pid}）在 {seconds} 秒内没有结束。"


@contextmanager
def running_as(name: str, *, data_dir: Path) -> Iterator[None]:
    """Be the one process called `name` of this data folder while the block runs."""
    folder = data_dir / "run"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / f"{name}.pid").open("a+") as file:
        if not _lock(file.fileno()):
            raise AlreadyRunning(name=name)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def is_running(name: str, *, data_dir: Path) -> bool:
    """Whether a process called `name` lives in this data folder."""
    path = data_dir / "run" / f"{name}.pid"
    if not path.exists():
        return False
    with path.open("r+") as file:
        return not _lock(file.fileno())


def stop_all(*, data_dir: Path) -> list[str]:
    """End every process that runs as something here; return their names."""
    stopped = []
    for path in sorted((data_dir / "run").glob("*.pid")):
        with path.open("r+") as file:
            if _lock(file.fileno()):
                continue  # Nobody holds it: that process is gone.
            _end(path.stem, int(file.read()), file.fileno())
        stopped.append(path.stem)
    return stopped


def _end(name: str, pid: int, descriptor: int) -> None:
    os.kill(pid, signal.SIGTERM)
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not _lock(descriptor):
        if time.monotonic() > give_up_at:
            raise WouldNotStop(name=name, pid=pid, seconds=PATIENCE_SECONDS)
        time.sleep(0.05)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
