"""Checks of settled periods that SQL cannot express: the files against the rows made from them."""

from __future__ import annotations

from collections.abc import Iterator

from sameboat.settlement import engine
from sameboat.settlement.files import files_of, sha256_of
from sameboat.settlement.models import Period, StageMark

_HASHED = (
    ("snapshot", "sha256", "snapshot"),
    ("share", "shares_sha256", "shares"),
    ("share", "debits_sha256", "debits"),
    ("certify", "leaves_sha256", "leaves"),
)
"""Stage, the fact of its mark, and the file whose SHA-256 that is."""


def check_files() -> list[str]:
    """What is wrong with the files of settled periods, a sentence each; empty if nothing is."""
    settled = Period.objects.filter(settle_entry_hash__isnull=False)
    found: list[str] = []
    for period in settled.order_by("plan", "publicity_on"):
        where = f"{period.plan} {period.publicity_on}"
        found += [f"{where}: {fault}" for fault in _changed(period) or _wrong_sums(period)]
    return found


def _changed(period: Period) -> list[str]:
    """The files that are lost, or are not what a stage wrote."""
    marks = {mark.stage: mark.facts for mark in StageMark.objects.filter(period=period)}
    places = files_of(period.plan, period.publicity_on)
    found = []
    for stage, fact, name in _HASHED:
        path = getattr(places, name)
        if not path.exists():
            found.append(f"{path.name} is lost")
        elif sha256_of(path) != marks[stage][fact]:
            found.append(f"{path.name} was changed")
    return found


def _wrong_sums(period: Period) -> Iterator[str]:
    """What each member was charged, counted from the file, against the period and its classes."""
    files = files_of(period.plan, period.publicity_on)
    by_member, by_payer, _ = engine.totals(files.shares, files.debits)
    charged = (period.charged or 0) + period.waived
    if by_member != charged:
        yield f"the members are charged {by_member} fen, the period {charged}"
    if by_payer != charged:
        yield f"the payers owe {by_payer} fen, the period charged {charged}"
    if engine.members_twice(files.shares):
        yield "a member is charged twice"
    counted = [
        (one.status, one.weight, one.amount, one.members) for one in engine.classes(files.shares)
    ]
    rows = period.classes.order_by("status", "weight", "amount")
    stored = list(rows.values_list("status", "weight", "amount", "members"))
    if stored != (counted if period.due else []):
        yield "the classes are not those of the shares file"
