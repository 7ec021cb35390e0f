"""The books of a plan as files: for finance a table at a time, for auditors all with a manifest.

No file names a person: claims by their reference on the record, households by a number.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sameboat.books.queries import journal, trial_balance
from sameboat.payments.models import Difference, Payout, Refund, UnpaidDebit
from sameboat.payments.queries import collected
from sameboat.record.queries import head
from sameboat.rules.money import yuan
from sameboat.settlement.models import MoneyFact, Period, Recovery
from sameboat.settlement.queries import periods

Row = Sequence[object]
AMOUNTS = (
    "aid",
    "fee",
    "extra",
    "recovered",
    "carried_in",
    "charged",
    "sponsored",
    "carried_out",
)


def csv_of(name: str, plan_id: str) -> Iterator[str]:
    """One table of `TABLES` as CSV, line by line; amounts in yuan, the first line names columns."""
    for row in TABLES[name](plan_id):
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow(row)
        yield line.getvalue()


def for_auditors(plan_id: str, *, now: datetime) -> bytes:
    """A ZIP file with every table, and a manifest: SHA-256 of each and the record's newest head."""
    packed = io.BytesIO()
    hashes = {}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in TABLES:
            content = "".join(csv_of(name, plan_id)).encode()
            hashes[f"{name}.csv"] = hashlib.sha256(content).hexdigest()
            bundle.writestr(f"{name}.csv", content)
        newest = head()
        manifest = {
            "plan": plan_id,
            "made_at": now.isoformat(),
            "sha256": hashes,
            "checkpoint": newest.note if newest else None,
        }
        bundle.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    return packed.getvalue()


def _balance(plan_id: str) -> Iterator[Row]:
    yield ("account", "kind", "debit", "credit", "balance")
    for line in trial_balance(plan_id):
        yield (line.code, line.kind, *_yuan(line.debit, line.credit, line.balance))


def _journal(plan_id: str) -> Iterator[Row]:
    yield ("booked_at", "booking", "kind", "period", "subject", "account", "debit", "credit")
    for line in journal(plan_id):
        sides = (line.amount, 0) if line.amount > 0 else (0, -line.amount)
        facts = (line.booked_at.isoformat(), line.key, line.kind, line.period_on or "")
        yield (*facts, line.subject, line.code, *_yuan(*sides))


def _periods(plan_id: str) -> Iterator[Row]:
    yield ("period", "state", "sharing", "debit_on", "share", *AMOUNTS, "collected", "unpaid")
    for period in reversed(periods(plan_id)):
        if period.charged is None:
            continue
        money = collected(period)
        amounts = [getattr(period, name) for name in ("each", *AMOUNTS)]
        facts = (period.publicity_on, period.state, period.sharing, period.debit_on)
        yield (*facts, *_yuan(*amounts, money.collected, money.unpaid))


def _claims(plan_id: str) -> Iterator[Row]:
    yield ("period", "claim", "aid", "fee")
    for period in Period.objects.filter(plan=plan_id).order_by("publicity_on"):
        for row in period.claims.select_related("claim").order_by("pk"):
            yield (period.publicity_on, row.claim.ref, *_yuan(row.aid, row.fee))


def _facts(plan_id: str) -> Iterator[Row]:
    yield ("stated_at", "kind", "amount", "subject", "period", "entry")
    found = MoneyFact.objects.filter(plan=plan_id).select_related("period")
    for fact in found.order_by("pk"):
        period = fact.period.publicity_on if fact.period else ""
        entry = bytes(fact.entry_hash).hex()
        yield (
            fact.stated_at.isoformat(),
            fact.kind,
            *_yuan(fact.amount),
            fact.subject,
            period,
            entry,
        )


def _unpaid(plan_id: str) -> Iterator[Row]:
    yield ("period", "household", "amount", "reason", "attempts", "collected_on", "borne_by")
    found = UnpaidDebit.objects.filter(period__plan=plan_id).select_related("period")
    for row in found.order_by("period__publicity_on", "household_id").iterator(chunk_size=2_000):
        facts = (row.reason, row.attempts, row.collected_on or "", row.borne_by)
        yield (row.period.publicity_on, row.household_id, *_yuan(row.amount), *facts)


def _payouts(plan_id: str) -> Iterator[Row]:
    yield ("period", "claim", "key", "aid", "arrears", "state", "reason", "paid_at")
    found = Payout.objects.filter(period__plan=plan_id).select_related("period", "claim")
    for row in found.order_by("pk"):
        ends = (row.state, row.reason, _at(row.paid_at))
        yield (row.period.publicity_on, row.claim.ref, row.key, *_yuan(row.aid, row.arrears), *ends)


def _refunds(plan_id: str) -> Iterator[Row]:
    yield ("kind", "key", "batch", "amount", "borne_by", "state", "reason", "paid_at")
    for row in Refund.objects.filter(plan=plan_id).select_related("batch").order_by("pk"):
        ends = (row.borne_by, row.state, row.reason, _at(row.paid_at))
        batch = row.batch.key if row.batch else ""
        yield (row.kind, row.key, batch, *_yuan(row.amount), *ends)


def _recoveries(plan_id: str) -> Iterator[Row]:
    yield ("decided_at", "claim", "aid", "fee", "owed", "received", "written_off")
    found = Recovery.objects.filter(claim__plan=plan_id).select_related("claim")
    for row in found.order_by("pk"):
        amounts = _yuan(row.aid, row.fee, row.owed, row.received, row.written_off)
        yield (row.decided_at.isoformat(), row.claim.ref, *amounts)


def _differences(plan_id: str) -> Iterator[Row]:
    yield ("statement_on", "kind", "key", "ours", "theirs", "resolution", "note", "settled_at")
    for row in Difference.objects.filter(plan=plan_id).order_by("pk"):
        ends = (row.resolution, row.note, _at(row.settled_at))
        yield (row.statement_on, row.kind, row.key, *_yuan(row.ours, row.theirs), *ends)


TABLES: Mapping[str, Callable[[str], Iterable[Row]]] = MappingProxyType(
    {
        "balance": _balance,
        "journal": _journal,
        "periods": _periods,
        "claims": _claims,
        "money_facts": _facts,
        "unpaid": _unpaid,
        "payouts": _payouts,
        "refunds": _refunds,
        "recoveries": _recoveries,
        "differences": _differences,
    }
)
"""Every table that can be taken out, by name."""


def _yuan(*amounts: int) -> list[str]:
    return [yuan(fen) for fen in amounts]


def _at(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""
