"""One process at a time for one purpose and plan, by an advisory lock of the database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from sameboat.runtime.refusals import Refusal


class PeriodBusy(Refusal):
    """Another process is working on a period of this plan."""

    code = "period_busy"
    en = "Another process is working on a period of {plan} right now."
    zh = "另一个进程正在处理 {plan} 的分摊期。"


@contextmanager
def alone(purpose: str, plan_id: str) -> Iterator[None]:
    """Hold the lock, or refuse at once with `PeriodBusy`.

    The lock is the connection's and ends with it, so that a killed process frees it.
    """
    digest = hashlib.sha256(f"sameboat/{purpose}/{plan_id}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        (held,) = cursor.fetchone()
        if not held:
            raise PeriodBusy(plan=plan_id)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
