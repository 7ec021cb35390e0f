"""Members from a CSV or Parquet file that somebody hands in: every row is judged, then streamed.

Gives the settlement's engine the snapshot that it would have taken itself, with three columns more
(`aided`, `waived`, `charged_before`) that on the platform come from its own tables. Memory stays
the same whatever the length of the file. Needs no database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from sameboat.rules.benefit import tiers_of
from sameboat.rules.terms import PlanTerms, Text
from sameboat.settlement import engine

COLUMNS = (
    "member",
    "payer",
    "born",
    "joined_on",
    "left_on",
    "charged_this_year",
    "tier",
    "status",
)
STATUSES = ("active", "aided", "waived")
BAD_ROWS_SHOWN_MAX = 20
BLOCK_BYTES = 1 << 22
SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        *engine.SNAPSHOT,
        ("aided", pa.bool_()),
        ("waived", pa.bool_()),
        ("charged_before", pa.int64()),
    ]
)
FLOAT_FEN_OFF_MAX = 1e-4
FLOAT_FEN_MAX = 1e11
"""Below it a binary number tells two decimals apart with room to spare."""
_WHOLE = "^-?[0-9]{1,18}$"
_YUAN = r"^[0-9]{1,13}(\.[0-9]{1,2})?$"
_MONEY = pa.decimal128(18, 2)

_NOT_WHOLE = Text(zh="应为整数", en="must be a whole number")
_NO_DAY = Text(zh="应为日期，例如 2019-01-21", en="must be a day such as 2019-01-21")
_NO_MONEY = Text(
    zh="应为不小于 0 的金额（元），最多两位小数",
    en="must be an amount in yuan, 0 or more, with at most two decimals",
)
_NO_TEXT = Text(zh="应为文字", en="must be text")
_NO_STATUS = Text(zh="应为 active、aided 或 waived", en="must be active, aided or waived")
_NO_TIER = Text(zh="条款没有这个档位", en="is no tier of the terms")
_BORN_LATE = Text(zh="晚于加入日", en="is later than the day of joining")
_LEFT_EARLY = Text(zh="早于加入日", en="is earlier than the day of joining")
_TWICE = Text(zh="该成员已在前面出现", en="stands in an earlier row already")
_WRONG_WIDTH = Text(zh="列数与表头不符", en="has another number of values than the heading")


class UnreadableMembers(Exception):
    """The file of members cannot be read as CSV or Parquet with the columns it needs."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """One value that is not what its column needs."""

    line: int
    """Of a CSV file the line in it, the heading being line 1; of a Parquet file the row, from 1."""
    column: str
    why: Text
    value: str


class BadRows(Exception):
    """Rows of the file are wrong; nothing was written."""

    def __init__(self, found: Findings) -> None:
        self.rows = sorted(found.rows, key=lambda row: row.line)[:BAD_ROWS_SHOWN_MAX]
        """The first of them, at most `BAD_ROWS_SHOWN_MAX`."""
        self.count = found.count
        super().__init__(f"{found.count} bad values")


@dataclass
class Findings:
    """What is wrong with a file: how many values, and of each kind the first ones."""

    rows: list[BadRow] = field(default_factory=list)
    count: int = 0
    lines_skipped: set[int] = field(default_factory=set)
    """Lines of a CSV file that are no rows, so that the rows after them keep their numbers."""

    def add(self, rows: list[BadRow], *, count: int) -> None:
        self.count += count
        if len(self.rows) < BAD_ROWS_SHOWN_MAX * len(COLUMNS):
            self.rows += rows


def write_members(source: Path, *, terms: PlanTerms, on: date, to: Path) -> None:
    """Write the snapshot of those in `source` who exist at the lock of `on`; raises `BadRows`."""
    found = Findings()
    with pq.ParquetWriter(to, SCHEMA, compression="zstd") as writer:
        for lines, batch in _batches(source, found):
            values = _judged(batch, lines, terms, found)
            if not found.count:
                writer.write_batch(_at_lock(values, lines, terms=terms, on=on))
    if not found.count:
        twice = engine.rows_twice(to, most=BAD_ROWS_SHOWN_MAX)
        rows = [BadRow(line=n, column="member", why=_TWICE, value=str(m)) for n, m in twice]
        found.add(rows, count=len(rows))
    if found.count:
        raise BadRows(found)


# Reading


def _batches(source: Path, found: Findings) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
    """The columns of the file in pieces, each with the lines of its rows."""
    try:
        if source.suffix == ".csv":
            yield from _csv_batches(source, found)
        elif source.suffix == ".parquet":
            yield from _parquet_batches(source)
        else:
            raise UnreadableMembers("neither .csv nor .parquet")
    except OSError as error:
        raise UnreadableMembers(error.strerror or str(error)) from None
    except pa.ArrowException as error:
        raise UnreadableMembers(str(error)) from None


def _csv_batches(source: Path, found: Findings) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
    """Every value as text. A row of another width is told, and nothing will be written."""

    def skip(row: Any) -> str:
        found.lines_skipped.add(row.number)
        bad = BadRow(line=row.number, column="", why=_WRONG_WIDTH, value=row.text[:80])
        found.add([bad], count=1)
        return "skip"

    reader = pa_csv.open_csv(
        source,
        # One thread, so that every row knows its number.
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=skip),
        convert_options=pa_csv.ConvertOptions(
            include_columns=COLUMNS,
            column_types=dict.fromkeys(COLUMNS, pa.string()),
            strings_can_be_null=False,
        ),
    )
    # The heading is line 1.
    numbers = (number for number in count(2) if number not in found.lines_skipped)
    with reader:
        for batch in reader:
            lines = pa.array(islice(numbers, batch.num_rows), pa.int64())
            texts = pc.binary_join_element_wise(*batch.columns, "")
            filled = pc.not_equal(texts, "")  # A line of nothing is passed over.
            yield lines.filter(filled), batch.filter(filled)


def _parquet_batches(source: Path) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
    numbers = count(1)
    with pq.ParquetFile(source) as file:
        missing = [name for name in COLUMNS if name not in file.schema_arrow.names]
        if missing:
            raise UnreadableMembers(f"no column {', '.join(missing)}")
        for batch in file.iter_batches(batch_size=engine.ROWS_A_BATCH, columns=list(COLUMNS)):
            yield pa.array(islice(numbers, batch.num_rows), pa.int64()), batch


# Judging: a parsed column is null exactly where its value is wrong, or empty and may be


def _judged(
    batch: pa.RecordBatch, lines: pa.Array, terms: PlanTerms, found: Findings
) -> dict[str, pa.Array]:
    """The values of a piece by column; what is wrong with them is added to `found`."""
    parsed = {
        "member": (_whole(batch["member"]), _NOT_WHOLE),
        "payer": (_whole(batch["payer"]), _NOT_WHOLE),
        "born": (_day(batch["born"]), _NO_DAY),
        "joined_on": (_day(batch["joined_on"]), _NO_DAY),
        "left_on": (_day(batch["left_on"]), _NO_DAY),
        "charged_this_year": (_fen(batch["charged_this_year"]), _NO_MONEY),
        "tier": (_text(batch["tier"]), _NO_TEXT),
        "status": (_text(batch["status"]), _NO_TEXT),
    }
    values = {name: value for name, (value, _) in parsed.items()}
    wrong = [
        (name, why, _and_not(pc.is_null(value), _is_empty(batch[name], name)))
        for name, (value, why) in parsed.items()
    ]
    wrong += [
        ("status", _NO_STATUS, _none_of(values["status"], STATUSES)),
        ("tier", _NO_TIER, _none_of(values["tier"], tiers_of(terms.benefits))),
        ("born", _BORN_LATE, _is_true(pc.greater(values["born"], values["joined_on"]))),
        ("left_on", _LEFT_EARLY, _is_true(pc.less(values["left_on"], values["joined_on"]))),
    ]
    for name, why, mask in wrong:
        rows = pc.indices_nonzero(mask)
        shown = [
            BadRow(
                line=lines[row].as_py(),
                column=name,
                why=why,
                value=str(batch[name][row].as_py())[:80],
            )
            for row in rows[:BAD_ROWS_SHOWN_MAX].to_pylist()
        ]
        found.add(shown, count=len(rows))
    return values


def _at_lock(
    values: dict[str, pa.Array], lines: pa.Array, *, terms: PlanTerms, on: date
) -> pa.RecordBatch:
    """Rows of the snapshot, of those who exist at the lock (`rules.calendar.shares_at`)."""
    lock = pa.scalar(on, pa.date32())
    covered_from = pc.add(values["joined_on"].cast(pa.int32()), _days_to_cover(values, terms))
    # `left_on` is the last day as a member: who leaves on the day of the lock still shares.
    stays = pc.or_kleene(pc.is_null(values["left_on"]), pc.greater_equal(values["left_on"], lock))
    batch = pa.RecordBatch.from_pydict(
        {
            "line": lines,
            **{name: values[name] for name in ("member", "payer", "born", "joined_on")},
            "covered_from": covered_from.cast(pa.date32()),
            "tier": values["tier"],
            "join": pa.array([""] * len(lines), pa.string()),
            "aided": pc.equal(values["status"], "aided"),
            "waived": pc.equal(values["status"], "waived"),
            "charged_before": values["charged_this_year"],
        },
        schema=SCHEMA,
    )
    return batch.filter(pc.and_(pc.less(values["joined_on"], lock), stays))


def _days_to_cover(values: dict[str, pa.Array], terms: PlanTerms) -> pa.Array | pa.Scalar:
    """Days from joining to the first day of cover (`rules.calendar.covered_from`)."""
    days = pa.scalar(terms.waiting.days + 1, pa.int32())
    if not terms.waiting.days_by_age:
        return days
    joined, born = values["joined_on"], values["born"]
    has_had_birthday = pc.greater_equal(_month_and_day(joined), _month_and_day(born))
    years = pc.subtract(pc.year(joined), pc.year(born))
    ages = pc.if_else(has_had_birthday, years, pc.subtract(years, 1))
    for step in terms.waiting.days_by_age:
        waits = pa.scalar(step.days + 1, pa.int32())
        days = pc.if_else(pc.greater_equal(ages, step.from_years), waits, days)
    return days


def _month_and_day(days: pa.Array) -> pa.Array:
    return pc.add(pc.multiply(pc.month(days), 100), pc.day(days))


def _whole(column: pa.Array) -> pa.Array:
    if pa.types.is_integer(column.type):
        return _cast(column, pa.int64())
    return _matching(_text(column), _WHOLE).cast(pa.int64())


def _day(column: pa.Array) -> pa.Array:
    if pa.types.is_date(column.type):
        return column.cast(pa.date32())
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        days = column.cast(pa.date32(), safe=False)
        same = pc.equal(days.cast(column.type), column)
        return pc.if_else(same, days, pa.scalar(None, pa.date32()))
    text = _text(column)
    instants = pc.strptime(text, format="%Y-%m-%d", unit="s", error_is_null=True)
    # Only what reads back as it was written: no 30 February, no one-digit month.
    same = pc.equal(pc.strftime(instants, format="%Y-%m-%d"), text)
    return pc.if_else(same, instants.cast(pa.date32()), pa.scalar(None, pa.date32()))


def _fen(column: pa.Array) -> pa.Array:
    """Yuan as text, whole number, decimal, or the binary number nearest to two decimals."""
    kind = column.type
    if pa.types.is_floating(kind):
        return _fen_of_floats(column)
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        money = _cast(column, _MONEY)
    else:
        money = _matching(_text(column), _YUAN).cast(_MONEY)
    fen = pc.multiply(money, pa.scalar(100, pa.decimal128(3, 0))).cast(pa.int64())
    return pc.if_else(pc.greater_equal(fen, 0), fen, pa.scalar(None, pa.int64()))


def _fen_of_floats(yuan: pa.Array) -> pa.Array:
    """Binary numbers stand for the two decimals that they are next to; others are no amount."""
    hundredfold = pc.multiply(yuan.cast(pa.float64()), 100.0)
    fen = pc.round(hundredfold)
    near = pc.less(pc.abs(pc.subtract(hundredfold, fen)), FLOAT_FEN_OFF_MAX)
    sane = pc.and_(pc.greater_equal(fen, 0), pc.less(fen, FLOAT_FEN_MAX))
    return pc.if_else(pc.and_(near, sane), fen, pa.scalar(None, pa.float64())).cast(pa.int64())


def _text(column: pa.Array) -> pa.Array:
    """The column as text; a missing value is an empty one, another kind of value none."""
    if pa.types.is_null(column.type):
        return pa.array([""] * len(column), pa.string())
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        if pa.types.is_dictionary(column.type):
            return _text(column.dictionary_decode())
        return pa.nulls(len(column), pa.string())
    return pc.fill_null(column.cast(pa.string()), "")


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast value by value where the whole cannot be: what does not fit is null."""
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        return pa.array([_cast_one(value, kind) for value in column], kind)


def _cast_one(value: pa.Scalar, kind: pa.DataType) -> pa.Scalar | None:
    try:
        return value.cast(kind)
    except pa.ArrowInvalid:
        return None


def _matching(text: pa.Array, pattern: str) -> pa.Array:
    matches = pc.match_substring_regex(text, pattern)
    return pc.if_else(matches, text, pa.scalar(None, pa.string()))


def _is_empty(column: pa.Array, name: str) -> pa.Array:
    """Whether a value is left out where it may be."""
    if name not in ("left_on", "tier"):
        return pa.array([False] * len(column))
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.equal(pc.fill_null(column, ""), "")
    return pc.is_null(column)


def _none_of(values: pa.Array, allowed: tuple[str, ...]) -> pa.Array:
    return _and_not(pc.is_valid(values), pc.is_in(values, value_set=pa.array(allowed, pa.string())))


def _and_not(one: pa.Array, other: pa.Array) -> pa.Array:
    return pc.and_(one, pc.invert(other))


def _is_true(mask: pa.Array) -> pa.Array:
    return pc.fill_null(mask, False)
