"""The set-based half of a settlement: Ibis expressions over the snapshot, run by DuckDB.

This is the only module that knows Ibis. What a group of members is charged is decided by
`rules.share`; here the members are put into groups, and each is given what their group was given.
Nothing here rounds, divides or reads a clock. Amounts are in fen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sameboat.proof.leaves import SHARE_SALT_PREFIX, ShareClass
from sameboat.rules.benefit import tiers_of
from sameboat.rules.calendar import latest_birth
from sameboat.rules.money import Fen
from sameboat.rules.share import WEIGHT_ONE, GroupCharge, MemberGroup
from sameboat.rules.terms import PlanTerms
from sameboat.rules.terms import ShareClass as AgeBand

THREADS = 2
ROWS_A_BATCH = 100_000
LEAVES_A_GROUP = 16_384
"""Of the leaves file a proof reads two or three groups."""
SNAPSHOT = pa.schema(
    [
        ("member", pa.int64()),
        ("payer", pa.int64()),
        ("born", pa.date32()),
        ("joined_on", pa.date32()),
        ("covered_from", pa.date32()),
        ("tier", pa.string()),
        ("join", pa.string()),
    ]
)
"""The columns of a snapshot: the memberships that exist at a lock."""
EXEMPT = ("exempt.waiting", "exempt.new", "exempt.aided")
HEX_OF_A_HASH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What decides, besides the snapshot, who shares in a period and in which class."""

    plan: str
    publicity_on: date
    previous_publicity_on: date | None
    terms: PlanTerms
    aided: tuple[int, ...]
    """Memberships whose claim is of this period, or is settled and not yet paid."""
    charged_before: Path | None
    """The shares file of the period before, where its debit day is in the same calendar year."""
    charged_before_leaving: tuple[tuple[int, Fen], ...] = ()
    """Members who are not in that file because they were away, and what they were charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Members of the snapshot who are alike before anything is charged."""

    status: str
    """`shares`, `waived`, or why they are exempt."""
    name: str
    weight: int
    charged_before: Fen
    """What each was charged earlier in the calendar year."""
    count: int

    def group(self, cap_per_year: Fen | None) -> MemberGroup:
        """The group as the share rule sees it."""
        room = None if cap_per_year is None else Fen(max(0, cap_per_year - self.charged_before))
        return MemberGroup(
            count=self.count,
            weight=self.weight,
            room=room,
            waived=self.status == "waived",
            name=self.name,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCount:
    """How many members of a status and weight are charged an amount."""

    status: str
    weight: int
    amount: Fen
    members: int


@contextmanager
def _engine() -> Iterator[Any]:
    backend = ibis.duckdb.connect()
    try:
        backend.raw_sql(f"SET threads = {THREADS}")
        yield backend
    finally:
        backend.disconnect()


def standings(snapshot: Path, lock: Lock) -> list[Standing]:
    """Count the snapshot's members by status, class and what they were charged this year."""
    keys = ["status", "name", "weight", "charged_before"]
    with _engine() as engine:
        table = _placed(engine, snapshot, lock)
        counted = table.group_by(keys).agg(count=table.count()).order_by(keys)
        rows = engine.to_pyarrow(counted).to_pylist()
    return [Standing(**{**row, "charged_before": Fen(row["charged_before"])}) for row in rows]


def write_shares(
    snapshot: Path,
    lock: Lock,
    charges: Sequence[tuple[Standing, GroupCharge | None]],
    *,
    to: Path,
) -> None:
    """Write what each member of the snapshot is charged; exempt members are charged nothing.

    `charged` accumulates what the member was charged in the calendar year, this period included:
    the next period's room is what this leaves.
    """
    keys = ["status", "name", "weight", "charged_before"]
    with _engine() as engine:
        placed = _placed(engine, snapshot, lock)
        given = ibis.memtable(_charges_table(charges))
        joined = placed.inner_join(given, keys)
        shares = joined.select(
            member=joined.member,
            payer=joined.payer,
            join=joined["join"],
            status=joined.final_status,
            weight=joined.weight,
            amount=joined.amount,
            charged=joined.charged_before + joined.amount,
        ).order_by("member")
        _write(engine, shares, to)


def write_debits(shares: Path, *, to: Path) -> None:
    """Write what each payer owes: the sum over the household, nobody with nothing to pay."""
    with _engine() as engine:
        table = engine.read_parquet(shares)
        sums = table.group_by("payer").agg(amount=table.amount.sum().cast("int64"))
        _write(engine, sums.filter(sums.amount > 0).order_by("payer"), to)


def classes(shares: Path) -> list[ClassCount]:
    """The class table of a period, as the shares file has it."""
    keys = ["status", "weight", "amount"]
    with _engine() as engine:
        table = engine.read_parquet(shares)
        counted = table.group_by(keys).agg(members=table.count()).order_by(keys)
        rows = engine.to_pyarrow(counted).to_pylist()
    return [ClassCount(**{**row, "amount": Fen(row["amount"])}) for row in rows]


def status_counts(shares: Path) -> list[tuple[str, Fen, int]]:
    """Status, amount and how many members stand so: the class table without the weights."""
    keys = ["status", "amount"]
    with _engine() as engine:
        table = engine.read_parquet(shares)
        counted = table.group_by(keys).agg(members=table.count()).order_by(keys)
        rows = engine.to_pyarrow(counted).to_pylist()
    return [(row["status"], Fen(row["amount"]), row["members"]) for row in rows]


def write_columns(table: Path, columns: Sequence[str], *, to: Path) -> None:
    """Write some columns of a sorted file to another, in the same order."""
    with _engine() as engine:
        chosen = engine.read_parquet(table).select(*columns)
        _write(engine, chosen.order_by(columns[0]), to)


def rows_twice(snapshot: Path, *, most: int) -> list[tuple[int, int]]:
    """Line and member of rows whose member stands in an earlier row too; at most `most`."""
    with _engine() as engine:
        table = engine.read_parquet(snapshot)
        counted = table.group_by("member").agg(line=table.line.max(), rows=table.count())
        twice = counted.filter(counted.rows > 1).order_by("line").limit(most)
        rows = engine.to_pyarrow(twice).to_pylist()
    return [(row["line"], row["member"]) for row in rows]


def totals(shares: Path, debits: Path) -> tuple[Fen, Fen, int]:
    """Charged by the shares file, charged by the debits file, and the number of payers."""
    with _engine() as engine:
        by_member = engine.read_parquet(shares).amount.sum().fill_null(0).cast("int64")
        table = engine.read_parquet(debits)
        by_payer = table.amount.sum().fill_null(0).cast("int64")
        found = [engine.to_pyarrow(one).as_py() for one in (by_member, by_payer, table.count())]
        return Fen(found[0]), Fen(found[1]), found[2]


def members_twice(shares: Path) -> int:
    """How many rows of the shares file are of a member that has one already; 0 if all is well."""
    with _engine() as engine:
        table = engine.read_parquet(shares)
        twice = table.count() - table.member.nunique()
        return int(engine.to_pyarrow(twice).as_py())


def write_leaves(
    shares: Path, share_classes: Sequence[ShareClass], *, period_key: bytes, to: Path
) -> None:
    """Write the share leaf of each member, by class in the given order and sorted within it.

    The texts around join leaf and salt come from `proof.leaves`, so the format has one writer.
    """
    frames = [(number, one, *one.frame()) for number, one in enumerate(share_classes)]
    given = pa.table(
        [
            pa.array([number for number, *_ in frames], pa.int32()),
            pa.array([one.status for _, one, *_ in frames], pa.string()),
            pa.array([one.weight for _, one, *_ in frames], pa.int64()),
            pa.array([one.amount for _, one, *_ in frames], pa.int64()),
            pa.array(["\0" + before for *_, before, _, _ in frames], pa.string()),
            pa.array([between for *_, between, _ in frames], pa.string()),
            pa.array([after for *_, after in frames], pa.string()),
        ],
        names=["class", "status", "weight", "amount", "before", "between", "after"],
    )
    with _engine() as engine:
        table = engine.read_parquet(shares)
        joined = table.inner_join(ibis.memtable(given), ["status", "weight", "amount"])
        salted = ibis.literal(f"{SHARE_SALT_PREFIX}{period_key.hex()}|") + joined["join"]
        text = (
            joined.before
            + joined["join"]
            + joined.between
            + salted.hexdigest("sha256")
            + joined.after
        )
        leaves = joined.select("class", leaf=text.hexdigest("sha256"))
        _write(engine, leaves.order_by(["class", "leaf"]), to, rows_a_group=LEAVES_A_GROUP)


def write_collected(
    shares: Mapping[int, Path],
    *,
    members: Path,
    unpaid: Sequence[tuple[int, int]],
    given_back: Sequence[tuple[int, int]],
    to: Path,
) -> None:
    """Write what was collected for the members of a file, by household: `household`, `amount`.

    `shares` has the file of each period by its number, `unpaid` the period and payer of debits
    that were never paid, `given_back` what a member got back before. Households that nothing was
    collected from are left out.
    """
    with _engine() as engine:
        chosen = engine.read_parquet(members)
        back = _pairs(given_back, "member", "amount")
        parts = [back.select("member", amount=-back.amount)]
        never_paid = _pairs(unpaid, "period", "payer")
        for number, path in shares.items():
            table = engine.read_parquet(path).select("member", "payer", "amount")
            table = table.mutate(period=ibis.literal(number, "int64"))
            parts.append(
                table.anti_join(never_paid, ["period", "payer"]).select("member", "amount")
            )
        joined = ibis.union(*parts, distinct=False).inner_join(chosen, "member")
        by_member = joined.group_by("member", "household").agg(amount=joined.amount.sum())
        paid = by_member.filter(by_member.amount > 0)
        sums = paid.group_by("household").agg(amount=paid.amount.sum().cast("int64"))
        _write(engine, sums.order_by("household"), to)


def _pairs(rows: Sequence[tuple[int, int]], first: str, second: str) -> Any:
    """A small table of two whole numbers in a row."""
    columns = {
        name: pa.array([row[place] for row in rows], pa.int64())
        for place, name in enumerate((first, second))
    }
    return ibis.memtable(pa.table(columns))


def leaf_buffers(leaves: Path) -> Iterator[tuple[int, bytes]]:
    """The leaf hashes, class by class: its number and a buffer of 32 bytes for each leaf.

    Checks that the leaves of a class strictly increase, so that none stands there twice.
    """
    before: tuple[int, str] = (-1, "")
    reader = pq.ParquetFile(leaves)
    try:
        for batch in reader.iter_batches(batch_size=ROWS_A_BATCH):
            for number in pc.unique(batch.column("class")).to_pylist():
                chosen = pc.equal(batch.column("class"), pa.scalar(number, pa.int32()))
                texts = batch.column("leaf").filter(chosen).cast(pa.string())
                assert before < (number, texts[0].as_py()), "a leaf stands twice, or out of order"
                increasing = pc.all(pc.less(texts[:-1], texts[1:]), min_count=0)
                assert increasing.as_py(), "a leaf stands twice, or out of order"
                before = (number, texts[-1].as_py())
                yield number, bytes.fromhex("".join(texts.to_pylist()))
    finally:
        reader.close()


def share_rows(shares: Path, members: Sequence[int]) -> dict[int, tuple[int, str, int, Fen]]:
    """Payer, status, weight and amount of some members: a look into the sorted shares file."""
    table = pq.read_table(
        shares,
        columns=["member", "payer", "status", "weight", "amount"],
        filters=[("member", "in", list(members))],
    )
    return {
        row["member"]: (row["payer"], row["status"], row["weight"], Fen(row["amount"]))
        for row in table.to_pylist()
    }


def charged_of(shares: Path, members: Collection[int]) -> dict[int, Fen]:
    """What some members were charged in the calendar year, by the sorted shares file.

    Those who are not in it are left out.
    """
    chosen = [("member", "in", list(members))]
    table = pq.read_table(shares, columns=["member", "charged"], filters=chosen)
    return {row["member"]: Fen(row["charged"]) for row in table.to_pylist()}


def leaves_of(leaves: Path, number: int) -> list[bytes]:
    """The leaf hashes of one class, sorted."""
    table = pq.read_table(leaves, columns=["leaf"], filters=[("class", "=", number)])
    return [bytes.fromhex(leaf) for leaf in table.column("leaf").to_pylist()]


def _placed(engine: Any, snapshot: Path, lock: Lock) -> Any:
    """The snapshot with each member's status (before any cap), class and charges of the year."""
    table = _known(engine, snapshot, lock)
    table = table.mutate(status=_status(table, lock))
    name, weight = _class(table, lock)
    return table.mutate(name=name, weight=weight)


def _known(engine: Any, snapshot: Path, lock: Lock) -> Any:
    """The snapshot with what is known of each member besides: aided, let off, charged before.

    A file of members that somebody hands in (`member_files`) brings these three columns along;
    for a period of the platform they are in the lock.
    """
    table = engine.read_parquet(snapshot)
    if "charged_before" in table.columns:
        return table
    aided = table.member.isin(lock.aided) if lock.aided else ibis.literal(False)
    table = table.mutate(aided=aided, waived=ibis.literal(False))
    if lock.charged_before is None:
        return table.mutate(charged_before=ibis.literal(0, "int64"))
    earlier = engine.read_parquet(lock.charged_before).select("member", "charged")
    if lock.charged_before_leaving:
        away = _pairs(lock.charged_before_leaving, "member", "charged")
        earlier = earlier.union(away.anti_join(earlier, "member"))
    joined = table.left_join(earlier, "member")
    # In two steps: Ibis 12 cannot join further what was computed in the selection of a join.
    chosen = joined.select(*table.columns, "charged").mutate(
        charged_before=ibis._.charged.fill_null(0)
    )
    return chosen.drop("charged")


def _status(table: Any, lock: Lock) -> Any:
    """The first of the closed list that applies; a cap is found later, from the charge."""
    terms, day = lock.terms, lock.publicity_on
    branches: list[tuple[Any, str]] = []
    if not terms.waiting.members_share:
        branches.append((table.covered_from > ibis.literal(day), "exempt.waiting"))
    if terms.sharing.head_count == "end_of_last_period" and lock.previous_publicity_on:
        branches.append((table.joined_on >= ibis.literal(lock.previous_publicity_on), "exempt.new"))
    if not terms.sharing.aided_members_share:
        branches.append((table.aided, "exempt.aided"))
    branches.append((table.waived, "waived"))
    branches += [
        (table.joined_on <= ibis.literal(waiver.joined_by), "waived")
        for waiver in terms.sharing.waivers
        if waiver.publicity_on == day
    ]
    return ibis.cases(*branches, else_="shares")


def _class(table: Any, lock: Lock) -> tuple[Any, Any]:
    """Name and weight of each member's class: by tier and completed years of age at the lock."""
    bands = lock.terms.sharing.classes
    if not bands:
        return ibis.literal(""), ibis.literal(WEIGHT_ONE, "int64")
    tests: list[tuple[Any, AgeBand]] = []
    for tier in tiers_of(lock.terms.benefits):
        fitting = (band for band in bands if band.tier in (None, tier))
        *older, youngest = sorted(fitting, key=lambda band: band.age_from_years, reverse=True)
        of_tier = table.tier == tier
        tests += [(of_tier & _is_of_age(table, band, lock.publicity_on), band) for band in older]
        tests.append((of_tier, youngest))
    # Whoever fits none before is in the last one.
    _, last = tests.pop()
    if not tests:
        return ibis.literal(last.name), ibis.literal(last.weight, "int64")
    name = ibis.cases(*((test, band.name) for test, band in tests), else_=last.name)
    weight = ibis.cases(*((test, band.weight) for test, band in tests), else_=last.weight)
    return name, weight.cast("int64")


def _is_of_age(table: Any, band: AgeBand, on: date) -> Any:
    return table.born <= ibis.literal(latest_birth(on, band.age_from_years))


def _charges_table(charges: Sequence[tuple[Standing, GroupCharge | None]]) -> pa.Table:
    """One row for each standing: what its members are charged and their final status."""
    return pa.table(
        {
            "status": pa.array([s.status for s, _ in charges], pa.string()),
            "name": pa.array([s.name for s, _ in charges], pa.string()),
            "weight": pa.array([s.weight for s, _ in charges], pa.int64()),
            "charged_before": pa.array([s.charged_before for s, _ in charges], pa.int64()),
            "amount": pa.array([c.amount if c else 0 for _, c in charges], pa.int64()),
            "final_status": pa.array([final_status(s, c) for s, c in charges], pa.string()),
        }
    )


def final_status(standing: Standing, charge: GroupCharge | None) -> str:
    """The status that the certificates carry: who shares but is charged less is `capped`."""
    if charge is None or standing.status == "waived":
        return standing.status
    return "capped" if charge.amount < charge.each else "shares"


def _write(engine: Any, expression: Any, to: Path, *, rows_a_group: int = ROWS_A_BATCH) -> None:
    """Stream an expression to one Parquet file, in the types that the expression states.

    An engine may hold a literal in a narrower type than Ibis says.
    """
    batches = engine.to_pyarrow_batches(expression, chunk_size=ROWS_A_BATCH)
    with pq.ParquetWriter(to, batches.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.cast(batches.schema), row_group_size=rows_a_group)
