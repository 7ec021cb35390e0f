"""`sameboat quote`: a period from numbers alone, once or by the thousand."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from sameboat.plans import catalogue
from sameboat.rules.money import Fen, parse_yuan, yuan
from sameboat.rules.quote import ONE_CLASS, Quote, classes_of, explain, weights_of
from sameboat.rules.quote import quote as quote_period
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.versions import NoVersionInForce, version_in_force
from sameboat.runtime.refusals import Refusal

COUNT_MAX = 10**12
LINE_BYTES_MAX = 1_000_000
KEYS = ("plan", "on", "members", "aid", "carry", "classes", "waived", "extra", "recovered")


class Lang(StrEnum):
    zh = "zh"
    en = "en"


class ValueUnreadable(Refusal):
    """A value is missing or is not of the kind that its field holds."""

    code = "quote_value_unreadable"
    en = "“{field}” must be {expected}; it is {value}."
    zh = "“{field}”应为 {expected}，现在是 {value}。"


class FieldUnknown(Refusal):
    """A line of a batch has a key that means nothing."""

    code = "quote_field_unknown"
    en = "“{field}” means nothing here; known are {known}."
    zh = "不认识“{field}”；可用的有 {known}。"


class NotInForce(Refusal):
    """No version of the plan is in force on the day."""

    code = "no_version_in_force"
    en = "“{plan}” has no version in force on {on}; its first is of {first_on}."
    zh = "“{plan}”在 {on} 没有生效的条款；最早的版本自 {first_on} 起生效。"


class ClassesNeeded(Refusal):
    """The plan shares by weight, so members must be counted by class."""

    code = "quote_classes_needed"
    en = "“{plan}” shares by weight: count the members of each class ({classes})."
    zh = "“{plan}”按权重分摊：请按组给出人数（{classes}）。"


class ClassUnknown(Refusal):
    """The version has no class of that name."""

    code = "quote_class_unknown"
    en = "“{plan}” has no class “{name}”; its classes: {classes}."
    zh = "“{plan}”没有“{name}”组；现有的组：{classes}。"


class MembersDiffer(Refusal):
    """The number of members is not the sum of the classes."""

    code = "quote_members_differ"
    en = "members is {members}, but the classes hold {counted}; leave members out or mend it."
    zh = "成员数为 {members}，各组合计却是 {counted}；请更正，或不填成员数。"


class TooManyWaived(Refusal):
    """More members are waived than there are."""

    code = "quote_too_many_waived"
    en = "{waived} members are let off, but only {members} share."
    zh = "免除 {waived} 人，但参与分摊的只有 {members} 人。"


class BatchMissing(Refusal):
    """The file of a batch cannot be read."""

    code = "quote_batch_missing"
    en = "The file {path} cannot be read: {why}."
    zh = "无法读取文件 {path}:{why}。"


@dataclass
class Shelf:
    """Rulebooks read once, so that a batch of thousands opens each file one time."""

    plans: dict[str, Plan] = field(default_factory=dict)

    def plan(self, name: str) -> Plan:
        if name not in self.plans:
            self.plans[name] = catalogue.load(name)
        return self.plans[name]


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
    lang: Annotated[Lang, typer.Option(help="Language of words: zh or en.")] = Lang.en,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Compute what a period costs each member, from numbers alone.

    Nobody has been charged anything yet in the year of the quote. Exit codes: 0 answered; 1 a
    batch had bad lines (each is answered with its number and error); 2 refused.

    Example: sameboat quote --plan xiang-hu-bao --on 2019-01-21 --members 23000000
    --aid 300000 --aid 300000 --explain
    """
    try:
        if batch:
            raise typer.Exit(_run_batch(batch, lang=lang, explained=explained))
        fields: dict[str, object] = {
            "plan": plan,
            "on": on,
            "aid": aid or [],
            "carry": carry,
            "extra": extra,
            "recovered": recovered,
        }
        fields |= {"members": members} if members is not None else {}
        fields |= {"classes": _counts("--class", class_)} if class_ else {}
        fields |= {"waived": _waived_option(sponsor_waived)} if sponsor_waived else {}
        quoted = answer(fields, shelf=Shelf())
    except Refusal as refusal:
        _print_refusal(refusal, lang=lang, as_json=as_json)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(_json(_fields_of(quoted, lang=lang, explained=explained)))
    else:
        typer.echo("\n".join(_in_words(quoted, lang=lang, explained=explained)))


def answer(fields: Mapping[str, object], *, shelf: Shelf) -> Quote:
    """Compute one request, given as the keys of a batch line; raises a Refusal for a bad one."""
    for key in fields:
        if key not in KEYS:
            raise FieldUnknown(field=str(key), known=", ".join(KEYS))
    plan = shelf.plan(_text(fields, "plan"))
    on = _day(fields)
    try:
        terms = version_in_force(plan, on)
    except NoVersionInForce as bad:
        raise NotInForce(plan=plan.id, on=on, first_on=bad.first_on) from None
    members = _members(fields, plan=plan, terms=terms)
    return quote_period(
        plan=plan.id,
        terms=terms,
        on=on,
        members=members,
        waived=_waived(fields, plan=plan, terms=terms, members=members),
        claims=_claims(fields),
        carried_in=_amount("carry", fields.get("carry", "0")),
        extra=_amount("extra", fields.get("extra", "0")),
        recovered=_amount("recovered", fields.get("recovered", "0")),
    )


def answers(
    lines: Iterable[bytes], *, lang: Lang = Lang.en, explained: bool = False
) -> Iterator[tuple[bool, str]]:
    """Answer JSON lines with JSON lines, each with whether it was good. Empty lines are passed."""
    shelf = Shelf()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            quoted = answer(_object(line), shelf=shelf)
        except Refusal as refusal:
            yield False, _json({"line": number, **_refusal_fields(refusal, lang=lang)})
        else:
            yield True, _json(_fields_of(quoted, lang=lang, explained=explained))


def _run_batch(path: str, *, lang: Lang, explained: bool) -> int:
    bad_lines = 0
    with ExitStack() as stack:
        source: BinaryIO = sys.stdin.buffer
        if path != "-":
            try:
                source = stack.enter_context(Path(path).open("rb"))
            except OSError as error:
                raise BatchMissing(path=path, why=error.strerror or str(error)) from None
        for is_good, text in answers(_lines(source), lang=lang, explained=explained):
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


# Reading the fields of a request


def _object(line: bytes) -> Mapping[str, object]:
    expected = "one JSON object, in UTF-8"
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueUnreadable(field="line", expected=expected, value=str(error)) from None
    if not isinstance(found, dict):
        raise ValueUnreadable(field="line", expected=expected, value=_shown(found))
    return found


def _text(fields: Mapping[str, object], key: str) -> str:
    found = fields.get(key)
    if not isinstance(found, str) or not found:
        raise ValueUnreadable(field=key, expected="a text", value=_shown(found))
    return found


def _day(fields: Mapping[str, object]) -> date:
    text = _text(fields, "on")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise ValueUnreadable(field="on", expected="a day such as 2019-01-21", value=text)
    return found


def _amount(key: str, value: object) -> Fen:
    """Yuan as text or as a whole number. A JSON number with a point may not be exact: refused."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, str) or is_whole:
        try:
            found = parse_yuan(str(value))
        except ValueError:
            found = Fen(-1)
        if found >= 0:
            return found
    expected = 'an amount in yuan, 0 or more, as text such as "300000" or "0.03"'
    raise ValueUnreadable(field=key, expected=expected, value=_shown(value))


def _count(key: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= COUNT_MAX:
        return value
    expected = f"a whole number from 0 to {COUNT_MAX}"
    raise ValueUnreadable(field=key, expected=expected, value=_shown(value))


def _claims(fields: Mapping[str, object]) -> list[Fen]:
    found = fields.get("aid", [])
    if not isinstance(found, list):
        raise ValueUnreadable(field="aid", expected="a list of amounts", value=_shown(found))
    return [_amount("aid", value) for value in found]


def _by_class(key: str, value: object, *, plan: Plan, terms: PlanTerms) -> dict[str, int]:
    weights = weights_of(terms.sharing)
    if not isinstance(value, dict):
        raise ValueUnreadable(field=key, expected="counts by class name", value=_shown(value))
    for name in value:
        if not terms.sharing.classes or name not in weights:
            known = ", ".join(weights) if terms.sharing.classes else "-"
            raise ClassUnknown(plan=plan.id, name=str(name), classes=known)
    return {name: _count(f"{key}.{name}", count) for name, count in value.items()}


def _members(fields: Mapping[str, object], *, plan: Plan, terms: PlanTerms) -> dict[str, int]:
    members = fields.get("members")
    if not terms.sharing.classes and not fields.get("classes"):
        return {ONE_CLASS: _count("members", members)}
    if "classes" not in fields:
        raise ClassesNeeded(plan=plan.id, classes=", ".join(weights_of(terms.sharing)))
    counts = _by_class("classes", fields["classes"], plan=plan, terms=terms)
    counted = sum(counts.values())
    if members is not None and _count("members", members) != counted:
        raise MembersDiffer(members=_count("members", members), counted=counted)
    return counts


def _waived(
    fields: Mapping[str, object], *, plan: Plan, terms: PlanTerms, members: Mapping[str, int]
) -> dict[str, int]:
    found = fields.get("waived", 0)
    if isinstance(found, dict):
        waived = _by_class("waived", found, plan=plan, terms=terms)
    elif terms.sharing.classes and found != 0:
        raise ClassesNeeded(plan=plan.id, classes=", ".join(weights_of(terms.sharing)))
    else:
        waived = {name: _count("waived", found) for name in members if name == ONE_CLASS}
    for name, count in waived.items():
        if count > members.get(name, 0):
            raise TooManyWaived(waived=count, members=members.get(name, 0))
    return waived


def _counts(option: str, texts: Iterable[str]) -> dict[str, int]:
    """Read `NAME:COUNT` options; a name may hold colons itself, the last one counts."""
    counts: dict[str, int] = {}
    for text in texts:
        name, colon, count = text.rpartition(":")
        if not colon or not (count.isascii() and count.isdigit()) or name in counts:
            expected = "NAME:COUNT, each name once"
            raise ValueUnreadable(field=option, expected=expected, value=text)
        counts[name] = int(count)
    return counts


def _waived_option(texts: list[str]) -> int | dict[str, int]:
    if len(texts) == 1 and texts[0].isascii() and texts[0].isdigit():
        return int(texts[0])
    return _counts("--sponsor-waived", texts)


def _shown(value: object) -> str:
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


# Writing the answer


def _fields_of(quoted: Quote, *, lang: Lang, explained: bool) -> dict[str, object]:
    share = quoted.share
    fields: dict[str, object] = {
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
        fields["working"] = explain(quoted, lang.value)
    return fields


def _in_words(quoted: Quote, *, lang: Lang, explained: bool) -> list[str]:
    if explained:
        return explain(quoted, lang.value)
    rows = [
        (name, value)
        for name, value in _fields_of(quoted, lang=lang, explained=False).items()
        if name != "classes"
    ]
    lines = [f"{name:<13}{value:>20}" for name, value in rows]
    return lines + [
        f"{one.name}: weight {one.weight}, members {one.members}, "
        f"share {yuan(one.share)}, charged_each {yuan(one.charged_each)}"
        for one in classes_of(quoted)
    ]


def _refusal_fields(refusal: Refusal, *, lang: Lang) -> dict[str, object]:
    return {"error": refusal.code, "message": refusal.explain(lang.value)}


def _print_refusal(refusal: Refusal, *, lang: Lang, as_json: bool) -> None:
    if as_json:
        typer.echo(_json(_refusal_fields(refusal, lang=lang)))
    else:
        typer.echo(f"{refusal.code}: {refusal.explain(lang.value)}", err=True)


def _json(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
