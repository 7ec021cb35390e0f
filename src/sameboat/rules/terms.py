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
EndsWith = Literal["first", "last"]
ClosingRefund = Literal["none", "full", "pro_rata"]
RunOffAid = Literal["full", "pro_rata"]

HALF = Ratio(1, 2)
RELATIONS = ("self", "child", "spouse", "parent")
"""What a member can be to the payer of the household."""
ACCIDENT = "accident"
SPENDING = "spending"
"""Categories of a list with a meaning of their own: `docs/rules/rulebook-keys.md`."""
CLAUSES = (
    "waiting.days",
    "membership",
    "illnesses",
    "benefits.rows",
    "benefits.payments",
    "claims.report_deadline_days",
    "claims.accident_death_excluded_hours",
    "claims.evidence_required",
    "joining.questions",
)
"""The clauses under which any plan may decline a claim; a plan's own exclusions come on top."""
EXCLUSION = "claims.exclusions."
"""Before the id of an exclusion: the clause that it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that people read, in both languages of the pages."""

    zh: str
    en: str

    def side(self, language: Literal["zh", "en"]) -> str:
        """The text in one of them."""
        return self.zh if language == "zh" else self.en


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
    age_min_years: int = 0
    """Completed years of age from which one may join; `age_min_days` counts as well."""
    payer_age_min_years: int = 18
    relations: tuple[str, ...] = RELATIONS
    """What a member may be to the payer (`RELATIONS`)."""
    grace_rejoin_days: int = 0
    """Who rejoins within so many days of leaving gets the old membership back; 0: never."""
    grace_rejoins_max: int | None = None
    """How often in a lifetime; without a limit one can step out of every lock and back."""
    transfer_to: str | None = None
    """The plan into which a member is taken on becoming too old, without a new waiting period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingStep:
    """Who joins at `from_years` or older waits `days`, up to the next step's age."""

    from_years: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The days from joining before illness is covered."""

    days: int
    accident_covered: bool
    members_share: bool
    """Whether members in their waiting period share the cost."""
    refund_from: RefundFrom
    """Who pays back the shares of a member who falls ill in the waiting period."""
    days_by_age: tuple[WaitingStep, ...] = ()
    """Other lengths for older joiners, by rising age; below the first one, `days` holds."""


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
class Tier:
    """A benefit that one chooses at joining."""

    id: str
    """Empty for the ordinary one."""
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """From `at_least` on (years of cover, or claims helped), the aid is `rate` of the row."""

    at_least: int
    rate: Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefits:
    """What an accepted claim pays."""

    rows: tuple[BenefitRow, ...]
    lump_sum_rate: Ratio
    """The part of the row's amount paid at once; the rest is reimbursed against bills."""
    ends_membership: bool
    ends_with: EndsWith = "first"
    """Which payment for an illness ends the membership, where one does."""
    tiers: tuple[Tier, ...] = ()
    """The tiers of the rows, as people read them; empty where they are called by their ids."""
    bills_deductible: Fen | None = None
    """What the member bears of the bills before they are reimbursed."""
    instalments_max: int | None = None
    """So many payments for one illness, the first one included."""
    severe_max: int | None = None
    mild_max: int | None = None
    """So many illnesses of the severity are paid for in one membership."""
    total_max: Fen | None = None
    """What all aid to one membership may come to."""
    spending_min: Fen | None = None
    """Spending from which a row of the category `SPENDING` is covered."""
    tenure: tuple[Grade, ...] = ()
    """By completed years between the first day of cover and the diagnosis; empty: in full."""
    helped: tuple[Grade, ...] = ()
    """By the number of claims that the member has shared before; empty: in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareClass:
    """Members of one weight, by age band in completed years at the lock (1000 is one share)."""

    name: str
    weight: int
    age_from_years: int
    age_to_years: int
    tier: str | None = None
    """The tier whose members these are; None: whatever the tier."""


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
class Exclusion:
    """Something that the plan does not cover, in the words that a decline quotes."""

    id: str
    text: Text


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
    exclusions: tuple[Exclusion, ...] = ()
    refunded_clauses: tuple[str, ...] = ("waiting.days",)
    """Who is declined under one of these clauses gets the shares back (`Waiting.refund_from`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaulting:
    """What happens to members whose debits fail."""

    failed_cycles_max: int
    """So many failed cycles in a row end the membership."""
    payer_grace_days: int
    arrears_off_aid: bool = True
    """Whether unpaid shares are taken off an aid; otherwise they stay owed."""
    reinstatement_days: int = 0
    """Days after such an end in which paying the arrears gives the membership back; 0: none."""
    reinstatements_max: int | None = None
    """How often in a lifetime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Whether the plan may go on."""

    members_min: int | None
    run_off_days: int
    members_min_after_days: int = 0
    """The minimum counts from so many days after the plan's first day."""
    closing_refund: ClosingRefund = "none"
    """What members get back at the end: nothing, every share ever collected, or what is left in
    the pool in proportion to it."""
    run_off_aid: RunOffAid = "full"
    """Whether aid after the end is paid in full or as far as the money left reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Who may vote in the review board, and when a vote counts."""

    juror_age_min_years: int = 18
    juror_membership_days: int = 30
    juror_pays: bool = True
    """Whether only payers may be jurors."""
    votes_min: int = 1000
    """With fewer votes the vote is void."""
    votes_for_min: Ratio = HALF
    """The part of the votes that must be in favour."""
    strict: bool = False
    """Whether exactly that part is not enough."""
    voting_hours: int = 24
    objections_min: int | None = None
    """So many objections bring a case before the board by themselves."""


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
    board: Board = Board()
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
