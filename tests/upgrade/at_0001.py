"""Run in an empty database: `fill` makes it as the first version did; `see` tells what it holds.

The rows were written by the program itself at its first schema: a plan after Xiang Hu Bao with a
claim settled, debited, tried again and paid, and one payer who still owes. Made anew only together
with a new first schema, which there will not be: migrations stack.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import django

ROWS = Path(__file__).with_name("filled_at_0001.sql.gz")
OURS = (
    "runtime", "gateways", "record", "books", "identity",
    "plans", "members", "claims", "settlement", "payments",
)  # fmt: skip


def fill() -> None:
    """The first tables of every package, and rows in them."""
    from django.core.management import call_command
    from django.db import connection, transaction

    for app in OURS:
        call_command("migrate", app, "0001_initial", verbosity=0)
    with transaction.atomic(), connection.cursor() as cursor:
        # Rows come in the order of their tables, not of what they refer to.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(gzip.decompress(ROWS.read_bytes()).decode(), None)


def see() -> None:
    """Write how many rows the first tables hold, and what the checks find."""
    from django.db import connection

    from sameboat.record.check import check_log
    from sameboat.runtime.checks import sql_checks

    with connection.cursor() as cursor:
        counted = {}
        for name in sorted(connection.introspection.table_names(cursor)):
            if name.startswith(tuple(f"{app}_" for app in OURS)):
                cursor.execute(f'SELECT count(*) FROM "{name}"')
                counted[name] = cursor.fetchone()[0]
    findings = [f"{done.name}: {each}" for done in sql_checks() for each in done.findings]
    findings += [str(finding) for finding in check_log().findings]
    sys.stdout.write(json.dumps({"rows": counted, "findings": findings}))


if __name__ == "__main__":
    django.setup()
    {"fill": fill, "see": see}[sys.argv[1]]()
