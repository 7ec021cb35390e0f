"""Nothing that somebody said or showed stands readable anywhere: not in a table, its log, a file,
a queue, a backup, the record or a receipt.

An installation of its own is lived through with planted words, over HTTP alone, by the API and on
the pages; then every byte that it left is searched.
"""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import psycopg

from privacy.forms import typed
from privacy.installation import Installation, installed
from privacy.journey import PLAN, START, Journey, staff_of_the_installation
from privacy.planted import ILL, PERSONAL, TEXTS
from privacy.scanner import Hit, scan, written
from sameboat.runtime import postgres
from sameboat.runtime.keys import KeyStore


def test_what_was_planted_is_found_nowhere(tmp_path: Path) -> None:
    data, backup, receipts = (tmp_path / name for name in ("data", "backup", "receipts"))
    staff = staff_of_the_installation()
    with installed(data, at=START, plan=PLAN, staff=staff) as installation:
        secrets = _lived_through(installation, backup, receipts)
    words = {
        **{what: written(text, guessable=True) for what, text in PERSONAL.items()},
        **{what: written(text) for what, text in {**TEXTS, **secrets}.items()},
    }
    assert len(list(receipts.glob("*.tlog-proof"))) > 20
    assert scan(data, words) == []
    assert scan(backup, words) == []
    assert scan(receipts, words) == []
    # Could the search have found anything? A name that is leaked, it does.
    _leaked(installation, backup)
    hits = [*scan(data, words), *scan(backup, words)]
    assert _places(hits) == {"table", "log", "backup"}


def _lived_through(installation: Installation, backup: Path, receipts: Path) -> dict[str, str]:
    """Live through everything, with backups on the way; the codes and tokens that were told."""
    with installation.client() as api:
        journey = Journey(api)
        journey.everybody_joins()
        installation.dump(backup / "joined.sql")
        journey.two_claim()
        journey.one_is_believed_and_one_is_not()
        typed(installation, journey)
        installation.dump(backup / "decided.sql")
        journey.one_is_doubted()
        journey.the_period_is_settled_and_paid()
        receipts.mkdir()
        for name, text in journey.receipts():
            (receipts / name).write_text(text, encoding="utf-8")
    _backed_up(installation, backup)
    _record_written_out(installation, receipts / "record.entries")
    return journey.secrets


def _backed_up(installation: Installation, backup: Path) -> None:
    """The database and the key store, as an operator backs them up."""
    installation.dump(backup / "end.sql")
    master_key = b64decode((installation.data_dir / "secrets" / "master.key").read_bytes())
    store = KeyStore(installation.data_dir / "keystore" / "keys.sqlite3", master_key)
    store.backup(backup / "keys.sqlite3")


def _record_written_out(installation: Installation, to: Path) -> None:
    """Every entry of the record, as it was signed."""
    with psycopg.connect(postgres.url(data_dir=installation.data_dir)) as connection:
        rows = connection.execute("SELECT content FROM record_entry ORDER BY id").fetchall()
    assert rows
    to.write_bytes(b"\n".join(bytes(row[0]) for row in rows))


def _leaked(installation: Installation, backup: Path) -> None:
    """A name really is written into the database."""
    url = postgres.start(data_dir=installation.data_dir, fsync=False)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE leak (who text)")
            connection.execute("INSERT INTO leak VALUES (%s)", [ILL.name])
            connection.execute("CHECKPOINT")
        installation.dump(backup / "leak.sql")
    finally:
        postgres.stop(data_dir=installation.data_dir)


def _places(hits: list[Hit]) -> set[str]:
    """The table, its log or a backup; each hit is of the name that was leaked."""
    assert {hit.what for hit in hits} == {f"name of {ILL.name}"}
    folders = {"base": "table", "pg_wal": "log", "leak.sql": "backup"}
    return {folders[part] for hit in hits for part in Path(hit.file).parts if part in folders}
