"""`sameboat check`: whether money, members, claims and record are what they must be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

import typer
from django.db import connection, transaction
from rich.console import Console

from sameboat.claims.queries import check_documents
from sameboat.record.check import check_log
from sameboat.settlement.checks import check_files

ROWS_SHOWN_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked."""

    name: str
    """`<package>.<what must hold>`."""
    sentence: str
    findings: tuple[str, ...]
    """What is wrong, a line each; empty if nothing is."""


def check(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Check every invariant of money, members, claims and record; exit code 1 names what is wrong.

    Nothing is changed. Every statement `check_*.sql` must find no row; besides, the whole record is
    computed again, every stored document is read, and the files of each period are compared with
    what was charged.

    Exit codes: 0 all is well; 1 something is wrong.

    Example: sameboat check --json
    """
    console, checks = Console(), []
    for done in run_checks():
        checks.append(done)
        if not as_json:
            _print(console, done)
    wrong = [done for done in checks if done.findings]
    if as_json:
        print(json.dumps({"good": not wrong, "checks": [asdict(done) for done in checks]}))
    else:
        console.print(f"{len(checks)} checks, {len(wrong)} found something.", highlight=False)
    if wrong:
        raise typer.Exit(1)


def run_checks() -> Iterator[Check]:
    """Every check, one after the other, in a fixed order."""
    for place in _statements():
        yield _run(place)
    yield Check(
        name="settlement.files",
        sentence="The files of each settled period are what was charged.",
        findings=tuple(check_files()),
    )
    yield Check(
        name="claims.documents",
        sentence="Every stored document is what was handed in.",
        findings=tuple(f"{bad.what} of {bad.evidence}: {bad.code}" for bad in check_documents()),
    )
    yield Check(
        name="record.log",
        sentence="The record is what its entries give, computed again.",
        findings=tuple(str(finding) for finding in check_log().findings),
    )


def _statements() -> list[Traversable]:
    """The files `<package>/sql/check_*.sql`, by package and name."""
    folders = [each / "sql" for each in files("sameboat").iterdir() if (each / "sql").is_dir()]
    found = [file for folder in folders for file in folder.iterdir()]
    chosen = [file for file in found if file.name.startswith("check_")]
    return sorted(chosen, key=str)


def _run(place: Traversable) -> Check:
    """Run one statement, which may read only; each row that it finds is wrong."""
    sql = place.read_text(encoding="utf-8")
    first, _, _ = sql.partition("\n")
    assert first.startswith("-- "), f"{place} does not begin with a sentence"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        # Without parameters a % is a %.
        cursor.execute(sql, None)
        names = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    package = str(place).replace("\\", "/").split("/")[-3]
    return Check(
        name=f"{package}.{place.name.removeprefix('check_').removesuffix('.sql')}",
        sentence=first.removeprefix("-- "),
        findings=tuple(_row(names, row) for row in rows),
    )


def _row(names: list[str], row: tuple[object, ...]) -> str:
    cells = zip(names, row, strict=True)
    return ", ".join(f"{name} {_cell(value)}" for name, value in cells)


def _cell(value: object) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def _print(console: Console, done: Check) -> None:
    mark = "[red]wrong[/red]" if done.findings else "[green]good[/green]"
    console.print(f"{mark}  {done.name}: ", end="", highlight=False)
    console.print(done.sentence, markup=False, highlight=False)
    for finding in done.findings[:ROWS_SHOWN_MAX]:
        console.print(f"       {finding}", markup=False, highlight=False)
    if len(done.findings) > ROWS_SHOWN_MAX:
        console.print(f"       … and {len(done.findings) - ROWS_SHOWN_MAX} more", highlight=False)
