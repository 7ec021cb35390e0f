"""What is wrong with this installation, in words: every probe, in the order in which to mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import Error

from sameboat.runtime.refusals import Refusal
from sameboat.upkeep import machine, promises, service
from sameboat.upkeep.finding import Finding, Standing, wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When somebody looks: by the installation's clock, and by the machine's own."""

    now: datetime
    by_the_machine: datetime


PROBES: dict[str, Callable[[Moment], Finding]] = {
    "files": lambda moment: machine.files(),
    "keys_apart": lambda moment: machine.keys_apart(),
    "disk": lambda moment: machine.disk(),
    "address": lambda moment: machine.address(),
    "database": lambda moment: service.database(),
    "tables": lambda moment: service.tables(),
    "proxies": lambda moment: machine.proxies(),
    "keys": lambda moment: service.keys(),
    "clock": lambda moment: machine.clock(now=moment.now, by_the_machine=moment.by_the_machine),
    "worker": lambda moment: service.worker(),
    "jobs": lambda moment: service.waiting_jobs(),
    "record": lambda moment: service.recording(moment.now),
    "plans": lambda moment: promises.adopted(),
    "periods": lambda moment: promises.periods(moment.now),
    "money": lambda moment: promises.money(),
    "staff": lambda moment: promises.staff(),
    "gateways": lambda moment: promises.outside(moment.now),
    "backups": lambda moment: promises.backups(),
}
"""What is looked at, by its word, in the order in which to mend."""


def examine(moment: Moment) -> Iterator[Finding]:
    """Look at everything; nothing is changed or started.

    Where the database or its tables are away, what stands in them is not looked at.
    """
    for name, look in PROBES.items():
        found = _safely(name, look, moment)
        yield found
        if name in ("database", "tables") and found.standing is Standing.WRONG:
            return


def _safely(name: str, look: Callable[[Moment], Finding], moment: Moment) -> Finding:
    """What a probe says; one that cannot look says so, and the others go on."""
    try:
        return look(moment)
    except (Refusal, Error, OSError) as broken:
        kind = type(broken).__name__
        return wrong(name, zh=f"检查无法进行：{kind}。", en=f"The probe could not look: {kind}.")
