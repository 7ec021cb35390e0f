"""What integrators are told, pulled from what stands: the record, and answers of the gateway.

Nothing is told before it is recorded, and nothing personal at all: who wants more than a reference
asks the API with a token that the member gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import islice

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat

from sameboat.claims.models import Claim
from sameboat.members.models import BEGAN, Membership
from sameboat.payments.models import DebitBatch
from sameboat.record.queries import EntryLine
from sameboat.rules.claim import ENTRY_OF
from sameboat.settlement.models import Period
from sameboat.webhooks.models import Event

REFS_MAX = 1_000
"""So many memberships one event names."""


class Type(StrEnum):
    """The types of events."""

    JOINED = "memberships.joined"
    ENDED = "memberships.ended"
    CLAIM_MOVED = "claim.moved"
    SETTLED = "period.settled"
    DEBITED = "debits.answered"
    VERSION = "plan.version"
    END = "plan.end"
    TEST = "webhook.test"


OF_CLAIMS = frozenset(name for name in ENTRY_OF.values() if not name.startswith("period."))
ENTRIES = OF_CLAIMS | {"members.day", "period.settle", "plan.version", "plan.end"}
"""The types of entries from which events come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something to be told."""

    key: str
    type: Type
    data: Mapping[str, object]


def of_entries(entries: Iterable[tuple[bytes, EntryLine]]) -> Iterator[Found]:
    """What these entries of the record tell, in their order."""
    entries = list(entries)
    refs = {chain.hex() for chain, line in entries if line.type in OF_CLAIMS}
    claims = {claim.ref: claim for claim in Claim.objects.filter(ref__in=refs)}
    for chain, line in entries:
        if line.type == "members.day":
            yield from _day(line)
        elif line.type == "period.settle":
            yield from _settled(line)
        elif line.type in ("plan.version", "plan.end"):
            told = Type.VERSION if line.type == "plan.version" else Type.END
            plan = line.body.get("plan") or line.body.get("id") or ""
            yield Found(key=_key(line), type=told, data={"plan": plan, **_proof(line)})
        elif (claim := claims.get(chain.hex())) is not None:
            moved = {"plan": claim.plan, "claim": claim.ref, "entry": line.type}
            data = moved | {"state_now": claim.state, **_proof(line)}
            yield Found(key=_key(line), type=Type.CLAIM_MOVED, data=data)


def of_debits(since: datetime) -> Iterator[Found]:
    """What the gateway answered since then about batches of debits, and was not told yet."""
    key = Concat(Value("debits/"), OuterRef("key"))
    answered = DebitBatch.objects.filter(state="ANSWERED", answered_at__gt=since)
    untold = answered.exclude(Exists(Event.objects.filter(key=key))).select_related("period")
    for batch in untold.order_by("id"):
        assert batch.collected is not None
        yield Found(
            key=f"debits/{batch.key}",
            type=Type.DEBITED,
            data={
                "plan": batch.period.plan,
                "publicity_on": batch.period.publicity_on.isoformat(),
                "attempt_on": batch.attempt_on.isoformat(),
                "is_retry": batch.is_retry,
                "payers": batch.payers,
                "asked_fen": batch.amount,
                "collected_fen": batch.collected,
                "failed_fen": batch.amount - batch.collected,
            },
        )


def _day(line: EntryLine) -> Iterator[Found]:
    """The joins and the ends of a day, some of them an event."""
    plan, day = str(line.body["plan"]), date.fromisoformat(str(line.body["day"]))
    after = day + timedelta(days=1)
    own = Membership.objects.filter(BEGAN, plan=plan)
    for told, rows in (
        (Type.JOINED, own.filter(joined_on=day)),
        (Type.ENDED, own.filter(ends_on=after)),
    ):
        refs = rows.order_by("id").values_list("ref", flat=True).iterator(chunk_size=REFS_MAX)
        for number, some in enumerate(_in_parts(refs)):
            data = {"plan": plan, "day": day.isoformat(), "memberships": some}
            key = f"{_key(line)}/{told}/{number}"
            yield Found(key=key, type=told, data=data | _proof(line))


def _in_parts(refs: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(refs, REFS_MAX)):
        yield some


def _settled(line: EntryLine) -> Iterator[Found]:
    period = Period.objects.filter(settle_entry_hash=line.hash).first()
    if period is None:
        return
    sums = ("aid", "fee", "each", "charged", "sponsored", "carried_in", "carried_out")
    data: dict[str, object] = {f"{name}_fen": getattr(period, name) for name in sums}
    data |= {
        "plan": period.plan,
        "publicity_on": period.publicity_on.isoformat(),
        "debit_on": period.debit_on.isoformat(),
        "sharing": period.sharing,
    }
    yield Found(key=_key(line), type=Type.SETTLED, data=data | _proof(line))


def _key(line: EntryLine) -> str:
    return f"entry/{line.index}"


def _proof(line: EntryLine) -> dict[str, object]:
    """Where it stands on the record, for `GET /record/receipts/{hash}`."""
    return {"entry_hash": line.hash.hex(), "entry_index": line.index}
