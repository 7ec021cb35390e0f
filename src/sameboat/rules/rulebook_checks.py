"""What must hold between the keys of one version: each check names the key and what would do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sameboat.rules.reading import Fault, shown, shown_as
from sameboat.rules.rulebook_keys import DAY_OF_MONTH_MAX
from sameboat.rules.terms import (
    Benefits,
    Illness,
    Joining,
    PlanTerms,
    Rhythm,
    Sharing,
    Text,
)

_EACH_KIND = Text(zh="，每种 severity 和 tier 各自如此", en=", of every severity and tier")


class _Band(Protocol):
    @property
    def age_from_years(self) -> int: ...

    @property
    def age_to_years(self) -> int: ...


@dataclass(slots=True, kw_only=True)
class Parts:
    """The sections of one version that could be read; None where one has faults."""

    joining: Joining | None = None
    benefits: Benefits | None = None
    illnesses: tuple[Illness, ...] | None = None
    sharing: Sharing | None = None
    rhythm: Rhythm | None = None


_AGES = frozenset({"join.age_min_days", "join.age_max_years", "join.age_out_years"})


def check(parts: Parts, stated: set[str]) -> Iterator[Fault]:
    """Every contradiction in `parts` that touches a key of `stated`.

    What is inherited as it was has been judged with the version that stated it.
    """
    joining, benefits, sharing, rhythm = (
        parts.joining,
        parts.benefits,
        parts.sharing,
        parts.rhythm,
    )
    if joining and stated & _AGES:
        yield from ages_are_in_order(joining)
    if joining and benefits and stated & {*_AGES, "benefit.rows"}:
        yield from rows_cover_all_ages(joining, benefits)
    if parts.illnesses and benefits and stated & {"benefit.illnesses", "benefit.rows"}:
        yield from severities_have_rows(parts.illnesses, benefits)
    if joining and sharing and stated & {*_AGES, "sharing.classes"}:
        yield from classes_cover_all_ages(joining, sharing)
    if rhythm and any(key.startswith("calendar.") for key in stated):
        yield from debit_leaves_time(rhythm)


def ages_are_in_order(joining: Joining) -> Iterator[Fault]:
    """The youngest may join before the oldest, and the oldest before leaving by age."""
    if _youngest(joining) > joining.age_max_years:
        yield Fault(
            at="join.age_min_days",
            found=shown(joining.age_min_days),
            expected=Text(
                zh="不大于 age_max_years 的年龄（天）", en="days of an age within age_max_years"
            ),
        )
    if joining.age_max_years >= joining.age_out_years:
        yield Fault(
            at="join.age_out_years",
            found=shown(joining.age_out_years),
            expected=Text(zh="大于 age_max_years", en="more than age_max_years"),
        )


def _youngest(joining: Joining) -> int:
    """The fewest completed years that somebody of `age_min_days` can have: 4 years of 1461 days."""
    return joining.age_min_days * 4 // 1461


def rows_cover_all_ages(joining: Joining, benefits: Benefits) -> Iterator[Fault]:
    """Of each severity and tier, exactly one row for every age that a member can have."""
    kinds = {(row.severity, row.tier) for row in benefits.rows}
    if not any(severity == "severe" for severity, _ in kinds):
        expected = Text(zh="至少一行 severity = severe", en="at least one row with severity severe")
        yield Fault(at="benefit.rows", found=shown(benefits.rows), expected=expected)
    for severity, tier in sorted(kinds):
        rows = [row for row in benefits.rows if (row.severity, row.tier) == (severity, tier)]
        yield from _gaps("benefit.rows", f"{severity} {tier}".strip(), rows, joining)


def classes_cover_all_ages(joining: Joining, sharing: Sharing) -> Iterator[Fault]:
    """With classes, exactly one for every age that a member can have."""
    if sharing.classes:
        yield from _gaps("sharing.classes", "", sharing.classes, joining)


def _gaps(at: str, kind: str, bands: Collection[_Band], joining: Joining) -> Iterator[Fault]:
    """The first age of a member that no band holds, or more than one."""
    ages = range(_youngest(joining), joining.age_out_years)
    for age in ages:
        held = sum(band.age_from_years <= age <= band.age_to_years for band in bands)
        if held != 1:
            each = _EACH_KIND if kind else Text(zh="", en="")
            yield Fault(
                at=at,
                found=Text(
                    zh=f"{kind} {age} 周岁有 {held} 段".strip(),
                    en=f"{kind} {held} for age {age}".strip(),
                ),
                expected=Text(
                    zh=f"{ages[0]}-{ages[-1]} 周岁（由 age_min_days 至 age_out_years）"
                    f"每岁恰有一段 ages{each.zh}",
                    en=f"exactly one band of ages for each age of {ages[0]}-{ages[-1]} "
                    f"(from age_min_days to age_out_years){each.en}",
                ),
            )
            return


def severities_have_rows(illnesses: tuple[Illness, ...], benefits: Benefits) -> Iterator[Fault]:
    """What is listed as mild must have a benefit, or the list promises nothing."""
    paid = {row.severity for row in benefits.rows}
    for severity in sorted({illness.severity for illness in illnesses} - paid):
        yield Fault(
            at="benefit.rows",
            found=shown_as(", ".join(sorted(paid))),
            expected=Text(
                zh=f"至少一行 severity = {severity}:illnesses 中有此类病种",
                en=f"a row with severity {severity}, which some of the illnesses have",
            ),
        )


def debit_leaves_time(rhythm: Rhythm) -> Iterator[Fault]:
    """Publicity and notice fit before every debit, also in the shortest month."""
    if len(rhythm.debit_days) != len(rhythm.publicity_days):
        yield Fault(
            at="calendar.debit_days",
            found=shown(rhythm.debit_days),
            expected=Text(
                zh=f"{len(rhythm.publicity_days)} 天，与 publicity_days 一一对应",
                en=f"{len(rhythm.publicity_days)} days, one for each of publicity_days",
            ),
        )
        return
    if list(rhythm.publicity_days) != sorted(rhythm.publicity_days):
        expected = Text(zh="从小到大", en="in rising order")
        yield Fault(
            at="calendar.publicity_days", found=shown(rhythm.publicity_days), expected=expected
        )
    needed = rhythm.publicity_length_days + rhythm.debit_notice_days
    for index, (opened, debited) in enumerate(
        zip(rhythm.publicity_days, rhythm.debit_days, strict=True)
    ):
        gap = debited - opened if debited > opened else DAY_OF_MONTH_MAX - opened + debited
        if gap < needed:
            yield _too_early(index, opened, debited, needed)


def _too_early(index: int, opened: int, debited: int, needed: int) -> Fault:
    return Fault(
        at=f"calendar.debit_days[{index}]",
        found=shown(debited),
        expected=Text(
            zh=f"publicity_days 的 {opened} 日之后至少 {needed} 天"
            "(publicity_length_days + debit_notice_days)",
            en=f"at least {needed} days (publicity_length_days + debit_notice_days) after day "
            f"{opened} of publicity_days",
        ),
    )


def order_of(versions: list[PlanTerms]) -> Iterator[tuple[PlanTerms, Fault]]:
    """Versions stand oldest first; each later one was announced its notice ahead."""
    for index, terms in enumerate(versions):
        before = versions[index - 1] if index else None
        if before and terms.effective_on <= before.effective_on:
            expected = Text(
                zh=f"晚于上一版本的 {before.effective_on}",
                en=f"later than {before.effective_on}, the day of the version before",
            )
            fault = Fault(at="effective_on", found=shown(terms.effective_on), expected=expected)
            yield terms, fault
        # The first version meets no member yet, so nobody needs notice of it.
        notice = timedelta(days=terms.notice_days if before else 0)
        if terms.announced_on > terms.effective_on - notice:
            expected = Text(
                zh=f"不晚于 effective_on 之前 {notice.days} 天（notice_days）",
                en=f"at least {notice.days} days (notice_days) before effective_on",
            )
            yield (
                terms,
                Fault(at="announced_on", found=shown(terms.announced_on), expected=expected),
            )
