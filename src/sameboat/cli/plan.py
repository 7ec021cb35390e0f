"""`sameboat plan`: the catalogue, a plan with the source of every value, a file's problems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text as Cell

from sameboat.cli import prepare_server
from sameboat.cli.plan_words import Lang, lines, new_table, plain, said, source_words
from sameboat.plans import catalogue
from sameboat.rules.rulebook import BadRulebook
from sameboat.rules.rulebook_keys import is_assumed, value_of
from sameboat.rules.rulebook_schema import rulebook_schema
from sameboat.rules.terms import (
    Plan,
    PlanTerms,
)
from sameboat.rules.terms_diff import Change, changes_between

app = typer.Typer(no_args_is_help=True, help="List, show, check and adopt rulebooks.")


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
    rows = new_table(headings)
    for plan in plans:
        versions = ", ".join(f"{terms.version} ({terms.effective_on})" for terms in plan.versions)
        rows.add_row(Cell(plan.id), Cell(said(plan.name, lang)), Cell(versions))
    Console().print(rows)


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
    """Take a rulebook into force on a new installation; the evidence record names its hash.

    Alone this can be done only before there is staff. From then on a plan designer proposes a
    rulebook on the staff page "Plans" or by the API, and a supervisor, another person, adopts it.

    Adopting the same content again changes nothing. What was adopted before may not be changed or
    left out, and a new version must be announced long enough before it takes effect. There is no
    way back: members join under it. A plan whose end is announced gets no new terms.

    Exit codes: 0 adopted, also where it was before; 1 problems in the file, or refused; 2 no such
    plan.

    Example: sameboat plan adopt demo-xiaomi
    """
    target: str | Path = Path(plan) if Path(plan).is_file() else plan
    whole = _loaded(target, lang=lang, as_json=as_json)
    # The other commands of this group need the core alone.
    prepare_server("plan adopt")
    from sameboat.cli.database import start_database
    from sameboat.members.actions import adopt_before_staff
    from sameboat.runtime import clock

    start_database()
    adopted = adopt_before_staff(plan_id_or_path=target, now=clock.now())
    if as_json:
        entry = bytes(adopted.entry_hash).hex()
        at = adopted.adopted_at.isoformat()
        _print_json({**_summary(whole), "adopted_at": at, "entry_hash": entry})
        return
    said = "已采用" if lang is Lang.zh else "adopted"
    typer.echo(f"{said}: {whole.id}\nsha256 {whole.content_hash}")
    typer.echo(f"{'存证' if lang is Lang.zh else 'entry'} {bytes(adopted.entry_hash).hex()}")


@app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(help="Plan or file, with @VERSION; else the last.")],
    after: Annotated[str, typer.Argument(help="Another plan, file or version of it.")],
    lang: LangOption = Lang.en,
    as_json: JsonOption = False,
) -> None:
    """Say in words what changes for whom between two versions of terms, or two plans.

    Exit codes: 0 said; 1 a rulebook file has problems; 2 no such plan or version.

    Example: sameboat plan diff xiang-hu-bao@2018-10 xiang-hu-bao@2018-11
    """
    old, new = (_terms_named(each, lang=lang, as_json=as_json) for each in (before, after))
    changes = changes_between(old, new)
    if as_json:
        _print_json([{"key": one.key, **_sentences(one)} for one in changes])
        return
    for one in changes:
        typer.echo(one.sentence(lang.value))
    if not changes:
        typer.echo("没有变化。" if lang is Lang.zh else "Nothing changes.")


@app.command("copy")
def copy(
    plan: Annotated[str, typer.Argument(help="Plan of the catalogue, or a rulebook file.")],
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made where needed.")],
    lang: LangOption = Lang.en,
) -> None:
    """Copy a rulebook with its illness lists, as the beginning of one of your own.

    Exit codes: 0 copied; 2 no such plan, or a file is there already.

    Example: sameboat plan copy xiaomi-huzhu my-plan
    """
    try:
        files = catalogue.read(Path(plan) if Path(plan).is_file() else plan)
        there = [name for name in files if (folder / name).exists()]
        if there:
            listed = ", ".join(str(folder / name) for name in there)
            raise _refused(f"已存在：{listed}" if lang is Lang.zh else f"there already: {listed}")
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
            typer.echo(str(folder / name))
    except catalogue.UnknownPlan as refusal:
        raise _refused(refusal.explain(lang.value)) from None
    except OSError as error:
        raise _refused(str(error)) from None


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of rulebooks, with which an editor completes and checks them.

    Exit codes: 0 printed.

    Example: sameboat plan schema > rulebook.schema.json
    """
    typer.echo(json.dumps(rulebook_schema(), ensure_ascii=False, indent=2))


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
            _print_json({"problems": [plain("", problem) for problem in bad.problems]})
        else:
            for problem in bad.problems:
                typer.echo(problem.explain(lang.value))
            total = len(bad.problems)
            typer.echo(f"共 {total} 处问题" if lang is Lang.zh else f"problems: {total}", err=True)
        raise typer.Exit(1) from None


def _terms_named(named: str, *, lang: Lang, as_json: bool) -> PlanTerms:
    """The version that `PLAN@VERSION` names; without `@` the last one of the plan or file."""
    plan, _, version = (named, "", "") if Path(named).is_file() else named.partition("@")
    whole = _loaded(Path(plan) if Path(plan).is_file() else plan, lang=lang, as_json=as_json)
    return _version(whole, version, lang=lang)


def _sentences(change: Change) -> dict[str, str]:
    return {"zh": change.sentence("zh"), "en": change.sentence("en")}


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
        "name": plain("", plan.name),
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
            "value": plain(key.rpartition(".")[2], value_of(terms, key)),
            "source": source,
            "assumed": is_assumed(source),
        }
        for key, source in terms.sources.items()
    ]
    assumed = sum(map(is_assumed, terms.sources.values()))
    return {
        "plan": plan.id,
        "name": plain("", plan.name),
        "operator": plain("", plan.operator),
        "currency": plan.currency,
        "timezone": plan.timezone,
        "demonstration": plan.demonstration,
        "disclosure_version": plan.disclosure_version,
        "disclosure": plain("", plan.disclosure),
        "version": terms.version,
        "announced_on": terms.announced_on.isoformat(),
        "effective_on": terms.effective_on.isoformat(),
        "content_hash": plan.content_hash,
        "sourced": len(terms.sources) - assumed,
        "assumed": assumed,
        "values": values,
    }


def _print_json(answer: object) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False))


def _print_terms(plan: Plan, terms: PlanTerms, lang: Lang) -> None:
    chinese = lang is Lang.zh
    console = Console()
    console.print(Cell(f"{said(plan.name, lang)} · {plan.id} · {terms.version}", style="bold"))
    if plan.demonstration:
        console.print("演示计划" if chinese else "a demonstration plan")
    rows = new_table(("条款", "值", "出处") if chinese else ("key", "value", "source"))
    for key, source in terms.sources.items():
        shown = "\n".join(lines(key.rpartition(".")[2], value_of(terms, key), lang))
        style = "yellow" if is_assumed(source) else ""
        rows.add_row(Cell(key), Cell(shown), Cell(source_words(source, lang), style=style))
    console.print(rows)
    assumed = sum(map(is_assumed, terms.sources.values()))
    found = len(terms.sources) - assumed
    console.print(
        f"有出处 {found} 项，假定 {assumed} 项"
        if chinese
        else f"{found} values with a source, {assumed} assumed",
        highlight=False,
    )
    console.print(Cell(f"sha256 {plan.content_hash}"), soft_wrap=True)
