"""`sameboat share`: a period settled on a file of members, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sameboat.cli import language
from sameboat.cli.quote import Lang, json_line, money_fields, money_lines, print_refusal
from sameboat.cli.quote_request import Shelf, cost_of
from sameboat.rules.money import yuan
from sameboat.rules.quote import explain
from sameboat.runtime.refusals import Language, Refusal
from sameboat.settlement.member_files import COLUMNS, BadRow, BadRows, UnreadableMembers
from sameboat.settlement.on_files import FileShare, share_file


class MembersUnreadable(Refusal):
    """The file of members cannot be read as CSV or Parquet with the columns it needs."""

    code = "members_unreadable"
    en = "The members in {path} cannot be read: {why}. It needs the columns {columns}."
    zh = "无法从 {path} 读取成员：{why}。需要的列：{columns}。"


class OutUnwritable(Refusal):
    """The results cannot be written where they were asked for."""

    code = "share_out_unwritable"
    en = "The results cannot be written to {path}: {why}."
    zh = "无法把结果写入 {path}：{why}。"


class MembersBad(Refusal):
    """Rows of the file of members are wrong; each is told besides."""

    code = "share_bad_rows"
    en = "{count} values of {path} are wrong; nothing was written."
    zh = "{path} 中有 {count} 处错误；没有写入任何结果。"


def share(
    plan: Annotated[str, typer.Option(help="Plan of the catalogue, or a rulebook file.")],
    on: Annotated[str, typer.Option(help="Publicity day, as 2019-01-21.")],
    members: Annotated[Path, typer.Option(help="Members, a .csv or .parquet file.")],
    out: Annotated[Path, typer.Option(help="Folder for shares.parquet and debits.parquet.")],
    aid: Annotated[
        list[str] | None, typer.Option(help="Aid of one claim in yuan; once for each claim.")
    ] = None,
    carry: Annotated[str, typer.Option(help="Carried in from the period before, in yuan.")] = "0",
    extra: Annotated[str, typer.Option(help="Defaults, refunds, corrections, in yuan.")] = "0",
    recovered: Annotated[str, typer.Option(help="Money that came back, in yuan.")] = "0",
    explained: Annotated[
        bool, typer.Option("--explain", help="Show the working in words.")
    ] = False,
    lang: Annotated[
        Lang | None, typer.Option(help="Language of words; by default the terminal's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Share a period among the members of a file, by the settlement's own expressions.

    The file has the columns member, payer, born, joined_on, left_on, charged_this_year, tier and
    status. shares.parquet gets member, status and amount in fen; debits.parquet payer and amount
    in fen. docs/rules/share-files.md describes both.

    Exit codes: 0 shared; 1 the file has bad rows, each told with line, column and why, and nothing
    was written; 2 refused.

    Example: sameboat share --plan xiang-hu-bao --on 2019-01-21 --members members.parquet
    --aid 300000 --aid 300000 --out january
    """
    words = lang.value if lang else language()
    fields = {
        "plan": plan,
        "on": on,
        "aid": aid or [],
        "carry": carry,
        "extra": extra,
        "recovered": recovered,
    }
    try:
        cost = cost_of(fields, shelf=Shelf())
        found = share_file(
            members,
            plan=cost.plan,
            terms=cost.terms,
            on=cost.on,
            claims=cost.claims,
            carried_in=cost.carried_in,
            extra=cost.extra,
            recovered=cost.recovered,
            out=out,
        )
    except BadRows as bad:
        _print_bad_rows(bad, members, words=words, as_json=as_json)
        raise typer.Exit(1) from None
    except UnreadableMembers as bad:
        unreadable = MembersUnreadable(
            path=str(members)[:200], why=bad.why[:300], columns=", ".join(COLUMNS)
        )
        print_refusal(unreadable, words=words, as_json=as_json)
        raise typer.Exit(2) from None
    except Refusal as refusal:
        print_refusal(refusal, words=words, as_json=as_json)
        raise typer.Exit(2) from None
    except OSError as error:
        why = error.strerror or str(error)
        print_refusal(OutUnwritable(path=str(out), why=why), words=words, as_json=as_json)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json_line(_fields(found, words=words, explained=explained)))
    else:
        typer.echo("\n".join(_lines(found, words=words, explained=explained)))


def _fields(found: FileShare, *, words: Language, explained: bool) -> dict[str, object]:
    """The fields of a quote; `classes` counts members by status and amount instead of by weight."""
    fields = money_fields(found.quote) | {
        "classes": [
            {"status": one.status, "amount": yuan(one.amount), "members": one.members}
            for one in found.classes
        ],
        "payers": found.payers,
    }
    return fields | ({"working": explain(found.quote, words)} if explained else {})


def _lines(found: FileShare, *, words: Language, explained: bool) -> list[str]:
    lines = explain(found.quote, words) if explained else money_lines(found.quote)
    lines += [f"{one.status:<16}{yuan(one.amount):>14}{one.members:>16,}" for one in found.classes]
    return [*lines, f"{'payers':<16}{found.payers:>30,}"]


def _print_bad_rows(bad: BadRows, path: Path, *, words: Language, as_json: bool) -> None:
    refusal = MembersBad(path=str(path), count=bad.count)
    if not as_json:
        typer.echo(f"{refusal.code}: {refusal.explain(words)}", err=True)
        for row in bad.rows:
            typer.echo(
                f"{row.line}: {row.column or '-'}: {_why(row, words)}: {row.value!r}", err=True
            )
        return
    rows = [
        {"line": row.line, "column": row.column, "why": _why(row, words), "value": row.value}
        for row in bad.rows
    ]
    message = refusal.explain(words)
    fields = {"error": refusal.code, "message": message, "count": bad.count, "rows": rows}
    typer.echo(json_line(fields))


def _why(row: BadRow, words: Language) -> str:
    return row.why.zh if words == "zh" else row.why.en
