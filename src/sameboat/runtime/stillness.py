"""Whether anything can have become due since the last look, for the price of one statement.

What is due follows from what is stored and from the time of day. As long as no transaction has
written anything, in this database or beside it in the cluster, what is stored is the same; a day
begins in no time zone but at a quarter of an hour; and what rests is counted.
"""

from __future__ import annotations

from datetime import datetime

from sameboat.runtime.prepared import prepared

QUARTER_SECONDS = 15 * 60
# Every transaction that writes takes a number, and moves one of the bounds when it ends.
SNAPSHOT = (
    "SELECT pg_current_snapshot()::text, (SELECT count(*) FROM runtime_rest WHERE until > %(now)s)"
)


class Stillness:
    """Remembers the last look of one process that looks again and again."""

    def __init__(self) -> None:
        self._seen: tuple[str, int, int] | None = None

    def is_unbroken(self, now: datetime) -> bool:
        """Whether nothing was written, no rest ended and no day began since this was asked before.

        The first time it was not: nothing is known of what was before.
        """
        with prepared() as cursor:
            cursor.execute(SNAPSHOT, {"now": now})
            snapshot, resting = cursor.fetchone()
        seen = (snapshot, resting, int(now.timestamp()) // QUARTER_SECONDS)
        is_same, self._seen = seen == self._seen, seen
        return is_same

    def forget(self) -> None:
        """The last look did not see everything: the next one counts as the first."""
        self._seen = None
