"""The files of debits sent to the gateway: kept, so that asking again sends the very same bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi
from django.db import connection
from pyarrow import csv

from sameboat.payments.models import RefundBatch
from sameboat.rules.money import Fen
from sameboat.settlement.files import files_of
from sameboat.settlement.models import Period
from sameboat.settlement.queries import payer_debits
from sameboat.settlement.snapshot import arrow_database

PAYERS_A_BATCH = 100_000
CUSTOMERS = "SELECT id, customer_ref FROM members_household WHERE id BETWEEN $1 AND $2"


def batch_file(period: Period, name: str) -> Path:
    """Where the lines of a batch lie; the folder is made if it is not there."""
    folder = files_of(period.plan, period.publicity_on).folder / "batches"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder / f"{name}.csv"


def write_closing_members(plan_id: str, announced_on: date, *, to: Path) -> None:
    """Write who was a member when the plan's end was announced: `member`, `household`; streams."""
    sql = (files("sameboat.payments") / "sql" / "closing_members.sql").read_text()
    with arrow_database() as database, database.cursor() as cursor:
        cursor.execute(sql, parameters=(plan_id, announced_on))
        reader = cursor.fetch_record_batch()
        with pq.ParquetWriter(to, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)


def debits_of_payers(period: Period, payers: Collection[int]) -> dict[int, Fen]:
    """What some payers owe in a period, by household; those who owe nothing are left out."""
    if not payers:
        return {}
    found = pq.read_table(payer_debits(period), filters=[("payer", "in", list(payers))])
    return {row["payer"]: Fen(row["amount"]) for row in found.to_pylist()}


def first_batches(
    period: Period, *, but_for: Collection[int] = ()
) -> Iterator[tuple[int, Fen, bytes]]:
    """The debits of a period in ranges of payers: how many, their sum, and the gateway's lines.

    Households in `but_for` are not debited. Streams: each range is joined with its customers as
    Arrow, never row by row.
    """
    reader = pq.ParquetFile(payer_debits(period))
    try:
        with arrow_database() as database:
            for rows in reader.iter_batches(batch_size=PAYERS_A_BATCH):
                if but_for:
                    left = pa.array(sorted(but_for), pa.int64())
                    rows = rows.filter(pc.invert(pc.is_in(rows["payer"], value_set=left)))
                if rows.num_rows:
                    yield rows.num_rows, Fen(pc.sum(rows["amount"]).as_py()), _lines(rows, database)
    finally:
        reader.close()


def _lines(rows: pa.RecordBatch, database: dbapi.Connection) -> bytes:
    payers = rows["payer"]
    with database.cursor() as cursor:
        bounds = pc.min_max(payers).as_py()
        cursor.execute(CUSTOMERS, parameters=(bounds["min"], bounds["max"]))
        households = cursor.fetch_arrow_table()
    places = pc.index_in(payers, value_set=households["id"].combine_chunks())
    assert places.null_count == 0, "a payer of the debits file has no household"
    customers = households["customer_ref"].combine_chunks().take(places)
    lines = pa.table({"customer": customers, "amount": rows["amount"]})
    out = pa.BufferOutputStream()
    csv.write_csv(lines, out, csv.WriteOptions(include_header=False, quoting_style="none"))
    return bytes(out.getvalue())


def refund_lines(batch: RefundBatch) -> bytes:
    """The file of a batch of refunds: its rows say it, and none changes before the answer."""
    sql = (files("sameboat.payments") / "sql" / "refund_lines.sql").read_text()
    with connection.cursor() as cursor:
        cursor.execute(sql, {"batch": batch.pk})
        (lines,) = cursor.fetchone()
    return str(lines).encode("ascii")
