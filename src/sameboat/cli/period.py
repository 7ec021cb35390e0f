"""`sameboat period`: what a plan's periods are at, and running what is due by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from sameboat.cli import language
from sameboat.payments import actions as payments
from sameboat.payments import agenda
from sameboat.payments import queries as paid
from sameboat.rules.money import yuan
from sameboat.runtime import clock
from sameboat.settlement import actions as settlement
from sameboat.settlement import queries
from sameboat.settlement.alone import alone
from sameboat.settlement.models import Period
from sameboat.settlement.waiting import Wait

app = typer.Typer(no_args_is_help=True)
PlanArgument = Annotated[str, typer.Argument(help="The plan's id.")]
DayArgument = Annotated[
    datetime, typer.Argument(formats=["%Y-%m-%d"], metavar="DAY", help="The publicity day.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
StageName = Literal[
    "lock", "snapshot", "close", "share", "certify", "announce",
    "notify", "collect", "warn", "retry", "close_cycle", "pay_out", "finish",
]  # fmt: skip
AMOUNTS = (
    "aid", "fee", "extra", "cost", "shareable", "carried_in", "recovered", "due", "each",
    "charged", "sponsored", "carried_out",
)  # fmt: skip


@app.command("list")
def list_periods(plan: PlanArgument, as_json: JsonOption = False) -> None:
    """List the periods of a plan, the newest first.

    Example: sameboat period list xiang-hu-bao
    """
    facts = [_facts(period) for period in queries.periods(plan)]
    if as_json:
        _print_json(facts)
        return
    table = Table(
        "publicity", "state", "debit", "sharing", "each", "charged", "collected", "unpaid"
    )
    for fact in facts:
        table.add_row(
            str(fact["publicity_on"]),
            str(fact["state"]),
            str(fact["debit_on"]),
            _count(fact["sharing"]),
            *(_yuan(fact[name]) for name in ("each", "charged", "collected", "unpaid")),
        )
    Console().print(table)


@app.command()
def show(plan: PlanArgument, publicity_on: DayArgument, as_json: JsonOption = False) -> None:
    """Show one period: its days, its amounts, what is done and what is due next.

    Example: sameboat period show xiang-hu-bao 2026-03-07
    """
    period = queries.period(plan, publicity_on.date())
    facts = _facts(period) | {"done": _done(period), "not_due": _not_due(period, clock.now())}
    if as_json:
        _print_json(facts)
        return
    table = Table(show_header=False)
    for name, value in facts.items():
        if isinstance(value, dict):
            continue
        table.add_row(
            name, _yuan(value) if name in (*AMOUNTS, "collected", "unpaid") else str(value)
        )
    console = Console()
    console.print(table)
    for stage, why in _not_due(period, clock.now()).items():
        console.print(f"{stage}: {why.sentence(language()) if why else 'due now'}", highlight=False)
    if period.settle_entry_hash is not None:
        for sentence in queries.working(period, language()):
            console.print(sentence, markup=False, highlight=False)


@app.command()
def advance(plan: PlanArgument, as_json: JsonOption = False) -> None:
    """Run everything that is due for a plan now, of settlement and payments.

    The worker does the same by itself. Refused while another process is at it.

    Example: sameboat period advance xiang-hu-bao
    """
    now = clock.now()
    done = settlement.advance(plan_id=plan, now=now)
    done += payments.advance(plan_id=plan, now=now, by_hand=True)
    if as_json:
        _print_json(done)
        return
    print("\n".join(done) if done else "Nothing is due.")


@app.command("run-stage")
def run_stage(
    plan: PlanArgument,
    publicity_on: DayArgument,
    stage: Annotated[StageName, typer.Argument(help="The stage to run.")],
) -> None:
    """Run one stage of one period, if it is due; exit code 1 says why it is not.

    Example: sameboat period run-stage xiang-hu-bao 2026-03-07 snapshot
    """
    call = _call(plan, publicity_on.date(), stage)
    with alone(call.purpose, plan):
        call.run()
    print(f"{publicity_on.date()} {stage}: done.")


@dataclass(frozen=True, slots=True)
class _Call:
    purpose: str
    run: Callable[[], object]


def _call(plan: str, publicity_on: date, stage: StageName) -> _Call:
    now = clock.now()
    if stage == "lock":
        return _Call(
            "settlement",
            lambda: settlement.lock(plan_id=plan, publicity_on=publicity_on, now=now),
        )
    period_id = queries.period(plan, publicity_on).pk
    if stage in settlement.STAGES:
        return _Call("settlement", lambda: settlement.STAGES[stage](period_id=period_id, now=now))
    return _Call("payments", lambda: payments.STAGES[stage](period_id=period_id, now=now))


def _facts(period: Period) -> dict[str, object]:
    """A period as commands print it; amounts in fen."""
    money = paid.collected(period)
    days = ("publicity_on", "publicity_ends_on", "debit_on", "retries_until", "payout_from")
    return {
        "plan": period.plan,
        "version": period.version,
        "state": period.state,
        **{name: getattr(period, name).isoformat() for name in days},
        "sharing": period.sharing,
        **{name: getattr(period, name) for name in AMOUNTS},
        "collected": money.collected if period.charged is not None else None,
        "unpaid": money.unpaid if period.charged is not None else None,
    }


def _done(period: Period) -> dict[str, str]:
    return {mark.stage: mark.done_at.isoformat() for mark in period.marks.order_by("pk")}


def _not_due(period: Period, now: datetime) -> dict[str, Wait | None]:
    """What each stage that is not done waits for; None where it can run."""
    next_one = queries.next_stage(period)
    if next_one is not None:
        return {next_one: queries.why_not_due(period, next_one, now)}
    return {stage: agenda.why_not_due(period, stage, now) for stage in agenda.STAGES}


def _yuan(value: object) -> str:
    return yuan(value) if isinstance(value, int) else "–"


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "–"


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False))
