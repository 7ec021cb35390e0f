"""Seconds by phase, as the benches print them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Measures named phases, one after the other."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time of the block to the phase."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - begin

    @property
    def seconds(self) -> dict[str, float]:
        """Each phase's seconds, in the order they ran."""
        return {name: round(spent, 3) for name, spent in self._seconds.items()}

    @property
    def total(self) -> float:
        """The seconds of all phases."""
        return round(sum(self._seconds.values()), 3)
