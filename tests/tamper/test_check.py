"""Flip one byte of a stored entry or document: `check`, `record verify` and `verify` say where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from django.db import connection, transaction
from typer.testing import CliRunner, Result

from sameboat.claims.models import Evidence
from sameboat.claims.queries import check_documents
from sameboat.cli.check import check
from sameboat.cli.record import app as record
from sameboat.record.models import Entry
from sameboat.runtime.settings import settings
from tamper.proofs import Settled, evidence_entry, exported, settled, verify

pytestmark = pytest.mark.django_db(transaction=True)


@transaction.atomic
def flip_entry(entry: Entry, at: int) -> None:
    """Behind the application's back: no trigger fires."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE record_entry SET content = set_byte(content, %s, get_byte(content, %s) # 1)"
            " WHERE id = %s",
            [at, at, entry.pk],
        )
        assert cursor.rowcount == 1


def flip_file(key: str, at: int) -> None:
    path = settings().data_dir / "files" / key
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def checked() -> dict[str, list[str]]:
    """What `sameboat check --json` finds wrong, by check; its exit code agrees."""
    command = typer.Typer()
    command.command()(check)
    result = CliRunner().invoke(command, ["--json"])
    report = json.loads(result.stdout)
    wrong = {one["name"]: one["findings"] for one in report["checks"] if one["findings"]}
    assert report["good"] is (not wrong)
    assert result.exit_code == (1 if wrong else 0)
    return wrong


def record_verified() -> Result:
    return CliRunner().invoke(record, ["verify"])


def test_a_flipped_byte_is_named_by_its_place(tmp_path: Path) -> None:
    found = settled()
    assert checked() == {}
    assert record_verified().exit_code == 0
    _an_entry(found, tmp_path)
    _a_document(found)


def _an_entry(found: Settled, folder: Path) -> None:
    evidence = Evidence.objects.filter(claim=found.claim).latest("id")
    entry = evidence_entry(evidence)
    middle = len(bytes(entry.content)) // 2
    flip_entry(entry, middle)
    (told,) = checked()["record.log"]
    assert told.startswith(f"entry {entry.index}: ")
    result = record_verified()
    assert result.exit_code == 1
    assert f"entry {entry.index}: " in result.stdout
    # Whoever is handed the changed entry is told too.
    verdict = verify(exported(folder, found), 1)
    assert verdict.exit_code == 1
    assert "NOT VERIFIED" in verdict.output
    flip_entry(entry, middle)
    assert record_verified().exit_code == 0


def _a_document(found: Settled) -> None:
    evidence = Evidence.objects.filter(claim=found.claim).earliest("id")
    for what, key in (("original", evidence.original_key), ("viewing", evidence.viewing_key)):
        size = (settings().data_dir / "files" / key).stat().st_size
        for at in (0, 5, size - 1):
            flip_file(key, at)
            assert [(bad.evidence, bad.what) for bad in check_documents()] == [(evidence.ref, what)]
            flip_file(key, at)
        flip_file(key, size // 2)
        assert checked() == {"claims.documents": [f"{what} of {evidence.ref}: document_tampered"]}
        flip_file(key, size // 2)
    assert check_documents() == []
