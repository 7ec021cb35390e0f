"""`sameboat plan`: the catalogue, a plan with the source of every value, a file's problems."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Cell

from sameboat.cli import prepare_server
from sameboat.plans import catalogue
from sameboat.rules.money import Ratio, yuan
from sameboat.rules.rulebook import BadRulebook
from sameboat.rules.rulebook_keys import is_assumed, value_of
from sameboat.rules.terms import (
    BenefitRow,
    Exclusion,
    Grade,
    Illness,
    Plan,
    PlanTerms,
    Question,
    ShareClass,
    Text,
    Tier,
    WaitingStep,
)

app = typer.Typer(no_args_is_help=True, help="List, show, check and adopt rulebooks.")

_MONEY = frozenset(
    {
        "cap_per_claim",
        "cap_per_period",
        "cap_per_year",
        "amount",
        "bills_deductible",
        "total_max",
        "spending_min",
    }
)


class Lang(StrEnum):
    zh = "zh"
    en = "en"


LangOption = Annotated[Lang, typer.Option(help="Language of words: zh or en.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command("list")
def list_plans(lang: LangOption = Lang.en, as_json: JsonOption = False) -> None:
    """List the plans of the catalogue with their versions.

    Exit codes: 0 listed.

    Example: sameboat plan list --lang zh
    """
    plans = [catalogue.load(plan_id) for plan_id in catalogue.ids()]
    if as_json:
        _print_json([_summary(plan) for plan in plans])
        return
    headings = ("计划", "名称", "版本") if lang is Lang.zh else ("plan", "name", "versions")
    table = _table(headings)
    for plan in plans:
        versions = ", ".join(f"{terms.version} ({terms.effective_on})" for terms in plan.versions)
        table.add_row(Cell(plan.id), Cell(_said(plan.name, lang)), Cell(versions))
    Console().print(table)


@app.command("show")
def show(
    plan: Annotated[str, typer.Argument(help="Plan of the catalogue, or a rulebook file.")],
    version: Annotated[str, typer.Option(help="Version to show; without it the last.")] = "",
    lang: LangOption = Lang.en,
    as_json: JsonOption = False,
) -> None:
    """Show every value of a plan's version with its source, or why it was assumed.

    Exit codes: 0 shown; 1 the rulebook file has problems; 2 no such plan or version.

    Example: sameboat plan show xiang-hu-bao --version 2018-11
    """
    whole = _loaded(plan, lang=lang, as_json=as_json)
    terms = _version(whole, version, lang=lang)
    if as_json:
        _print_json(_in_full(whole, terms))
    else:
        _print_terms(whole, terms, lang)


@app.command("check")
def check(
    file: Annotated[str, typer.Argument(help="A rulebook file, or a plan of the catalogue.")],
    lang: LangOption = Lang.en,
    as_json: JsonOption = False,
) -> None:
    """Check a rulebook and name every problem at once: file, key, what is found and expected.

    Exit codes: 0 good; 1 there are problems; 2 no such file.

    Example: sameboat plan check my-plan.toml
    """
    target: str | Path = Path(file) if Path(file).is_file() else file
    plan = _loaded(target, lang=lang, as_json=as_json)
    if as_json:
        _print_json({"problems": [], **_summary(plan)})
        return
    number = len(plan.versions)
    good = (
        f"没有问题：{plan.id}，{number} 个版本"
        if lang is Lang.zh
        else (f"no problems: {plan.id}, {number} {'version' if number == 1 else 'versions'}")
    )
    typer.echo(f"{good}\nsha256 {plan.content_hash}")


@app.command("adopt")
def adopt(
    plan: Annotated[str, typer.Argument(help="Plan of the catalogue, or a rulebook file.")],
    lang: LangOption = Lang.en,
    as_json: JsonOption = False,
) -> None:
    """Take a rulebook into force on this installation; the evidence record names its hash.

    Adopting the same content again changes nothing. What was adopted before may not be changed or
    left out, and a new version must be announced long enough before it takes effect. There is no
    way back: members join under it.

    Exit codes: 0 adopted, also where it was before; 1 problems in the file, or refused; 2 no such
    plan.

    Example: sameboat plan adopt demo-xiaomi
    """
    target: str | Path = Path(plan) if Path(plan).is_file() else plan
    whole = _loaded(target, lang=lang, as_json=as_json)
    # The other commands of this group need the core alone.
    prepare_server("plan adopt")
    from sameboat.cli.database import start_database
    from sameboat.plans import actions
    from sameboat.runtime import clock

    start_database()
    adopted = actions.adopt(plan_id_or_path=target, now=clock.now())
    if as_json:
        entry = bytes(adopted.entry_hash).hex()
        at = adopted.adopted_at.isoformat()
        _print_json({**_summary(whole), "adopted_at": at, "entry_hash": entry})
        return
    said = "已采用" if lang is Lang.zh else "adopted"
    typer.echo(f"{said}: {whole.id}\nsha256 {whole.content_hash}")
    typer.echo(f"{'存证' if lang is Lang.zh else 'entry'} {bytes(adopted.entry_hash).hex()}")


def _loaded(plan: str | Path, *, lang: Lang, as_json: bool) -> Plan:
    """The plan; ends the command with 2 where there is none, with 1 where it has problems."""
    try:
        return catalogue.load(plan)
    except catalogue.UnknownPlan as refusal:
        raise _refused(refusal.explain(lang.value)) from None
    except OSError as error:
        raise _refused(str(error)) from None
    except BadRulebook as bad:
        if as_json:
            _print_json({"problems": [_plain("", problem) for problem in bad.problems]})
        else:
            for problem in bad.problems:
                typer.echo(problem.explain(lang.value))
            total = len(bad.problems)
            typer.echo(f"共 {total} 处问题" if lang is Lang.zh else f"problems: {total}", err=True)
        raise typer.Exit(1) from None


def _version(plan: Plan, version: str, *, lang: Lang) -> PlanTerms:
    for terms in reversed(plan.versions):
        if version in ("", terms.version):
            return terms
    known = ", ".join(terms.version for terms in plan.versions)
    if lang is Lang.zh:
        raise _refused(f"{plan.id} 没有版本 {version}。已有：{known}。")
    raise _refused(f"{plan.id} has no version {version}. It has: {known}.")


def _refused(words: str) -> typer.Exit:
    typer.echo(words, err=True)
    return typer.Exit(2)


def _summary(plan: Plan) -> dict[str, object]:
    return {
        "plan": plan.id,
        "name": _plain("", plan.name),
        "demonstration": plan.demonstration,
        "versions": [
            {"version": terms.version, "effective_on": terms.effective_on.isoformat()}
            for terms in plan.versions
        ],
        "content_hash": plan.content_hash,
    }


def _in_full(plan: Plan, terms: PlanTerms) -> dict[str, object]:
    values = [
        {
            "key": key,
            "value": _plain(key.rpartition(".")[2], value_of(terms, key)),
            "source": source,
            "assumed": is_assumed(source),
        }
        for key, source in terms.sources.items()
    ]
    assumed = sum(map(is_assumed, terms.sources.values()))
    return {
        "plan": plan.id,
        "name": _plain("", plan.name),
        "operator": _plain("", plan.operator),
        "currency": plan.currency,
        "timezone": plan.timezone,
        "demonstration": plan.demonstration,
        "disclosure_version": plan.disclosure_version,
        "disclosure": _plain("", plan.disclosure),
        "version": terms.version,
        "announced_on": terms.announced_on.isoformat(),
        "effective_on": terms.effective_on.isoformat(),
        "content_hash": plan.content_hash,
        "sourced": len(terms.sources) - assumed,
        "assumed": assumed,
        "values": values,
    }


def _plain(name: str, value: object) -> object:
    """A value as JSON knows it: money in yuan and rates as strings, days in ISO form."""
    if name in _MONEY and isinstance(value, int):
        return yuan(value)
    if isinstance(value, Ratio):
        return value.text()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain("", item) for item in value]
    if is_dataclass(value):
        return {each.name: _plain(each.name, getattr(value, each.name)) for each in fields(value)}
    return value


def _print_json(answer: object) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False))


def _print_terms(plan: Plan, terms: PlanTerms, lang: Lang) -> None:
    chinese = lang is Lang.zh
    console = Console()
    console.print(Cell(f"{_said(plan.name, lang)} · {plan.id} · {terms.version}", style="bold"))
    if plan.demonstration:
        console.print("演示计划" if chinese else "a demonstration plan")
    table = _table(("条款", "值", "出处") if chinese else ("key", "value", "source"))
    for key, source in terms.sources.items():
        shown = "\n".join(_lines(key.rpartition(".")[2], value_of(terms, key), lang))
        style = "yellow" if is_assumed(source) else ""
        table.add_row(Cell(key), Cell(shown), Cell(_source(source, lang), style=style))
    console.print(table)
    assumed = sum(map(is_assumed, terms.sources.values()))
    found = len(terms.sources) - assumed
    console.print(
        f"有出处 {found} 项，假定 {assumed} 项"
        if chinese
        else f"{found} values with a source, {assumed} assumed",
        highlight=False,
    )
    console.print(Cell(f"sha256 {plan.content_hash}"), soft_wrap=True)


def _source(source: str, lang: Lang) -> str:
    """The word says that a value is assumed; the colour only repeats it."""
    return source.replace("assumed: ", "假定：", 1) if lang is Lang.zh else source


def _lines(name: str, value: object, lang: Lang) -> Iterator[str]:
    """A value in words for people, a line for each of several."""
    if name == "illnesses" and isinstance(value, tuple):
        yield _counted(value, lang)
    elif isinstance(value, tuple):
        for item in value:
            yield from _lines("", item, lang)
        if not value:
            yield "–"
    else:
        yield _line(name, value, lang)


def _line(name: str, value: object, lang: Lang) -> str:
    chinese = lang is Lang.zh
    match value:
        case bool():
            return ("是" if value else "否") if chinese else ("yes" if value else "no")
        case None:
            return "无" if chinese else "none"
        case int() if name in _MONEY:
            return f"{yuan(value)} {'元' if chinese else 'yuan'}"
        case Ratio():
            return value.text()
        case BenefitRow():
            tier = f" {value.tier}" if value.tier else ""
            ages = f"{value.age_from_years}-{value.age_to_years}"
            amount = _line("amount", value.amount, lang)
            return f"{value.id}: {ages} {value.severity}{tier} {amount}"
        case ShareClass():
            ages = f"{value.age_from_years}-{value.age_to_years}"
            tier = "" if value.tier is None else f" {value.tier or '–'}"
            return f"{value.name}: {ages}{tier} × {Decimal(value.weight) / 1000}"
        case Grade():
            return f"≥ {value.at_least}: {value.rate.text()}"
        case WaitingStep():
            unit = "周岁起" if chinese else "years and older"
            return f"{value.from_years} {unit}: {value.days}"
        case Tier() | Exclusion():
            return f"{value.id or '–'}: {_said(value.text, lang)}"
        case Question():
            return _said(value.text, lang)
    return str(_plain(name, value))


def _counted(illnesses: tuple[Illness, ...], lang: Lang) -> str:
    confirmed = sum(illness.confirmed for illness in illnesses)
    if lang is Lang.zh:
        return f"{len(illnesses)} 项，其中 {confirmed} 项有据可查"
    return f"{len(illnesses)}, of which {confirmed} confirmed"


def _said(text: Text, lang: Lang) -> str:
    return text.zh if lang is Lang.zh else text.en


def _table(headings: tuple[str, ...]) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
