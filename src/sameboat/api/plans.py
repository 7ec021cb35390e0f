"""Plans as anybody may read them: what is promised, what is asked, what one must know first."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from sameboat.api.errors import answers
from sameboat.api.shapes import Day, Out, PlanPath, TextOut, both
from sameboat.members.queries import wind_down
from sameboat.plans import queries
from sameboat.rules.calendar import day_of
from sameboat.rules.money import Ratio
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.winding import plan_state
from sameboat.runtime import clock

router = Router(tags=["plans"], auth=None)


class PlanLine(Out):
    """A plan of the list."""

    id: str
    name: TextOut
    operator: TextOut
    currency: str
    timezone: str
    demonstration: bool
    """The figures are made for demonstration."""


class VersionLine(Out):
    """One version of a plan's terms."""

    version: str
    effective_on: date
    announced_on: date


class EndOut(Out):
    """The announced end of a plan."""

    state: str
    """`closing`, `run_off` or `ended`."""
    announced_on: date
    sharing_ends_on: date
    """The first day on which nobody is debited."""
    ends_on: date
    """The first day without cover."""
    run_off_days: int
    claims_until: date
    """The last day on which anybody may file."""


class PlanOut(PlanLine):
    """A plan with its versions, oldest first."""

    content_hash: str
    """SHA-256 of the rulebook, as the record names it."""
    disclosure_version: str
    versions: list[VersionLine]
    end: EndOut | None
    """None while the plan goes on."""


class DisclosureOut(Out):
    """What a person must have accepted before joining."""

    version: str
    text: TextOut


class QuestionOut(Out):
    """One question of the health declaration."""

    id: str
    text: TextOut
    bars_on: bool
    """The answer with which one cannot join."""


class QuestionsOut(Out):
    """The health declaration in force today."""

    version: str
    questions: list[QuestionOut]


class IllnessOut(Out):
    """One covered illness."""

    number: str
    name: TextOut
    severity: str
    icd10: str
    children_only: bool


class BenefitOut(Out):
    """One row of the benefit table; ages in completed years at diagnosis, both included."""

    id: str
    age_from_years: int
    age_to_years: int
    severity: str
    tier: str
    amount_fen: int


class TermsOut(Out):
    """One version of the terms, as far as a member asks for it."""

    version: str
    effective_on: date
    age_min_days: int
    age_max_years: int
    age_out_years: int
    occupation_classes: list[str]
    regions: list[str]
    waiting_days: int
    accident_covered: bool
    fee_rate: str
    """An exact fraction such as `2/25`."""
    cap_per_claim_fen: int | None
    cap_per_period_fen: int | None
    cap_per_year_fen: int | None
    publicity_days: list[int]
    debit_days: list[int]
    debit_notice_days: int
    report_deadline_days: int
    evidence_required: list[str]
    benefits: list[BenefitOut]
    illnesses: list[IllnessOut]


@router.get("", response=answers(list[PlanLine]))
def plans(request: HttpRequest) -> list[PlanLine]:
    """The plans that run here."""
    return [PlanLine(**_line(plan)) for plan in queries.plans()]


@router.get("/{plan}", response=answers(PlanOut))
def plan(request: HttpRequest, plan: PlanPath) -> PlanOut:
    """One plan with its versions."""
    found = queries.plan(plan)
    return PlanOut(
        **_line(found),
        content_hash=found.content_hash,
        disclosure_version=found.disclosure_version,
        versions=[
            VersionLine(
                version=each.version,
                effective_on=each.effective_on,
                announced_on=each.announced_on,
            )
            for each in found.versions
        ],
        end=_end(found),
    )


@router.get("/{plan}/disclosure", response=answers(DisclosureOut))
def disclosure(request: HttpRequest, plan: PlanPath) -> DisclosureOut:
    """What to read and accept before joining."""
    found = queries.plan(plan)
    return DisclosureOut(version=found.disclosure_version, text=both(found.disclosure))


@router.get("/{plan}/questions", response=answers(QuestionsOut))
def questions(request: HttpRequest, plan: PlanPath) -> QuestionsOut:
    """The health declaration to answer when joining today."""
    joining = _terms(queries.plan(plan), None).joining
    return QuestionsOut(
        version=joining.questions_version,
        questions=[
            QuestionOut(id=each.id, text=both(each.text), bars_on=each.bars_on)
            for each in joining.questions
        ],
    )


@router.get("/{plan}/terms", response=answers(TermsOut))
def terms(
    request: HttpRequest, plan: PlanPath, on: Annotated[Day | None, Query()] = None
) -> TermsOut:
    """The version in force on a day; today's where none is named."""
    found = _terms(queries.plan(plan), on)
    joining, sharing, rhythm = found.joining, found.sharing, found.rhythm
    return TermsOut(
        version=found.version,
        effective_on=found.effective_on,
        age_min_days=joining.age_min_days,
        age_max_years=joining.age_max_years,
        age_out_years=joining.age_out_years,
        occupation_classes=list(joining.occupation_classes),
        regions=list(joining.regions),
        waiting_days=found.waiting.days,
        accident_covered=found.waiting.accident_covered,
        fee_rate=_fraction(sharing.fee_rate),
        cap_per_claim_fen=sharing.cap_per_claim,
        cap_per_period_fen=sharing.cap_per_period,
        cap_per_year_fen=sharing.cap_per_year,
        publicity_days=list(rhythm.publicity_days),
        debit_days=list(rhythm.debit_days),
        debit_notice_days=rhythm.debit_notice_days,
        report_deadline_days=found.claims.report_deadline_days,
        evidence_required=list(found.claims.evidence_required),
        benefits=_benefits(found),
        illnesses=_illnesses(found),
    )


def _line(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "name": both(plan.name),
        "operator": both(plan.operator),
        "currency": plan.currency,
        "timezone": plan.timezone,
        "demonstration": plan.demonstration,
    }


def _terms(plan: Plan, on: date | None) -> PlanTerms:
    return queries.in_force(plan, on or day_of(clock.now(), plan.timezone))


def _fraction(ratio: Ratio) -> str:
    return f"{ratio.numerator}/{ratio.denominator}"


def _benefits(terms: PlanTerms) -> list[BenefitOut]:
    return [
        BenefitOut(
            id=row.id,
            age_from_years=row.age_from_years,
            age_to_years=row.age_to_years,
            severity=row.severity,
            tier=row.tier,
            amount_fen=row.amount,
        )
        for row in terms.benefits.rows
    ]


def _illnesses(terms: PlanTerms) -> list[IllnessOut]:
    return [
        IllnessOut(
            number=row.number,
            name=both(row.name),
            severity=row.severity,
            icd10=row.icd10,
            children_only=row.children_only,
        )
        for row in terms.illnesses
    ]


def _end(plan: Plan) -> EndOut | None:
    announced = wind_down(plan.id)
    if announced is None:
        return None
    return EndOut(
        state=plan_state(announced, day_of(clock.now(), plan.timezone)).value,
        announced_on=announced.announced_on,
        sharing_ends_on=announced.sharing_ends_on,
        ends_on=announced.ends_on,
        run_off_days=announced.run_off_days,
        claims_until=announced.claims_until,
    )
