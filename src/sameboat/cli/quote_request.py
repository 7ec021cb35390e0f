"""A request for a quote, read from the keys of a batch line or from options, and computed.

Whatever is wrong with it is a `Refusal` here; the rules below get values that are known good.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sameboat.plans import catalogue
from sameboat.rules.money import Fen, parse_yuan
from sameboat.rules.quote import ONE_CLASS, Quote, weights_of
from sameboat.rules.quote import quote as quote_period
from sameboat.rules.rulebook import BadRulebook
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.versions import NoVersionInForce, version_in_force
from sameboat.runtime.refusals import Refusal

COUNT_MAX = 10**12
LINE_BYTES_MAX = 1_000_000
KEYS = ("plan", "on", "members", "aid", "carry", "classes", "waived", "extra", "recovered")


class LineUnreadable(Refusal):
    """A line of a batch is not a JSON object."""

    code = "quote_line_unreadable"
    en = "A line must be one JSON object in UTF-8, of at most {most} bytes."
    zh = "每行须为一个 UTF-8 编码的 JSON 对象，最多 {most} 字节。"


class FieldMissing(Refusal):
    """A field that must be there is missing or is no text."""

    code = "quote_field_missing"
    en = "“{field}” must be given, as text."
    zh = "须以文字给出“{field}”。"


class DayUnreadable(Refusal):
    """The day is none."""

    code = "quote_day_unreadable"
    en = "“on” must be a day such as 2019-01-21; it is {value}."
    zh = "“on”应为日期，例如 2019-01-21；现在是 {value}。"


class AmountUnreadable(Refusal):
    """An amount of money is none. A JSON number with a point may not be exact, so it is none."""

    code = "quote_amount_unreadable"
    en = "“{field}” must be an amount in yuan, 0 or more, as text such as “0.03”; it is {value}."
    zh = "“{field}”应为不小于 0 的金额（元），以文字给出，例如“0.03”；现在是 {value}。"


class CountUnreadable(Refusal):
    """A number of members is none."""

    code = "quote_count_unreadable"
    en = "“{field}” must be a whole number from 0 to {most}; it is {value}."
    zh = "“{field}”应为 0 到 {most} 的整数；现在是 {value}。"


class ClassCountUnreadable(Refusal):
    """Counts by class are not written as they should be."""

    code = "quote_class_count_unreadable"
    en = "“{field}” must count members by class, each named once (NAME:COUNT); it is {value}."
    zh = "“{field}”应按组给出人数，每组一次（组名：人数）；现在是 {value}。"


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


class RulebookUnusable(Refusal):
    """The rulebook of the plan has mistakes."""

    code = "quote_rulebook_unusable"
    en = "The rulebook {plan} cannot be used; “sameboat plan check” tells more. {problems}"
    zh = "条款文件 {plan} 无法使用；可用“sameboat plan check”查看详情。{problems}"


@dataclass
class Shelf:
    """Rulebooks read once, so that a batch of thousands opens each file one time."""

    plans: dict[str, Plan] = field(default_factory=dict)

    def plan(self, name: str) -> Plan:
        if name not in self.plans:
            try:
                self.plans[name] = catalogue.load(name)
            except BadRulebook as bad:
                raise RulebookUnusable(plan=_shown(name), problems=str(bad)) from None
            except OSError as error:
                why = error.strerror or type(error).__name__
                raise RulebookUnusable(plan=_shown(name), problems=why) from None
        return self.plans[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a request says besides its members: the plan, the day and the money of the period."""

    plan: Plan
    terms: PlanTerms
    on: date
    claims: list[Fen]
    carried_in: Fen
    extra: Fen
    recovered: Fen


def answer(fields: Mapping[str, object], *, shelf: Shelf) -> Quote:
    """Compute one request, given as the keys of a batch line; raises a Refusal for a bad one."""
    for key in fields:
        if key not in KEYS:
            raise FieldUnknown(field=str(key), known=", ".join(KEYS))
    cost = cost_of(fields, shelf=shelf)
    members = _members(fields, plan=cost.plan, terms=cost.terms)
    return quote_period(
        plan=cost.plan.id,
        terms=cost.terms,
        on=cost.on,
        members=members,
        waived=_waived(fields, plan=cost.plan, terms=cost.terms, members=members),
        claims=cost.claims,
        carried_in=cost.carried_in,
        extra=cost.extra,
        recovered=cost.recovered,
    )


def cost_of(fields: Mapping[str, object], *, shelf: Shelf) -> Cost:
    """Read all of a request that is not about members; raises a Refusal for what is unreadable."""
    plan = shelf.plan(_text(fields, "plan"))
    on = _day(fields)
    try:
        terms = version_in_force(plan, on)
    except NoVersionInForce as bad:
        raise NotInForce(plan=plan.id, on=on, first_on=bad.first_on) from None
    return Cost(
        plan=plan,
        terms=terms,
        on=on,
        claims=_claims(fields),
        carried_in=_amount("carry", fields.get("carry", "0")),
        extra=_amount("extra", fields.get("extra", "0")),
        recovered=_amount("recovered", fields.get("recovered", "0")),
    )


def read_line(line: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(line, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or len(line) >= LINE_BYTES_MAX:
        raise LineUnreadable(most=LINE_BYTES_MAX)
    return found


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object as it is meant: of two values for one key nobody knows which holds."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key stands twice")
    return fields


def _text(fields: Mapping[str, object], key: str) -> str:
    found = fields.get(key)
    if not isinstance(found, str) or not found:
        raise FieldMissing(field=key)
    return found


def _day(fields: Mapping[str, object]) -> date:
    text = _text(fields, "on")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise DayUnreadable(value=_shown(text))
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
    raise AmountUnreadable(field=key, value=_shown(value))


def _count(key: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= COUNT_MAX:
        return value
    raise CountUnreadable(field=key, most=COUNT_MAX, value=_shown(value))


def _claims(fields: Mapping[str, object]) -> list[Fen]:
    found = fields.get("aid", [])
    if not isinstance(found, list):
        raise AmountUnreadable(field="aid", value=_shown(found))
    return [_amount("aid", value) for value in found]


def _by_class(key: str, value: object, *, plan: Plan, terms: PlanTerms) -> dict[str, int]:
    weights = weights_of(terms.sharing)
    if not isinstance(value, dict):
        raise ClassCountUnreadable(field=key, value=_shown(value))
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


def counts_of(option: str, texts: Iterable[str]) -> dict[str, int]:
    """Read `NAME:COUNT` options; a name may hold colons itself, the last one counts."""
    counts: dict[str, int] = {}
    for text in texts:
        name, colon, count = text.rpartition(":")
        if not colon or not (count.isascii() and count.isdigit()) or name in counts:
            raise ClassCountUnreadable(field=option, value=_shown(text))
        counts[name] = int(count)
    return counts


def waived_of(texts: list[str]) -> int | dict[str, int]:
    if len(texts) == 1 and texts[0].isascii() and texts[0].isdigit():
        return int(texts[0])
    return counts_of("--sponsor-waived", texts)


def _shown(value: object) -> str:
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
