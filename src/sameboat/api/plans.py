"""Plans as anybody may read them: what is promised, what is asked, what one must know first."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from sameboat.api.errors import answers
from sameboat.api.shapes import Day, Out, PlanPath, TextOut, both
from sameboat.api.terms import QuestionOut, TermsOut, mirrored
from sameboat.members.queries import wind_down
from sameboat.plans import queries
from sameboat.rules.calendar import day_of
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
    closing_refund: str
    """What of the shares goes back at the end: `none`, `full`, or `pro_rata` of what is left."""
    run_off_aid: str
    """Aid of periods that nobody shares: `full`, or `pro_rata` of what is left."""
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


class QuestionsOut(Out):
    """The health declaration in force today."""

    version: str
    questions: list[QuestionOut]


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
        questions=[mirrored(QuestionOut, each) for each in joining.questions],
    )


@router.get("/{plan}/terms", response=answers(TermsOut))
def terms(
    request: HttpRequest, plan: PlanPath, on: Annotated[Day | None, Query()] = None
) -> TermsOut:
    """The version in force on a day; today's where none is named."""
    return mirrored(TermsOut, _terms(queries.plan(plan), on))


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
        closing_refund=announced.closing_refund,
        run_off_aid=announced.run_off_aid,
        claims_until=announced.claims_until,
    )
