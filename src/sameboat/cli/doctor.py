"""`sameboat doctor`: what is wrong with this installation, in words."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from sameboat.cli import language, prepare_server
from sameboat.rules.terms import Text
from sameboat.runtime.refusals import Language, Refusal
from sameboat.upkeep.finding import Finding, Standing, wrong

MARKS = {
    Standing.GOOD: ("green", Text(zh="正常", en="good")),
    Standing.ATTENTION: ("yellow", Text(zh="注意", en="look")),
    Standing.WRONG: ("red", Text(zh="有误", en="wrong")),
}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Say what is wrong with this installation and what to do about it; nothing is changed.

    Looked at are settings, files and their modes, keys, disk, clock, address, database, tables,
    worker, jobs, record, periods, money, staff, gateways and backups. Money and record themselves
    are checked by `sameboat check`.

    Exit codes: 0 nothing is wrong, though something may deserve a look; 1 something is wrong.

    Example: sameboat doctor --json
    """
    found = list(_findings())
    if as_json:
        print(json.dumps([_plain(finding) for finding in found], ensure_ascii=False))
    else:
        _print(found, language())
    if any(finding.standing is Standing.WRONG for finding in found):
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    """The findings; settings with which nothing can start are one."""
    try:
        prepare_server("doctor")
        # A database that is away is a finding here, and not to be told six times over.
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
        from sameboat.runtime import clock
        from sameboat.upkeep.doctor import Moment, examine

        yield from examine(Moment(now=clock.now(), by_the_machine=clock.by_the_machine()))
    except Refusal as refusal:
        yield wrong("settings", zh=refusal.explain("zh"), en=refusal.explain("en"))


def _print(found: list[Finding], spoken: Language) -> None:
    console = Console(soft_wrap=True)
    for finding in found:
        colour, mark = MARKS[finding.standing]
        console.print(f"[{colour}]{_said(mark, spoken):<6}[/{colour}]", end="", highlight=False)
        text = f"{finding.about}: {_said(finding.told, spoken)}"
        console.print(text, markup=False, highlight=False)


def _plain(finding: Finding) -> dict[str, str]:
    told = {"zh": finding.told.zh, "en": finding.told.en}
    return {"about": finding.about, "standing": finding.standing.value, **told}


def _said(text: Text, spoken: Language) -> str:
    return text.zh if spoken == "zh" else text.en
