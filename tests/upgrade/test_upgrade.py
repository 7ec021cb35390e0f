"""A database that the first version filled is brought up to date: nothing is lost, all is well."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from upkeep.places import Place, new_place, url_of

PROGRAM = Path(__file__).with_name("at_0001.py")


def run(place: Place, verb: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(PROGRAM), verb],
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def rows_written() -> Counter[str]:
    """How many rows the file puts into each table."""
    text = gzip.decompress(PROGRAM.with_name("filled_at_0001.sql.gz").read_bytes()).decode()
    found: Counter[str] = Counter()
    for table, values in re.findall(
        r"^INSERT INTO public\.(\w+) .*? VALUES\n(.*?);\n\n", text, re.MULTILINE | re.DOTALL
    ):
        found[table] += len(re.findall(r"^\t\(", values, re.MULTILINE))
    return found


@pytest.mark.django_db
def test_what_the_first_version_wrote_is_there_and_right_after_the_upgrade(tmp_path: Path) -> None:
    with new_place(tmp_path / "upgraded") as place:
        run(place, "fill")
        # Somebody holds a table: the upgrade gives up soon, says why, and has changed nothing.
        with psycopg.connect(url_of(place.database)) as other:
            other.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
            blocked = place.call("migrate")
        assert blocked.returncode == 1
        assert "sameboat stop" in blocked.stderr
        upgraded = place.call("migrate")
        assert upgraded.returncode == 0, upgraded.stderr[-3000:]
        seen = json.loads(run(place, "see"))
    assert seen["findings"] == []
    written = rows_written()
    assert written["record_entry"] > 20
    assert {table: seen["rows"].get(table) for table in written} == dict(written)
