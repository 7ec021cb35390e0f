"""`sameboat quote`: a period from numbers alone, once or by the thousand."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from sameboat.cli import language
from sameboat.cli.quote_request import (
    LINE_BYTES_MAX,
    Shelf,
    answer,
    counts_of,
    read_line,
    waived_of,
)
from sameboat.rules.money import yuan
from sameboat.rules.quote import Quote, classes_of, explain
from sameboat.runtime.refusals import Language, Refusal


class Lang(StrEnum):
    zh = "zh"
    en = "en"


class BatchMissing(Refusal):
    """The file of a batch cannot be read."""

    code = "quote_batch_missing"
    en = "The file {path} cannot be read: {why}."
    zh = "无法读取文件 {path}:{why}。"


class BatchAlone(Refusal):
    """A batch was asked for together with the fields of one request."""

    code = "quote_batch_alone"
    en = "The lines of a batch say everything themselves: leave out {options}."
    zh = "批量文件的每行已包含全部内容：请去掉 {options}。"


def quote(
    plan: Annotated[str, typer.Option(help="Plan of the catalogue, or a rulebook file.")] = "",
    on: Annotated[str, typer.Option(help="Publicity day, as 2019-01-21.")] = "",
    members: Annotated[
        int | None, typer.Option(help="Sharing members, after every exclusion.")
    ] = None,
    aid: Annotated[
        list[str] | None, typer.Option(help="Aid of one claim in yuan; once for each claim.")
    ] = None,
    carry: Annotated[str, typer.Option(help="Carried in from the period before, in yuan.")] = "0",
    extra: Annotated[str, typer.Option(help="Defaults, refunds, corrections, in yuan.")] = "0",
    recovered: Annotated[str, typer.Option(help="Money that came back, in yuan.")] = "0",
    class_: Annotated[
        list[str] | None,
        typer.Option("--class", help="NAME:COUNT, for plans that share by weight."),
    ] = None,
    sponsor_waived: Annotated[
        list[str] | None,
        typer.Option(help="N members charged 0 at the sponsor's cost; NAME:N with classes."),
    ] = None,
    batch: Annotated[
        str, typer.Option(help="Read JSON lines from a file, or from - (standard input).")
    ] = "",
    explained: Annotated[
        bool, typer.Option("--explain", help="Show the working in words.")
    ] = False,
    lang: Annotated[
        Lang | None, typer.Option(help="Language of words; by default the terminal's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Compute what a period costs each member, from numbers alone.

    Nobody has been charged anything yet in the year of the quote.

    Exit codes: 0 answered; 1 a batch had bad lines, each answered with its number and error;
    2 refused.

    Example: sameboat quote --plan xiang-hu-bao --on 2019-01-21 --members 23000000
    --aid 300000 --aid 300000 --explain
    """
    words = lang.value if lang else language()
    try:
        if batch:
            given = {
                "--plan": plan,
                "--on": on,
                "--members": members is not None,
                "--aid": aid,
                "--class": class_,
                "--sponsor-waived": sponsor_waived,
            }
            _refuse_beside_batch(tuple(name for name, value in given.items() if value))
            raise typer.Exit(_run_batch(batch, words=words, explained=explained))
        fields: dict[str, object] = {
            "plan": plan,
            "on": on,
            "aid": aid or [],
            "carry": carry,
            "extra": extra,
            "recovered": recovered,
        }
        fields |= {"members": members} if members is not None else {}
        fields |= {"classes": counts_of("--class", class_)} if class_ else {}
        fields |= {"waived": waived_of(sponsor_waived)} if sponsor_waived else {}
        quoted = answer(fields, shelf=Shelf())
    except Refusal as refusal:
        print_refusal(refusal, words=words, as_json=as_json)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json_line(_fields_of(quoted, words=words, explained=explained)))
    else:
        typer.echo("\n".join(_in_words(quoted, words=words, explained=explained)))


def answers(
    lines: Iterable[bytes], *, words: Language = "en", explained: bool = False
) -> Iterator[tuple[bool, str]]:
    """Answer JSON lines with JSON lines, each with whether it was good. Empty lines are passed."""
    shelf = Shelf()
    for number, line in enumerate(lines, start=1):
        if not line.strip() and len(line) < LINE_BYTES_MAX:
            continue
        try:
            quoted = answer(read_line(line), shelf=shelf)
        except Refusal as refusal:
            yield False, json_line({"line": number, **_refusal_fields(refusal, words=words)})
        else:
            yield True, json_line(_fields_of(quoted, words=words, explained=explained))


def _refuse_beside_batch(options: tuple[str, ...]) -> None:
    if options:
        raise BatchAlone(options=", ".join(options))


def _run_batch(path: str, *, words: Language, explained: bool) -> int:
    bad_lines = 0
    with ExitStack() as stack:
        source: BinaryIO = sys.stdin.buffer
        if path != "-":
            try:
                source = stack.enter_context(Path(path).open("rb"))
            except OSError as error:
                raise BatchMissing(path=path, why=error.strerror or str(error)) from None
        for is_good, text in answers(_lines(source), words=words, explained=explained):
            bad_lines += not is_good
            sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return 1 if bad_lines else 0


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long only the beginning, which is refused."""
    while line := source.readline(LINE_BYTES_MAX):
        yield line
        while not line.endswith(b"\n") and len(line) == LINE_BYTES_MAX:
            line = source.readline(LINE_BYTES_MAX)


# Writing the answer


def money_fields(quoted: Quote) -> dict[str, object]:
    """What a division says of the whole period, in the order of its working."""
    share = quoted.share
    return {
        "plan": quoted.plan,
        "version": quoted.version,
        "on": quoted.on.isoformat(),
        "members": share.sharing,
        "claims": len(quoted.claims),
        "aid": yuan(share.aid),
        "fee": yuan(share.fee),
        "extra": yuan(share.extra),
        "cost": yuan(share.cost),
        "shareable": yuan(share.shareable),
        "carried_in": yuan(share.carried_in),
        "recovered": yuan(share.recovered),
        "due": yuan(share.due),
        "sponsored": yuan(share.sponsored),
        "share": yuan(share.each),
        "charged_each": yuan(quoted.charged_each),
        "charged": yuan(share.charged),
        "carried_out": yuan(share.carried_out),
    }


def money_lines(quoted: Quote) -> list[str]:
    """The same for people: a line a figure."""
    return [f"{name:<13}{value:>20}" for name, value in money_fields(quoted).items()]


def _fields_of(quoted: Quote, *, words: Language, explained: bool) -> dict[str, object]:
    fields = money_fields(quoted)
    if quoted.terms.classes:
        fields["classes"] = [
            {
                "name": one.name,
                "weight": one.weight,
                "members": one.members,
                "share": yuan(one.share),
                "charged_each": yuan(one.charged_each),
            }
            for one in classes_of(quoted)
        ]
    if explained:
        fields["working"] = explain(quoted, words)
    return fields


def _in_words(quoted: Quote, *, words: Language, explained: bool) -> list[str]:
    if explained:
        return explain(quoted, words)
    return money_lines(quoted) + [
        f"{one.name}: weight {one.weight}, members {one.members}, "
        f"share {yuan(one.share)}, charged_each {yuan(one.charged_each)}"
        for one in classes_of(quoted)
    ]


def _refusal_fields(refusal: Refusal, *, words: Language) -> dict[str, object]:
    return {"error": refusal.code, "message": refusal.explain(words)}


def print_refusal(refusal: Refusal, *, words: Language, as_json: bool) -> None:
    if as_json:
        typer.echo(json_line(_refusal_fields(refusal, words=words)))
    else:
        typer.echo(f"{refusal.code}: {refusal.explain(words)}", err=True)


def json_line(fields: Mapping[str, object]) -> str:
    """One line of JSON. Half a surrogate pair from a request stays the escape that it was."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
