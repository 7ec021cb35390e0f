"""The keys of a rulebook: what may stand in the file, section by section, and what each reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar

from sameboat.rules import reading
from sameboat.rules.reading import Reader, choice, flag, many, money, optional, rate, table, whole
from sameboat.rules.terms import (
    CLAUSES,
    EVIDENCE_KINDS,
    EXCLUSION,
    RELATIONS,
    BenefitRow,
    Benefits,
    Board,
    Claims,
    Defaulting,
    Exclusion,
    Grade,
    Joining,
    PlanTerms,
    Pool,
    Question,
    Rhythm,
    ShareClass,
    Sharing,
    Text,
    Tier,
    Waiting,
    WaitingStep,
    Waiver,
)

T = TypeVar("T")
WEIGHT_MAX = 1_000_000
DAY_OF_MONTH_MAX = 28
# Two decimals each: the money of the rules is whole hundredths.
CURRENCIES = ("CNY", "HKD", "MOP", "USD", "EUR")

mark = reading.word(
    "[0-9A-Za-z][0-9A-Za-z.-]{0,31}",
    zh="由字母、数字、点和短横组成的短名",
    en="a short name of letters, digits, points and hyphens",
)
plan_id = reading.word(
    "[a-z0-9]+(-[a-z0-9]+){0,9}",
    zh="由小写字母、数字和短横组成的短名",
    en="a short name of small letters, digits and hyphens",
)
list_name = reading.word(
    "([a-z0-9_-]{1,64}/)?[a-z0-9_-]{1,64}[.]csv",
    zh="与本文件同处的 CSV 文件名，如 lists/xiaomi.csv",
    en="the name of a CSV file beside this one, such as lists/xiaomi.csv",
)
source = reading.word(
    r"(facts §[0-9]{1,2}([.][0-9]{1,2}[a-z]?)?|assumed)(, facts §[0-9]{1,2}([.][0-9]{1,2}[a-z]?)?)*"
    r"(: [^\x00-\x1f\x7f]{1,500})?",
    zh="「facts §1.5」（可加「: 说明」），或「assumed: 理由」",
    en="`facts §1.5`, with `: a note` where needed, or `assumed: the reason`",
)


clause = reading.word(
    "|".join(re.escape(each) for each in CLAUSES)
    + f"|{re.escape(EXCLUSION)}[0-9A-Za-z][0-9A-Za-z.-]{{0,31}}",
    zh=f"以下之一：{', '.join(CLAUSES)}，或 {EXCLUSION}加上一项除外的 id",
    en=f"one of: {', '.join(CLAUSES)}; or {EXCLUSION} with the id of an exclusion",
)
NOT_STATED = "assumed: not stated, so the default holds"
"""The source of a key that a rulebook leaves out."""


def _source(value: object) -> str:
    stated = source(value)
    if stated.startswith("assumed") and not stated.startswith("assumed: "):
        reading.refuse(value, zh="「assumed: 理由」", en="`assumed: the reason`")
    return stated


read_source = Reader(_source, source.schema)
"""A paragraph of the facts, or `assumed: why`; an assumption without a reason is refused."""


def is_assumed(stated: str) -> bool:
    """Whether a source says that the value was assumed, not found."""
    return stated.startswith("assumed: ")


def _benefit_row(**values: Any) -> BenefitRow:
    low, high = values.pop("ages")
    return BenefitRow(age_from_years=low, age_to_years=high, **values)


def _share_class(**values: Any) -> ShareClass:
    low, high = values.pop("ages")
    return ShareClass(age_from_years=low, age_to_years=high, **values)


def _with_text(build: Callable[..., T]) -> Callable[..., T]:
    """Build what has its words beside its other keys."""
    return lambda *, zh, en, **values: build(text=Text(zh=zh, en=en), **values)


def _grades(key: str) -> Reader[tuple[Grade, ...]]:
    """A ladder of rates, whose steps are named by `key`."""
    return many(
        table(
            lambda **values: Grade(at_least=values[key], rate=values["rate"]),
            {key: whole(0, 1_000_000), "rate": rate},
        ),
        most=50,
        by="at_least",
    )


_words = reading.text(longest=600)
_benefit_rows = table(
    _benefit_row,
    {
        "id": mark,
        "ages": reading.ages,
        "severity": choice("severe", "mild"),
        "tier": reading.blank_or(mark),
        "amount": money,
    },
    defaults={"tier": ""},
)
_classes = table(
    _share_class,
    {
        "name": mark,
        "weight": whole(1, WEIGHT_MAX),
        "ages": reading.ages,
        "tier": reading.blank_or(mark),
    },
    defaults={"tier": None},
)
_questions = table(_with_text(Question), {"id": mark, "zh": _words, "en": _words, "bars_on": flag})
_tiers = table(_with_text(Tier), {"id": reading.blank_or(mark), "zh": _words, "en": _words})
_exclusions = table(_with_text(Exclusion), {"id": mark, "zh": _words, "en": _words})
_waiting_steps = table(
    WaitingStep, {"from_years": whole(1, reading.AGE_MAX), "days": whole(0, 3_660)}
)
_waivers = table(Waiver, {"publicity_on": reading.day, "joined_by": reading.day})
_days_of_month = many(whole(1, DAY_OF_MONTH_MAX), fewest=1, most=DAY_OF_MONTH_MAX)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a version: where its values go in `PlanTerms`, and its keys."""

    attribute: str
    build: type
    keys: Mapping[str, Reader[Any]]


HEAD: Mapping[str, Reader[Any]] = {
    "id": plan_id,
    "name": reading.bilingual,
    "operator": reading.bilingual,
    "currency": choice(*CURRENCIES),
    "timezone": reading.timezone,
    "demonstration": flag,
    "disclosure_version": mark,
    "disclosure": reading.bilingual,
}

DATES: Mapping[str, Reader[Any]] = {
    "effective_on": reading.day,
    "announced_on": reading.day,
    "notice_days": whole(0, 366),
}

SECTIONS: Mapping[str, Section] = {
    "join": Section(
        "joining",
        Joining,
        {
            "age_min_days": whole(0, 40_000),
            "age_max_years": whole(0, reading.AGE_MAX),
            "age_out_years": whole(1, reading.AGE_MAX),
            "occupation_classes": many(mark, most=50),
            "score_min": optional(whole(0, 10_000)),
            "regions": many(mark, most=100),
            "questions_version": mark,
            "questions": many(_questions, most=50, by="id"),
            "age_min_years": whole(0, reading.AGE_MAX),
            "payer_age_min_years": whole(0, reading.AGE_MAX),
            "relations": many(choice(*RELATIONS), fewest=1, most=len(RELATIONS)),
            "grace_rejoin_days": whole(0, 366),
            "grace_rejoins_max": optional(whole(1, 1_000)),
            "transfer_to": optional(plan_id),
        },
    ),
    "waiting": Section(
        "waiting",
        Waiting,
        {
            "days": whole(0, 3_660),
            "accident_covered": flag,
            "members_share": flag,
            "refund_from": choice("operator", "pool"),
            "days_by_age": many(_waiting_steps, most=20, by="from_years"),
        },
    ),
    "benefit": Section(
        "benefits",
        Benefits,
        {
            "illnesses": many(list_name, fewest=1, most=20),
            "rows": many(_benefit_rows, fewest=1, most=200, by="id"),
            "lump_sum_rate": rate,
            "ends_membership": flag,
            "ends_with": choice("first", "last"),
            "tiers": many(_tiers, most=20, by="id"),
            "bills_deductible": optional(money),
            "instalments_max": optional(whole(1, 1_000)),
            "severe_max": optional(whole(0, 1_000)),
            "mild_max": optional(whole(0, 1_000)),
            "total_max": optional(money),
            "spending_min": optional(money),
            "tenure": _grades("from_years"),
            "helped": _grades("from_claims"),
        },
    ),
    "sharing": Section(
        "sharing",
        Sharing,
        {
            "fee_rate": rate,
            "cap_per_claim": optional(money),
            "cap_per_period": optional(money),
            "cap_per_year": optional(money),
            "excess": choice("sponsor", "reshare"),
            "head_count": choice("lock", "end_of_last_period"),
            "aided_members_share": flag,
            "classes": many(_classes, most=100, by="name"),
            "waivers": many(_waivers, most=100, by="publicity_on"),
            "defaults_borne_by": choice("operator", "next_period"),
        },
    ),
    "calendar": Section(
        "rhythm",
        Rhythm,
        {
            "publicity_days": _days_of_month,
            "debit_days": _days_of_month,
            "publicity_length_days": whole(1, 28),
            "debit_notice_days": whole(0, 28),
        },
    ),
    "claims": Section(
        "claims",
        Claims,
        {
            "report_deadline_days": whole(1, 3_660),
            "governed_by": choice("diagnosis", "report", "joining"),
            "evidence_required": many(choice(*EVIDENCE_KINDS), fewest=1, most=len(EVIDENCE_KINDS)),
            "investigation_required": flag,
            "appeal_days": whole(0, 366),
            "accident_death_excluded_hours": optional(whole(1, 8_784)),
            "exclusions": many(_exclusions, most=50, by="id"),
            "refunded_clauses": many(clause, most=50),
        },
    ),
    "default": Section(
        "defaulting",
        Defaulting,
        {
            "failed_cycles_max": whole(1, 100),
            "payer_grace_days": whole(0, 366),
            "arrears_off_aid": flag,
            "reinstatement_days": whole(0, 366),
            "reinstatements_max": optional(whole(1, 1_000)),
        },
    ),
    "pool": Section(
        "pool",
        Pool,
        {
            "members_min": optional(whole(1, 10_000_000_000)),
            "run_off_days": whole(0, 3_660),
            "members_min_after_days": whole(0, 3_660),
            "closing_refund": choice("none", "full", "pro_rata"),
            "run_off_aid": choice("full", "pro_rata"),
        },
    ),
    "board": Section(
        "board",
        Board,
        {
            "juror_age_min_years": whole(0, reading.AGE_MAX),
            "juror_membership_days": whole(0, 3_660),
            "juror_pays": flag,
            "votes_min": whole(1, 10_000_000_000),
            "votes_for_min": rate,
            "strict": flag,
            "voting_hours": whole(1, 8_784),
            "objections_min": optional(whole(1, 10_000_000_000)),
        },
    ),
}

KEYS: tuple[str, ...] = (
    *DATES,
    *(f"{name}.{key}" for name, section in SECTIONS.items() for key in section.keys),
)
"""Every key of a version that has a source, as `PlanTerms.sources` names it, in their order."""


DEFAULTS: Mapping[str, object] = {
    f"{name}.{each.name}": each.default
    for name, section in SECTIONS.items()
    for each in fields(section.build)
    if each.default is not MISSING
}
"""The keys that a rulebook may leave out, with what then holds: those with a default in `terms`.

So a rulebook that was adopted before a key existed is still read, and means what it meant.
"""


MONEY_KEYS: frozenset[str] = frozenset(
    f"{name}.{key}"
    for name, section in SECTIONS.items()
    for key, reader in section.keys.items()
    if money.schema in (reader.schema, *reader.schema.get("anyOf", ()))
)
"""The keys that are an amount in fen, or none."""


def value_of(terms: PlanTerms, key: str) -> object:
    """The value behind a key of the file (`sharing.fee_rate`, `effective_on`) in parsed terms."""
    section, _, name = key.rpartition(".")
    if key == "benefit.illnesses":
        return terms.illnesses
    return getattr(getattr(terms, SECTIONS[section].attribute) if section else terms, name)
