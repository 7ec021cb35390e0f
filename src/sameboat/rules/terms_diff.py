"""What changes for whom between two versions: in words, by the rules themselves for ages.

A benefit table is not read by people as a table: a member of 25 and one of 45 are each told what
they would get before and after. The same for what they share and how long they wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sameboat.rules.calendar import birthday, covered_from
from sameboat.rules.money import Ratio, grouped_yuan, percent
from sameboat.rules.rulebook_keys import KEYS, MONEY_KEYS, value_of
from sameboat.rules.rulebook_words import CLAIMANTS, VALUES, WORDS
from sameboat.rules.share import WEIGHT_ONE
from sameboat.rules.terms import (
    BenefitRow,
    Exclusion,
    Grade,
    Illness,
    PlanTerms,
    ShareClass,
    Text,
    Tier,
    WaitingStep,
)

AGES = (5, 25, 45, 65)
"""The ages of those who are told what changes for them."""
NAMED_MAX = 5
_BY_AGE = frozenset({"benefit.rows", "sharing.classes", "waiting.days", "waiting.days_by_age"})
_FIXED_AT_JOINING = frozenset({"waiting.days", "waiting.days_by_age"})
# Of every version its own, or counted in another key.
_NOT_TOLD = frozenset({"effective_on", "announced_on", "join.questions_version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is different, and for whom."""

    key: str
    whom: Text
    what: Text
    before: Text
    after: Text

    def sentence(self, language: Literal["zh", "en"]) -> str:
        """The change in one sentence."""
        if language == "zh":
            before, after = _spaced(self.before.zh), _spaced(self.after.zh)
            return f"{self.whom.zh}：{self.what.zh}由{before}变为{after.rstrip()}。"
        return f"{self.whom.en}: {self.what.en} changes from {self.before.en} to {self.after.en}."


def _spaced(words: str) -> str:
    """Words within a Chinese sentence: a space between Chinese and other writing."""
    before = " " if words[0].isascii() else ""
    after = " " if words[-1].isascii() else ""
    return f"{before}{words}{after}"


def changes_between(before: PlanTerms, after: PlanTerms) -> tuple[Change, ...]:
    """Everything that differs, in the order of the keys; empty where nothing does."""
    found: list[Change] = []
    for key in KEYS:
        old, new = value_of(before, key), value_of(after, key)
        if key in _NOT_TOLD or old == new:
            continue
        if key == "benefit.illnesses":
            found += _illnesses(before, after)
        elif key not in _BY_AGE:
            words, said, now_said = WORDS[key], _said(key, old), _said(key, new)
            if said != now_said or isinstance(old, tuple):
                found.append(
                    Change(key=key, whom=words.whom, what=words.what, before=said, after=now_said)
                )
    return (*_for_ages(before, after), *found)


def changes_for(before: PlanTerms, after: PlanTerms, *, age: int, tier: str) -> tuple[Change, ...]:
    """What differs for one member, of that age when the new version begins; empty for nothing.

    What is asked only of people who join, and what waits for them, is fixed for a member already.
    """
    own = _for_one(before, after, age, tier, whom=Text(zh="您", en="You"))
    shared = (one for one in changes_between(before, after) if one.key not in _BY_AGE)
    return tuple(one for one in (*own, *shared) if not is_for_joiners(one))


def is_for_joiners(change: Change) -> bool:
    """Whether a change concerns only people who join when it is in force."""
    return change.key.startswith("join.") or change.key in _FIXED_AT_JOINING


def _for_ages(before: PlanTerms, after: PlanTerms) -> Iterator[Change]:
    """For a member of each age and tier: the aid, the share and the waiting period."""
    tiers = {row.tier: None for terms in (before, after) for row in terms.benefits.rows}
    for age in AGES:
        for tier in tiers:
            yield from _for_one(before, after, age, tier, whom=_member(age, tier))


def _for_one(
    before: PlanTerms, after: PlanTerms, age: int, tier: str, *, whom: Text
) -> Iterator[Change]:
    for key, what, told in _TOLD_BY_AGE:
        old, new = told(before, age, tier), told(after, age, tier)
        if old != new:
            yield Change(key=key, whom=whom, what=what, before=old, after=new)


def _member(age: int, tier: str) -> Text:
    of_tier = Text(zh=f"（{tier} 档）", en=f" of the tier {tier}") if tier else Text(zh="", en="")
    return Text(zh=f"{age} 周岁的成员{of_tier.zh}", en=f"A member of {age}{of_tier.en}")


def _aid(severity: Literal["severe", "mild"]) -> Callable[[PlanTerms, int, str], Text]:
    def told(terms: PlanTerms, age: int, tier: str) -> Text:
        for row in terms.benefits.rows:
            fits = row.age_from_years <= age <= row.age_to_years
            if fits and (row.severity, row.tier) == (severity, tier):
                return _yuan(row.amount)
        return VALUES["none"]

    return told


def _part(terms: PlanTerms, age: int, tier: str) -> Text:
    """The share as a part of a whole one; who cannot be a member has none."""
    if not _may_be_member(terms, age):
        return VALUES["none"]
    if not terms.sharing.classes:
        return _same(Ratio(1, 1).text())
    for band in terms.sharing.classes:
        if band.tier in (None, tier) and band.age_from_years <= age <= band.age_to_years:
            return _same(Ratio(band.weight, WEIGHT_ONE).text())
    return VALUES["none"]


def _wait(terms: PlanTerms, age: int, tier: str) -> Text:
    if not _may_be_member(terms, age) or age > terms.joining.age_max_years:
        return VALUES["none"]
    born = date(2000, 1, 1)
    joined_on = birthday(born, age)
    days = (covered_from(joined_on, terms.waiting, born=born) - joined_on).days - 1
    return Text(zh=f"{days} 天", en=f"{days} days")


def _may_be_member(terms: PlanTerms, age: int) -> bool:
    return terms.joining.age_min_years <= age < terms.joining.age_out_years


_TOLD_BY_AGE: tuple[tuple[str, Text, Callable[[PlanTerms, int, str], Text]], ...] = (
    (
        "benefit.rows",
        Text(zh="重度疾病的互助金", en="the aid for a severe illness"),
        _aid("severe"),
    ),
    ("benefit.rows", Text(zh="轻度疾病的互助金", en="the aid for a mild illness"), _aid("mild")),
    (
        "sharing.classes",
        Text(zh="所付的份额（1 为一份）", en="the part of a whole share that is paid"),
        _part,
    ),
    (
        "waiting.days",
        Text(zh="加入时的等待期", en="the waiting period when joining"),
        _wait,
    ),
)


def _illnesses(before: PlanTerms, after: PlanTerms) -> Iterator[Change]:
    """The number of illnesses, and the names of those that come or go as far as they are few."""
    old = {illness.name.zh: illness for illness in before.illnesses}
    new = {illness.name.zh: illness for illness in after.illnesses}
    come = [new[name] for name in new if name not in old]
    gone = [old[name] for name in old if name not in new]
    if not come and not gone:
        return
    yield Change(
        key="benefit.illnesses",
        whom=CLAIMANTS,
        what=Text(zh="病种数", en="the number of illnesses"),
        before=_same(str(len(old))),
        after=Text(
            zh=f"{len(new)}{_named(come, 'zh', '新增')}{_named(gone, 'zh', '减少')}",
            en=f"{len(new)}{_named(come, 'en', 'added')}{_named(gone, 'en', 'gone')}",
        ),
    )


def _named(illnesses: list[Illness], language: Literal["zh", "en"], how: str) -> str:
    names = [getattr(illness.name, language) for illness in illnesses]
    if not names:
        return ""
    if language == "zh":
        more = f"等 {len(names)} 项" if len(names) > NAMED_MAX else ""
        return f"（{how}：{'、'.join(names[:NAMED_MAX])}{more}）"
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return f" ({how}: {', '.join(names[:NAMED_MAX])}{more})"


def _said(key: str, value: object) -> Text:
    """A value in words, with its unit."""
    unit = WORDS[key].unit
    if value is None or value == ():
        return VALUES["none"]
    if isinstance(value, bool):
        return VALUES[str(value)]
    if isinstance(value, str):
        return VALUES.get(value, _same(value))
    if isinstance(value, Ratio):
        return _same(percent(value))
    if isinstance(value, tuple):
        parts = [_item(item) for item in value]
        return Text(
            zh="、".join(part.zh for part in parts), en=", ".join(part.en for part in parts)
        )
    if key in MONEY_KEYS and isinstance(value, int):
        return _yuan(value)
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    return Text(zh=f"{shown}{unit.zh}", en=f"{shown}{unit.en}")


def _item(item: object) -> Text:
    match item:
        case Tier():
            return item.text
        case Exclusion():
            return item.text
        case Grade():
            return _same(f"≥ {item.at_least}: {percent(item.rate)}")
        case WaitingStep():
            return _same(f"≥ {item.from_years}: {item.days}")
        case ShareClass() | BenefitRow():
            raise AssertionError("told by age")
        case str():
            return VALUES.get(item, _same(item))
    named = getattr(item, "text", None)
    return named if isinstance(named, Text) else _same(str(getattr(item, "publicity_on", item)))


def _yuan(amount: int) -> Text:
    return Text(zh=f"{grouped_yuan(amount)} 元", en=f"{grouped_yuan(amount)} yuan")


def _same(text: str) -> Text:
    return Text(zh=text, en=text)
