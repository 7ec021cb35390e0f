"""What must hold between the keys of one version: each check names the key and what would do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sameboat.rules.reading import Fault, shown, shown_as
from sameboat.rules.rulebook_keys import DAY_OF_MONTH_MAX
from sameboat.rules.terms import (
    EXCLUSION,
    SPENDING,
    Benefits,
    Claims,
    Illness,
    Joining,
    PlanTerms,
    Pool,
    Rhythm,
    Sharing,
    Text,
    Waiting,
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
    waiting: Waiting | None = None
    benefits: Benefits | None = None
    illnesses: tuple[Illness, ...] | None = None
    sharing: Sharing | None = None
    rhythm: Rhythm | None = None
    claims: Claims | None = None
    pool: Pool | None = None


_AGES = frozenset(
    {"join.age_min_days", "join.age_min_years", "join.age_max_years", "join.age_out_years"}
)


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
    if parts.illnesses and benefits and stated & {"benefit.illnesses", "benefit.spending_min"}:
        yield from spending_is_listed(parts.illnesses, benefits)
    if benefits and stated & {"benefit.rows", "benefit.tiers"}:
        yield from tiers_are_those_of_rows(benefits)
    if joining and benefits and sharing and stated & {*_AGES, "sharing.classes", "benefit.rows"}:
        yield from classes_cover_all_ages(joining, benefits, sharing)
    if parts.waiting and benefits:
        yield from ladders_rise(parts.waiting, benefits, stated)
    if parts.claims and stated & {"claims.exclusions", "claims.refunded_clauses"}:
        yield from refunded_clauses_exist(parts.claims)
    if parts.pool and stated & {"pool.closing_refund", "pool.run_off_aid"}:
        yield from the_end_is_paid_for(parts.pool)
    if rhythm and any(key.startswith("calendar.") for key in stated):
        yield from debit_leaves_time(rhythm)


def ages_are_in_order(joining: Joining) -> Iterator[Fault]:
    """The youngest may join before the oldest, and the oldest before leaving by age."""
    if joining.age_min_years > joining.age_max_years:
        yield Fault(
            at="join.age_min_years",
            found=shown(joining.age_min_years),
            expected=Text(zh="不大于 age_max_years", en="at most age_max_years"),
        )
    elif _youngest(joining) > joining.age_max_years:
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
    """The fewest completed years that a joiner can have; of `age_min_days`: 4 years of 1461."""
    return max(joining.age_min_years, joining.age_min_days * 4 // 1461)


def rows_cover_all_ages(joining: Joining, benefits: Benefits) -> Iterator[Fault]:
    """Of each severity and tier, exactly one row for every age that a member can have."""
    kinds = {(row.severity, row.tier) for row in benefits.rows}
    if not any(severity == "severe" for severity, _ in kinds):
        expected = Text(zh="至少一行 severity = severe", en="at least one row with severity severe")
        yield Fault(at="benefit.rows", found=shown(benefits.rows), expected=expected)
    for severity, tier in sorted(kinds):
        rows = [row for row in benefits.rows if (row.severity, row.tier) == (severity, tier)]
        yield from _gaps("benefit.rows", f"{severity} {tier}".strip(), rows, joining)


def tiers_are_those_of_rows(benefits: Benefits) -> Iterator[Fault]:
    """Where tiers are named, each row is of one of them and each has a severe row."""
    if not benefits.tiers:
        return
    named = {tier.id for tier in benefits.tiers}
    paid = {row.tier for row in benefits.rows if row.severity == "severe"}
    for tier in sorted({row.tier for row in benefits.rows} - named):
        yield Fault(
            at="benefit.tiers",
            found=shown_as(str(sorted(named))),
            expected=Text(zh=f"包含 rows 中的档位 {tier!r}", en=f"the tier {tier!r} of rows too"),
        )
    for tier in sorted(named - paid):
        yield Fault(
            at="benefit.rows",
            found=shown_as(str(sorted(paid))),
            expected=Text(
                zh=f"档位 {tier!r} 的 severe 行", en=f"rows with severity severe of tier {tier!r}"
            ),
        )


def classes_cover_all_ages(
    joining: Joining, benefits: Benefits, sharing: Sharing
) -> Iterator[Fault]:
    """With classes, exactly one for every tier and every age that a member can have."""
    if not sharing.classes:
        return
    tiers = {row.tier for row in benefits.rows}
    for tier in sorted({one.tier for one in sharing.classes if one.tier is not None} - tiers):
        yield Fault(
            at="sharing.classes",
            found=shown(tier),
            expected=Text(zh="benefit.rows 中的档位", en="a tier of benefit.rows"),
        )
    for tier in sorted(tiers):
        bands = [one for one in sharing.classes if one.tier in (None, tier)]
        yield from _gaps("sharing.classes", tier, bands, joining)


def spending_is_listed(illnesses: tuple[Illness, ...], benefits: Benefits) -> Iterator[Fault]:
    """A spending threshold is a row of the list, by which a claim can name it."""
    is_listed = any(illness.category == SPENDING for illness in illnesses)
    if benefits.spending_min is not None and not is_listed:
        yield Fault(
            at="benefit.spending_min",
            found=shown(benefits.spending_min),
            expected=Text(
                zh=f'"none"，或在 illnesses 中有一行类别为 {SPENDING}',
                en=f'"none", or a row of illnesses with the category {SPENDING}',
            ),
        )


def ladders_rise(waiting: Waiting, benefits: Benefits, stated: set[str]) -> Iterator[Fault]:
    """Steps stand in rising order, and the grades of an aid begin at 0, so that all have one."""
    ladders = {
        "waiting.days_by_age": [step.from_years for step in waiting.days_by_age],
        "benefit.tenure": [grade.at_least for grade in benefits.tenure],
        "benefit.helped": [grade.at_least for grade in benefits.helped],
    }
    for at, steps in ladders.items():
        if at not in stated or not steps:
            continue
        if steps != sorted(steps):
            yield Fault(
                at=at,
                found=shown_as(str(steps)),
                expected=Text(zh="从小到大", en="in rising order"),
            )
        if at != "waiting.days_by_age" and min(steps) != 0:
            yield Fault(
                at=at,
                found=shown_as(str(min(steps))),
                expected=Text(zh="第一级从 0 开始", en="a first step from 0"),
            )


def refunded_clauses_exist(claims: Claims) -> Iterator[Fault]:
    """A refund under an exclusion needs the exclusion."""
    known = {f"{EXCLUSION}{one.id}" for one in claims.exclusions}
    for clause in claims.refunded_clauses:
        if clause.startswith(EXCLUSION) and clause not in known:
            yield Fault(
                at="claims.refunded_clauses",
                found=shown(clause),
                expected=Text(zh="exclusions 中的一项", en="an exclusion that `exclusions` states"),
            )


def the_end_is_paid_for(pool: Pool) -> Iterator[Fault]:
    """Whoever gives every share back has nothing left of which aid could be a part."""
    if pool.closing_refund == "full" and pool.run_off_aid == "pro_rata":
        yield Fault(
            at="pool.run_off_aid",
            found=shown(pool.run_off_aid),
            expected=Text(
                zh='"full"（closing_refund 为 "full" 时）', en='"full", as closing_refund is "full"'
            ),
        )


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
