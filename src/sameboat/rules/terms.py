"""The terms of a plan: what one version of a rulebook promises, as values that are known good.

A `Plan` is the whole rulebook; a `PlanTerms` is one of its versions. Both are made by
`rules.rulebook.parse` only, so whoever holds one holds a valid plan and checks nothing again.
Every amount is in fen, every rate an exact `Ratio`, every day a civil day in `Plan.timezone`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sameboat.rules.money import Fen, Ratio

Severity = Literal["severe", "mild"]
GovernedBy = Literal["diagnosis", "report", "joining"]
HeadCount = Literal["lock", "end_of_last_period"]
Excess = Literal["sponsor", "reshare"]
Bearer = Literal["operator", "next_period"]
RefundFrom = Literal["operator", "pool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that people read, in both languages of the pages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Illness:
    """One covered illness of a plan's list (one row of its CSV)."""

    number: str
    """The row's mark in the list: `1` to `100`, `M1` for a mild tier, `R1` for a rare disease."""
    name: Text
    aliases: tuple[str, ...]
    icd10: str
    """Prefix or range (`C00-C97`, `I21`), empty where the list has none."""
    category: str
    severity: Severity
    children_only: bool
    confirmed: bool
    """Whether a source names this row as covered; the others are usual market rows."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the health declaration; the answer that bars from joining is `bars_on`."""

    id: str
    text: Text
    bars_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Who may join."""

    age_min_days: int
    """Days since birth (the day of birth is day 0)."""
    age_max_years: int
    """The last completed year of age at which one may still join."""
    age_out_years: int
    """Membership ends on this birthday."""
    occupation_classes: tuple[str, ...]
    """Occupation classes that may join; empty means all."""
    score_min: int | None
    regions: tuple[str, ...]
    """Province codes that may join; empty means all."""
    questions_version: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The days from joining before illness is covered."""

    days: int
    accident_covered: bool
    members_share: bool
    """Whether members in their waiting period share the cost."""
    refund_from: RefundFrom
    """Who pays back the shares of a member who falls ill in the waiting period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitRow:
    """One row of the benefit table: who gets how much for what."""

    id: str
    age_from_years: int
    age_to_years: int
    """Inclusive, in completed years on the day of first diagnosis."""
    severity: Severity
    tier: str
    """Empty where the plan has no tiers."""
    amount: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefits:
    """What an accepted claim pays."""

    rows: tuple[BenefitRow, ...]
    lump_sum_rate: Ratio
    """The part of the row's amount paid at once; the rest is reimbursed against bills."""
    ends_membership: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareClass:
    """Members of one weight, by age band in completed years at the lock (1000 is one share)."""

    name: str
    weight: int
    age_from_years: int
    age_to_years: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Members joined by `joined_by` are let off the period of `publicity_on`; the sponsor pays."""

    publicity_on: date
    joined_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """How the cost of a period is divided."""

    fee_rate: Ratio
    cap_per_claim: Fen | None
    cap_per_period: Fen | None
    cap_per_year: Fen | None
    excess: Excess
    head_count: HeadCount
    aided_members_share: bool
    classes: tuple[ShareClass, ...]
    """Empty means that everybody has the weight 1000."""
    waivers: tuple[Waiver, ...]
    defaults_borne_by: Bearer


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The calendar of periods: the n-th publicity day of a month has the n-th debit day."""

    publicity_days: tuple[int, ...]
    debit_days: tuple[int, ...]
    publicity_length_days: int
    debit_notice_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """How a claim is made and judged."""

    report_deadline_days: int
    """Days after the first diagnosis within which a claim must be filed, the last one included."""
    governed_by: GovernedBy
    evidence_required: tuple[str, ...]
    """Kinds of documents that must be there before sealing (`EVIDENCE_KINDS`)."""
    investigation_required: bool
    appeal_days: int
    accident_death_excluded_hours: int | None
    """Death within so many hours of an accident is not covered; None means no such exclusion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaulting:
    """What happens to members whose debits fail."""

    failed_cycles_max: int
    """So many failed cycles in a row end the membership."""
    payer_grace_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Whether the plan may go on."""

    members_min: int | None
    run_off_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """One version of a plan, in force from `effective_on` until the next version's day."""

    version: str
    effective_on: date
    announced_on: date
    notice_days: int
    joining: Joining
    waiting: Waiting
    illnesses: tuple[Illness, ...]
    benefits: Benefits
    sharing: Sharing
    rhythm: Rhythm
    claims: Claims
    defaulting: Defaulting
    pool: Pool
    sources: Mapping[str, str] = field(hash=False)
    """For each key (`sharing.fee_rate`) the paragraph of the facts, or `assumed: why`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole rulebook: the plan's identity and its versions, oldest first."""

    id: str
    name: Text
    operator: Text
    currency: str
    timezone: str
    demonstration: bool
    """Marked so on every page: the figures are made for demonstration."""
    disclosure_version: str
    disclosure: Text
    """What a person must have accepted before joining."""
    versions: tuple[PlanTerms, ...]
    content_hash: str
    """SHA-256 of the rulebook file and of the lists that it names, in hex."""


EVIDENCE_KINDS: tuple[str, ...] = (
    "identity",
    "diagnosis",
    "pathology",
    "medical_record",
    "bill",
    "accident_report",
    "death_certificate",
    "authority",
    "other",
)
