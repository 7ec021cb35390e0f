"""`sameboat replay`: published periods, computed again row by row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Cell

from sameboat.cli import language
from sameboat.cli.quote import Lang, json_line, print_refusal
from sameboat.cli.quote_request import Shelf
from sameboat.rules.money import FEN_PER_YUAN, Fen, Ratio, parse_yuan, yuan
from sameboat.rules.terms import Plan, Text
from sameboat.rules.versions import NoVersionInForce, version_in_force
from sameboat.runtime.refusals import Language, Refusal
from sameboat.simulation.replay import Published, Replayed, Span, Verdict, counts, replay

NEEDED = (
    "publicity_date",
    "members_sharing",
    "aided_count",
    "aid_total_yuan",
    "share_per_member_yuan",
)
ROWS_MAX = 100_000
BAD_VALUES_SHOWN_MAX = 20

SAID: dict[Verdict, Text] = {
    "equal": Text(zh="相符", en="equal"),
    "possible": Text(zh="可能", en="possible"),
    "contradicted": Text(zh="不符", en="contradicted"),
    "without_share": Text(zh="未公布分摊", en="without share"),
    "borne": Text(zh="由平台承担", en="borne by the platform"),
    "incomplete": Text(zh="公布不全", en="incomplete"),
}
HEADINGS = (
    Text(zh="期次", en="period"),
    Text(zh="分摊人数", en="members"),
    Text(zh="公布", en="published"),
    Text(zh="计算", en="computed"),
    Text(zh="结论", en="verdict"),
    Text(zh="说明", en="what follows"),
)


class PeriodsUnreadable(Refusal):
    """The file is no CSV of periods."""

    code = "replay_unreadable"
    en = "The periods in {path} cannot be read: {why}. A heading must name {columns}."
    zh = "无法从 {path} 读取各期数据：{why}。表头须有 {columns}。"


class PeriodsBad(Refusal):
    """Rows of the file are wrong; each is told besides."""

    code = "replay_bad_rows"
    en = "{count} values of {path} are wrong."
    zh = "{path} 中有 {count} 处错误。"


class SharesByWeight(Refusal):
    """The plan shares by weight, and a published period does not say who has which."""

    code = "replay_by_weight"
    en = "“{plan}” shares by weight; a published period does not tell how many have which weight."
    zh = "“{plan}”按权重分摊；公布的数据不含各权重的人数，无法计算。"


@dataclass(frozen=True, slots=True)
class BadValue:
    """One value of the file that cannot be read."""

    line: int
    column: str
    why: str


class BadValues(Exception):
    """Values of the file cannot be read."""

    def __init__(self, values: list[BadValue]) -> None:
        self.values = values
        super().__init__(f"{len(values)} bad values")


def replay_file(
    file: Annotated[Path, typer.Argument(help="A CSV of published periods.")],
    plan: Annotated[
        str, typer.Option(help="Plan of the catalogue, or a rulebook file.")
    ] = "xiang-hu-bao",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 if a period is contradicted.")
    ] = False,
    lang: Annotated[
        Lang | None, typer.Option(help="Language of words; by default the terminal's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Compute published periods again, row by row, by the rules of a plan.

    The heading names publicity_date, members_sharing, aided_count, aid_total_yuan and
    share_per_member_yuan, and may name period_label, fee_rate and source; a value that was not
    published is left empty. Where the aid is missing, the printed share tells between which
    bounds it was. docs/rules/replay.md explains the verdicts.

    Exit codes: 0 computed; 1 values of the file are wrong, or with --strict a period is
    contradicted; 2 refused.

    Example: sameboat replay xhb_periods.csv --plan xiang-hu-bao
    """
    words = lang.value if lang else language()
    try:
        replayed = _replayed(file, Shelf().plan(plan))
    except BadValues as bad:
        _print_bad_values(bad, file, words=words, as_json=as_json)
        raise typer.Exit(1) from None
    except Refusal as refusal:
        print_refusal(refusal, words=words, as_json=as_json)
        raise typer.Exit(2) from None
    if as_json:
        rows = [_fields(one) for one in replayed]
        typer.echo(json_line({"plan": plan, "rows": rows, "verdicts": counts(replayed)}))
    else:
        _print_table(replayed, words)
    if strict and counts(replayed)["contradicted"]:
        raise typer.Exit(1)


# Reading


def _replayed(file: Path, plan: Plan) -> list[Replayed]:
    found: list[Replayed] = []
    bad: list[BadValue] = []
    for line, row in _rows(file):
        wrong, published = _published(line, row)
        if published is None:
            bad += wrong
            continue
        try:
            terms = version_in_force(plan, published.on)
        except NoVersionInForce as none:
            why = f"before the first version of {plan.id} ({none.first_on})"
            bad.append(BadValue(line, "publicity_date", why))
            continue
        if terms.sharing.classes:
            raise SharesByWeight(plan=plan.id)
        found.append(replay(published, terms))
    if bad:
        raise BadValues(bad)
    return found


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows by column, each with its line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, restkey="", restval="", strict=True)
            missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise _unreadable(file, f"no column {', '.join(missing)}")
            for number, row in enumerate(reader):
                if number >= ROWS_MAX:
                    raise _unreadable(file, f"more than {ROWS_MAX} rows")
                if "" in row:
                    raise _unreadable(file, f"line {reader.line_num} has too many values")
                yield reader.line_num, row
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise _unreadable(file, "not UTF-8") from None
    except csv.Error as error:
        raise _unreadable(file, str(error)) from None


def _unreadable(file: Path, why: str) -> PeriodsUnreadable:
    return PeriodsUnreadable(path=str(file)[:200], why=why[:200], columns=", ".join(NEEDED))


Value = TypeVar("Value")


def _published(line: int, row: dict[str, str]) -> tuple[list[BadValue], Published | None]:
    """A row as a published period; what is wrong with it instead, where something is."""
    wrong: list[BadValue] = []

    def read(column: str, parse: Callable[[str], Value]) -> Value | None:
        text = row.get(column, "").strip()
        try:
            return parse(text) if text else None
        except ValueError:
            wrong.append(BadValue(line, column, f"cannot be read: {text[:60]!r}"))
            return None

    on = read("publicity_date", date.fromisoformat)
    if on is None and not wrong:
        wrong.append(BadValue(line, "publicity_date", "is missing"))
    published = Published(
        label=row.get("period_label", "").strip() or str(on),
        on=on or date.min,
        members=read("members_sharing", _count),
        aided=read("aided_count", _count),
        aid=read("aid_total_yuan", _money),
        fee_rate=read("fee_rate", Ratio.parse),
        share=read("share_per_member_yuan", _money),
        source=row.get("source", "").strip(),
    )
    return wrong, None if wrong else published


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise ValueError(text)
    return int(text)


def _money(text: str) -> Fen:
    found = parse_yuan(text)
    if found < 0:
        raise ValueError(text)
    return found


# Writing


def _fields(one: Replayed) -> dict[str, object]:
    published = one.published
    return {
        "period": published.label,
        "on": published.on.isoformat(),
        "version": one.version,
        "members": published.members,
        "aided": published.aided,
        "aid": _yuan(published.aid),
        "published": _yuan(published.share),
        "computed": _yuan(one.computed),
        "verdict": one.verdict,
        "carry_needed": _yuan(one.carry_needed),
        "implied_aid": _span(one.aid),
        "implied_mean": _span(one.mean),
        "benefit": _span(one.benefit),
        "source": published.source,
    }


def _yuan(amount: Fen | None) -> str | None:
    return None if amount is None else yuan(amount)


def _span(span: Span | None) -> dict[str, str | None] | None:
    return None if span is None else {"least": yuan(span.least), "most": _yuan(span.most)}


def _print_table(replayed: Sequence[Replayed], words: Language) -> None:
    table = Table()
    for number, heading in enumerate(HEADINGS):
        is_number, is_last = number in (1, 2, 3), number == len(HEADINGS) - 1
        table.add_column(
            _said(heading, words),
            justify="right" if is_number else "left",
            no_wrap=not is_last,
            overflow="fold",
        )
    for one in replayed:
        members = one.published.members
        table.add_row(
            *map(
                Cell,
                (
                    one.published.label,
                    "-" if members is None else f"{members:,}",
                    _yuan(one.published.share) or "-",
                    _yuan(one.computed) or "-",
                    _said(SAID[one.verdict], words),
                    _what_follows(one, words),
                ),
            )
        )
    console = Console()
    console.print(table)
    found = counts(replayed)
    parts = [
        f"{found[verdict]} {_said(SAID[verdict], words)}" for verdict in found if found[verdict]
    ]
    console.print(Cell("，".join(parts) if words == "zh" else ", ".join(parts)))


def _what_follows(one: Replayed, words: Language) -> str:
    """The bounds that the printed share sets, or what the difference is."""
    said = Text(zh="", en="")
    if one.mean is not None and one.benefit is not None:
        mean, benefit = _whole_yuan(one.mean), _whole_yuan(one.benefit)
        said = Text(
            zh=f"每笔平均 {mean} 元；条款为 {benefit} 元",
            en=f"{mean} a claim; the table gives {benefit}",
        )
    elif one.aid is not None:
        aid = _whole_yuan(one.aid)
        said = Text(zh=f"互助金合计 {aid} 元", en=f"{aid} of aid")
    elif one.carry_needed is not None:
        carry = yuan(one.carry_needed)
        said = Text(zh=f"须转入结余至少 {carry} 元", en=f"if {carry} or more was carried in")
    elif one.verdict == "borne" and one.computed is not None:
        nominal = yuan(one.computed)
        said = Text(zh=f"否则每人 {nominal} 元", en=f"else {nominal} each")
    return _said(said, words)


def _whole_yuan(span: Span) -> str:
    """Bounds in whole yuan: a printed share says no more about them."""
    least, most = (
        "∞" if fen is None else f"{(fen + FEN_PER_YUAN // 2) // FEN_PER_YUAN:,}"
        for fen in (span.least, span.most)
    )
    return f"{least}–{most}"


def _print_bad_values(bad: BadValues, file: Path, *, words: Language, as_json: bool) -> None:
    refusal = PeriodsBad(path=str(file), count=len(bad.values))
    shown = bad.values[:BAD_VALUES_SHOWN_MAX]
    if as_json:
        rows = [{"line": one.line, "column": one.column, "why": one.why} for one in shown]
        message = refusal.explain(words)
        typer.echo(json_line({"error": refusal.code, "message": message, "rows": rows}))
        return
    typer.echo(f"{refusal.code}: {refusal.explain(words)}", err=True)
    for one in shown:
        typer.echo(f"{one.line}: {one.column}: {one.why}", err=True)


def _said(text: Text, words: Language) -> str:
    return text.zh if words == "zh" else text.en
