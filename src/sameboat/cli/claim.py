"""`sameboat claim`: the course of claims, and whether their documents are what was handed in.

No command opens a name, an illness or a word that somebody wrote: a shell is no reviewer's role.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Cell

from sameboat.claims import queries
from sameboat.claims.queries import Course, CourseLine
from sameboat.rules.claim import State
from sameboat.rules.money import yuan

app = typer.Typer(no_args_is_help=True, help="List and show claims, check their documents.")

JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command("list")
def list_claims(
    plan: Annotated[str, typer.Option(help="Only of this plan.")] = "",
    state: Annotated[
        State | None, typer.Option(help="Only in this state.", case_sensitive=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the newest claims: reference, plan, state, version and aid; nobody's name.

    Exit codes: 0 listed.

    Example: sameboat claim list --state published
    """
    lines = queries.courses(plan_id=plan, state=state)
    if as_json:
        _print_json([asdict(line) for line in lines])
        return
    table = Table("claim", "plan", "state", "version", "drafted", "aid (yuan)")
    for line in lines:
        table.add_row(*(Cell(text) for text in _cells(line)))
    Console().print(table)


@app.command("show")
def show(
    ref: Annotated[str, typer.Argument(help="The claim's reference (32 hex digits).")],
    as_json: JsonOption = False,
) -> None:
    """Show the course of one claim: checks, decisions, objections, entries of the record.

    Exit codes: 0 shown; 1 no such claim.

    Example: sameboat claim show 6f2a0c4be1d84f5c9a7b3e2d1c0f9a8b
    """
    course = queries.course(ref)
    if as_json:
        _print_json(asdict(course))
    else:
        _print_course(course)


@app.command("documents")
def documents(as_json: JsonOption = False) -> None:
    """Read every stored document and name those that are not what was handed in.

    Exit codes: 0 all are; 1 some were changed, swapped or lost.

    Example: sameboat claim documents
    """
    bad = queries.check_documents()
    if as_json:
        _print_json([asdict(document) for document in bad])
    else:
        for document in bad:
            print(
                f"{document.code}: {document.what} of {document.evidence}, claim {document.claim}"
            )
        if not bad:
            print("All stored documents are what was handed in.")
    raise typer.Exit(1 if bad else 0)


def _cells(line: CourseLine) -> tuple[str, ...]:
    aid = yuan(line.aid) if line.aid is not None else ""
    drafted = line.drafted_at.isoformat(timespec="minutes")
    return line.ref, line.plan, line.state.value, line.version, drafted, aid


def _print_course(course: Course) -> None:
    console = Console()
    console.print(Cell("  ".join(part for part in _cells(course.line) if part)))
    parts: list[tuple[str, tuple[tuple[object, ...], ...]]] = [
        ("evidence", course.evidence),
        ("check", course.checks),
        ("decision", course.decisions),
        ("objection", course.objections),
        ("record", tuple((e.seq, e.type, e.at.isoformat(), e.state) for e in course.history)),
    ]
    for name, rows in parts:
        for row in rows:
            console.print(Cell(f"{name}: " + "  ".join(str(value) for value in row)))
    if course.clause:
        console.print(Cell(f"declined under {course.clause}, appeal until {course.appeal_ends_at}"))


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
