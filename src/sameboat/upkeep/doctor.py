"""What is wrong with this installation, in words: every probe, in the order in which to mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import Error

from sameboat.runtime.refusals import Refusal
from sameboat.upkeep import machine, promises, service
from sameboat.upkeep.finding import Finding, Standing, wrong

PROBES: dict[str, Callable[[datetime], Finding]] = {
    "files": lambda now: machine.files(),
    "keys_apart": lambda now: machine.keys_apart(),
    "disk": lambda now: machine.disk(),
    "address": lambda now: machine.address(),
    "database": lambda now: service.database(),
    "tables": lambda now: service.tables(),
    "keys": lambda now: service.keys(),
    "clock": machine.clock,
    "worker": lambda now: service.worker(),
    "jobs": lambda now: service.waiting_jobs(),
    "record": service.recording,
    "plans": lambda now: promises.adopted(),
    "periods": promises.periods,
    "money": lambda now: promises.money(),
    "staff": lambda now: promises.staff(),
    "gateways": promises.outside,
    "backups": lambda now: promises.backups(),
}
"""What is looked at, by its word, in the order in which to mend."""


def examine(now: datetime) -> Iterator[Finding]:
    """Look at everything; nothing is changed or started.

    Where the database or its tables are away, what stands in them is not looked at.
    """
    for name, look in PROBES.items():
        found = _safely(name, look, now)
        yield found
        if name in ("database", "tables") and found.standing is Standing.WRONG:
            return


def _safely(name: str, look: Callable[[datetime], Finding], now: datetime) -> Finding:
    """What a probe says; one that cannot look says so, and the others go on."""
    try:
        return look(now)
    except (Refusal, Error, OSError) as broken:
        kind = type(broken).__name__
        return wrong(name, zh=f"检查无法进行：{kind}。", en=f"The probe could not look: {kind}.")
