"""How soon to look again, where looking costs something and mostly finds nothing."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

REST_SECONDS_MIN, REST_SECONDS_MAX = 0.1, 1.0
A_JUMP = timedelta(minutes=1)


class Patience:
    """Looks at once while something was found or the clock jumped, else ever more seldom."""

    def __init__(self) -> None:
        self._rest = 0.0
        self._next_at = 0.0
        self._seen_at: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether to look now; `now` is the clock that the work goes by, which may jump."""
        jumped = self._seen_at is None or now - self._seen_at > A_JUMP
        self._seen_at = now
        if jumped:
            self._rest = 0.0
        return jumped or time.monotonic() >= self._next_at

    def note(self, *, found: bool) -> None:
        """Whether something was found; each time that there was nothing, the rest is longer."""
        longer = min(max(2 * self._rest, REST_SECONDS_MIN), REST_SECONDS_MAX)
        self._rest = 0.0 if found else longer
        self._next_at = time.monotonic() + self._rest
