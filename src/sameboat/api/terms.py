"""The terms of a plan as the API tells them: every key of the rulebook, under its own name.

The shapes are those of `rules.terms`, field by field; a test compares them. Amounts end in `_fen`,
fractions are exact (`8/100`), texts are in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date
from types import UnionType
from typing import Any, TypeVar, get_args

from sameboat.api.shapes import Out, TextOut
from sameboat.rules.money import Ratio

Shape = TypeVar("Shape", bound=Out)


class QuestionOut(Out):
    """One question of the health declaration."""

    id: str
    text: TextOut
    bars_on: bool
    """The answer with which one cannot join."""


class JoiningOut(Out):
    """Who may join. An empty list of classes or regions means all."""

    age_min_days: int
    age_min_years: int
    age_max_years: int
    age_out_years: int
    """Membership ends on this birthday."""
    payer_age_min_years: int
    occupation_classes: list[str]
    score_min: int | None
    regions: list[str]
    relations: list[str]
    questions_version: str
    questions: list[QuestionOut]
    grace_rejoin_days: int
    grace_rejoins_max: int | None
    transfer_to: str | None


class WaitingStepOut(Out):
    """Who joins at `from_years` or older waits `days`."""

    from_years: int
    days: int


class WaitingOut(Out):
    """The days from joining before illness is covered."""

    days: int
    days_by_age: list[WaitingStepOut]
    accident_covered: bool
    members_share: bool
    refund_from: str


class BenefitOut(Out):
    """One row of the benefit table; ages in completed years at diagnosis, both included."""

    id: str
    age_from_years: int
    age_to_years: int
    severity: str
    tier: str
    amount_fen: int


class TierOut(Out):
    """A benefit that one chooses at joining; an empty id is the ordinary one."""

    id: str
    text: TextOut


class GradeOut(Out):
    """From `at_least` on (years of cover, or claims helped), the aid is `rate` of the row."""

    at_least: int
    rate: str


class BenefitsOut(Out):
    """What an accepted claim pays."""

    rows: list[BenefitOut]
    tiers: list[TierOut]
    lump_sum_rate: str
    ends_membership: bool
    ends_with: str
    bills_deductible_fen: int | None
    instalments_max: int | None
    severe_max: int | None
    mild_max: int | None
    total_max_fen: int | None
    spending_min_fen: int | None
    tenure: list[GradeOut]
    helped: list[GradeOut]


class ShareClassOut(Out):
    """Members of one weight; 1000 is one share."""

    name: str
    weight: int
    age_from_years: int
    age_to_years: int
    tier: str | None


class WaiverOut(Out):
    """Members joined by `joined_by` are let off the period of `publicity_on`."""

    publicity_on: date
    joined_by: date


class SharingOut(Out):
    """How the cost of a period is divided."""

    fee_rate: str
    cap_per_claim_fen: int | None
    cap_per_period_fen: int | None
    cap_per_year_fen: int | None
    excess: str
    head_count: str
    aided_members_share: bool
    classes: list[ShareClassOut]
    waivers: list[WaiverOut]
    defaults_borne_by: str


class RhythmOut(Out):
    """The calendar: the n-th publicity day of a month has the n-th debit day."""

    publicity_days: list[int]
    debit_days: list[int]
    publicity_length_days: int
    debit_notice_days: int


class ExclusionOut(Out):
    """Something that the plan does not cover, in the words that a decline quotes."""

    id: str
    text: TextOut


class ClaimTermsOut(Out):
    """How a claim is made and judged."""

    report_deadline_days: int
    governed_by: str
    evidence_required: list[str]
    investigation_required: bool
    appeal_days: int
    accident_death_excluded_hours: int | None
    exclusions: list[ExclusionOut]
    refunded_clauses: list[str]


class DefaultingOut(Out):
    """What happens to members whose debits fail."""

    failed_cycles_max: int
    payer_grace_days: int
    arrears_off_aid: bool
    reinstatement_days: int
    reinstatements_max: int | None


class PoolOut(Out):
    """Whether the plan may go on, and what happens at its end."""

    members_min: int | None
    members_min_after_days: int
    run_off_days: int
    run_off_aid: str
    closing_refund: str


class BoardOut(Out):
    """Who may vote in the review board, and when a vote counts."""

    juror_age_min_years: int
    juror_membership_days: int
    juror_pays: bool
    votes_min: int
    votes_for_min: str
    strict: bool
    voting_hours: int
    objections_min: int | None


class IllnessOut(Out):
    """One covered illness."""

    number: str
    name: TextOut
    aliases: list[str]
    icd10: str
    category: str
    severity: str
    children_only: bool
    confirmed: bool
    """Whether a source names this row as covered."""
    source: str


class TermsOut(Out):
    """One version of the terms, whole."""

    version: str
    effective_on: date
    announced_on: date
    notice_days: int
    joining: JoiningOut
    waiting: WaitingOut
    benefits: BenefitsOut
    sharing: SharingOut
    rhythm: RhythmOut
    claims: ClaimTermsOut
    defaulting: DefaultingOut
    pool: PoolOut
    board: BoardOut
    illnesses: list[IllnessOut]
    sources: dict[str, str]
    """For each key, such as `sharing.fee_rate`, where it stands, or `assumed: why`."""


def mirrored(shape: type[Shape], value: object) -> Shape:
    """A value of the rules in its shape: each field by its name, an amount without its `_fen`."""
    return shape(
        **{
            name: _told(field.annotation, getattr(value, name.removesuffix("_fen")))
            for name, field in shape.model_fields.items()
        }
    )


def _told(wanted: Any, value: object) -> object:
    if isinstance(value, Ratio):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, tuple):
        (inner,) = get_args(wanted)
        return [_told(inner, each) for each in value]
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value):
        return mirrored(wanted if not isinstance(wanted, UnionType) else get_args(wanted)[0], value)
    return value
