"""`sameboat check`: whether money, members, claims and record are what they must be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from sameboat.claims.queries import check_documents
from sameboat.record.check import check_log
from sameboat.runtime.checks import Check, sql_checks
from sameboat.settlement.checks import check_files

ROWS_SHOWN_MAX = 5


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
    yield from sql_checks()
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


def _print(console: Console, done: Check) -> None:
    mark = "[red]wrong[/red]" if done.findings else "[green]good[/green]"
    console.print(f"{mark}  {done.name}: ", end="", highlight=False)
    console.print(done.sentence, markup=False, highlight=False)
    for finding in done.findings[:ROWS_SHOWN_MAX]:
        console.print(f"       {finding}", markup=False, highlight=False)
    if len(done.findings) > ROWS_SHOWN_MAX:
        console.print(f"       … and {len(done.findings) - ROWS_SHOWN_MAX} more", highlight=False)
