"""`sameboat prune`: delete now what is kept no longer."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from sameboat.runtime import clock
from sameboat.upkeep import forgetting


def prune(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Delete what is kept no longer: old answers, sessions, failed jobs, identity outcomes.

    The worker does it each night by itself. Nothing of a claim, of money or of the record is ever
    deleted.

    Exit codes: 0 done.

    Example: sameboat prune --json
    """
    told = asdict(forgetting.forget(now=clock.now()))
    if as_json:
        print(json.dumps(told))
    else:
        for name, number in told.items():
            print(f"{name.replace('_', ' ')}: {number:,}")
