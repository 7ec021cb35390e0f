"""Processor time of processes that are not our own, as Linux counts it.

On a machine that does other work besides, wall time says little; this says what the work cost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Fields behind the program's name in /proc/<pid>/stat: the parent, and the ticks in user and system
# mode, first its own, then those of children that ended.
_PARENT, _TICKS = 1, slice(11, 15)


def processor_seconds(root: int) -> float:
    """The processor time of process `root` and all its descendants, those that ended included."""
    return sum(_ticks(pid) for pid in _family(root)) / _TICKS_PER_SECOND


def parent_of(pid: int) -> int:
    """The process that started `pid`."""
    return int(_fields(pid)[_PARENT])


def _ticks(pid: int) -> int:
    return sum(int(field) for field in _fields(pid)[_TICKS])


def _family(root: int) -> Iterator[int]:
    yield root
    for task in Path(f"/proc/{root}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _fields(pid: int) -> list[str]:
    # The name stands in brackets and may hold spaces and brackets itself.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
