"""The memberships at a lock, streamed from PostgreSQL to Parquet as Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi
from django.db import connection
from psycopg.conninfo import make_conninfo

from sameboat.settlement.engine import ROWS_A_BATCH, SNAPSHOT


def write_snapshot(*, plan_id: str, lock_on: date, lock_at: datetime, to: Path) -> int:
    """Write the memberships that exist at the lock; returns how many they are.

    Streams: memory stays the same for a thousand members and for a hundred million.
    """
    sql = (files("sameboat.settlement") / "sql" / "snapshot.sql").read_text()
    rows = 0
    with arrow_database() as database, database.cursor() as cursor:
        cursor.execute(sql, parameters=(plan_id, lock_on, lock_at))
        with pq.ParquetWriter(to, SNAPSHOT, compression="zstd") as writer:
            for batch in cursor.fetch_record_batch():
                rows += batch.num_rows
                writer.write_batch(
                    pa.RecordBatch.from_arrays(
                        [batch.column(field.name).cast(field.type) for field in SNAPSHOT],
                        schema=SNAPSHOT,
                    ),
                    row_group_size=ROWS_A_BATCH,
                )
    return rows


@contextmanager
def arrow_database() -> Iterator[dbapi.Connection]:
    """A connection of its own that reads the database of this process as Arrow batches."""
    parameters = connection.get_connection_params()
    named = {
        key: str(parameters[key])
        for key in ("host", "port", "user", "password", "dbname")
        if parameters.get(key)
    }
    with dbapi.connect(make_conninfo(**named)) as database:
        yield database
