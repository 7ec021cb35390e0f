"""What staff do about claims, each by their role: assess, investigate, decide, confirm."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Router
from pydantic import Field

from sameboat.api.auth import Request
from sameboat.api.changes import once
from sameboat.api.claims import (
    AskOut,
    ClaimLineOut,
    DeclineOut,
    EntryOut,
    EvidenceOut,
    PayeeOut,
    StatedOut,
    ask_out,
    decline_out,
    entry_out,
    evidence_out,
    line_of,
    payee_out,
    stated_out,
)
from sameboat.api.errors import answers
from sameboat.api.shapes import (
    DONE,
    Code,
    Day,
    Done,
    In,
    Key,
    Line,
    Out,
    PlanPath,
    RefPath,
    TextOut,
    Words,
    both,
)
from sameboat.claims import actions, queries
from sameboat.claims.checking import StoredCheck
from sameboat.claims.queries.staff import InvestigationLine, ObjectionLine, WaitingDecision
from sameboat.rules.terms import BenefitRow
from sameboat.runtime import clock

router = Router(tags=["staff"])
ID_MAX = 2**63 - 1
IdPath = Annotated[int, Path(ge=1, le=ID_MAX)]


class WorkOut(Out):
    """One line of the work queue."""

    ref: str
    plan: str
    state: str
    todo: str
    sealed_at: datetime | None


class CheckOut(Out):
    """The coded result of one automatic check."""

    code: str
    outcome: str
    rule: str
    text: TextOut
    facts: dict[str, str | int]


class InvestigationOut(Out):
    """An assignment and what came of it."""

    investigator: str
    assigned_at: datetime
    finding: TextOut | None
    report: str
    reported_at: datetime | None


class DecisionOut(Out):
    """A decision that waits for its second person."""

    id: int
    claim_ref: str
    kind: str
    benefit_row: str
    aid_fen: int | None
    clause: str
    reason_code: str
    words: str
    first_login: str
    first_at: datetime
    objection_ref: str
    is_mine: bool


class ObjectionOut(Out):
    """An objection, without who made it."""

    ref: str
    claim_ref: str
    reason: TextOut
    words: str
    received_at: datetime
    outcome: str
    answering: bool


class RowOut(Out):
    """A row of the benefit table that may be proposed."""

    id: str
    severity: str
    amount_fen: int


class ClauseOut(Out):
    """A clause under which a claim may be declined, as it is quoted."""

    clause: str
    quoted: TextOut


class StaffClaimOut(ClaimLineOut):
    """A claim with all that is needed to judge it."""

    born_on: str
    joined_on: str
    governing_version: str
    stated: StatedOut
    illness_name: TextOut | None
    payee: PayeeOut
    evidence: list[EvidenceOut]
    checks: list[CheckOut]
    asks: list[AskOut]
    investigations: list[InvestigationOut]
    decisions: list[DecisionOut]
    objections: list[ObjectionOut]
    rows: list[RowOut]
    clauses: list[ClauseOut]
    decline: DeclineOut | None
    appeals: list[str]
    publicity_ends_at: datetime | None
    events: list[str]
    history: list[EntryOut]


class InvestigatorOut(Out):
    """Whom the insurer may assign."""

    id: int
    name: str


class DecidedOut(Out):
    """A decision that now waits for a second person."""

    id: int


class AskIn(In):
    """What else is needed, why, and by when."""

    kinds: Annotated[list[Code], Field(min_length=1, max_length=20)]
    reason_code: Code
    due_on: Day


class AssignIn(In):
    """The staff login of an investigator."""

    investigator_id: Annotated[int, Field(ge=1, le=ID_MAX)]


class ReportIn(In):
    """What the investigator found."""

    finding: Code
    report: Words


class ProposeIn(In):
    """A row of the benefit table of the governing version."""

    benefit_row: Line
    reason: Words


class DeclineIn(In):
    """The clause, a coded reason, and words that the claimant will read."""

    clause: Line
    reason_code: Code
    reason: Words


class RecallIn(In):
    """Why a proposal is taken back."""

    reason_code: Code


class ReopenIn(In):
    """Why a decided claim is looked at again."""

    reason_code: Code
    reason: Words


class AnswerIn(In):
    """How an objection is answered."""

    outcome: Code
    reason: Words


@router.get("/queue", response=answers(list[WorkOut]))
def queue(request: Request) -> list[WorkOut]:
    """What this login can do now, by its roles; the oldest claims first."""
    return [
        WorkOut(
            ref=item.ref,
            plan=item.plan,
            state=item.state.name,
            todo=item.todo.value,
            sealed_at=item.sealed_at,
        )
        for item in queries.work_queue(login_id=request.auth.id)
    ]


@router.get("/claims/{ref}", response=answers(StaffClaimOut))
def claim(request: Request, ref: RefPath) -> StaffClaimOut:
    """A claim to be judged; the look leaves an audit row."""
    view = queries.claim_for_staff(login_id=request.auth.id, ref=ref, now=clock.now())
    return StaffClaimOut(
        **line_of(view.line),
        born_on=view.born_on,
        joined_on=view.joined_on,
        governing_version=view.governing_version,
        stated=stated_out(view.stated),
        illness_name=both(view.illness_name) if view.illness_name else None,
        payee=payee_out(view.payee),
        evidence=[evidence_out(each) for each in view.evidence],
        checks=[_check(each) for each in view.checks],
        asks=[ask_out(each) for each in view.asks],
        investigations=[_investigation(each) for each in view.investigations],
        decisions=[_decision(each) for each in view.decisions],
        objections=[_objection(each) for each in view.objections],
        rows=[_row(each) for each in view.rows],
        clauses=[ClauseOut(clause=clause, quoted=both(text)) for clause, text in view.clauses],
        decline=decline_out(view.decline),
        appeals=list(view.appeals),
        publicity_ends_at=view.publicity_ends_at,
        events=sorted(view.events),
        history=[entry_out(each) for each in view.history],
    )


@router.post("/claims/{ref}/ask", response=answers(Done))
def ask(request: Request, idempotency_key: Key, ref: RefPath, body: AskIn) -> HttpResponse:
    """Ask the claimant for more evidence; a second time only as a supervisor."""

    def do() -> Done:
        actions.ask_evidence(
            login_id=request.auth.id, claim_ref=ref, now=clock.now(), **body.model_dump()
        )
        return DONE

    return once(request, idempotency_key, body, do)


@router.get("/investigators", response=answers(list[InvestigatorOut]))
def investigators(request: Request) -> list[InvestigatorOut]:
    """Whom the insurer may assign."""
    found = queries.investigators(login_id=request.auth.id)
    return [InvestigatorOut(id=each, name=name) for each, name in found]


@router.post("/claims/{ref}/assign", response=answers(Done))
def assign(request: Request, idempotency_key: Key, ref: RefPath, body: AssignIn) -> HttpResponse:
    """Send an investigator (role insurer)."""

    def do() -> Done:
        actions.assign_investigator(
            login_id=request.auth.id, claim_ref=ref, now=clock.now(), **body.model_dump()
        )
        return DONE

    return once(request, idempotency_key, body, do)


@router.post("/claims/{ref}/report", response=answers(Done))
def report(request: Request, idempotency_key: Key, ref: RefPath, body: ReportIn) -> HttpResponse:
    """Tell what the investigation found (the investigator who was assigned)."""

    def do() -> Done:
        actions.report_investigation(
            login_id=request.auth.id, claim_ref=ref, now=clock.now(), **body.model_dump()
        )
        return DONE

    return once(request, idempotency_key, body, do)


@router.post("/claims/{ref}/propose", response=answers(DecidedOut, 201))
def propose(request: Request, idempotency_key: Key, ref: RefPath, body: ProposeIn) -> HttpResponse:
    """Propose the aid of a row of the benefit table; a second person confirms."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: DecidedOut(
            id=actions.propose_aid(
                login_id=request.auth.id, claim_ref=ref, now=clock.now(), **body.model_dump()
            )
        ),
        status=201,
    )


@router.post("/claims/{ref}/decline", response=answers(DecidedOut, 201))
def decline(request: Request, idempotency_key: Key, ref: RefPath, body: DeclineIn) -> HttpResponse:
    """Propose to decline under a clause; a second person confirms."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: DecidedOut(
            id=actions.decline_claim(
                login_id=request.auth.id, claim_ref=ref, now=clock.now(), **body.model_dump()
            )
        ),
        status=201,
    )


@router.post("/claims/{ref}/recall", response=answers(DecidedOut, 201))
def recall(request: Request, idempotency_key: Key, ref: RefPath, body: RecallIn) -> HttpResponse:
    """Propose to take a proposal back before it is published."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: DecidedOut(
            id=actions.recall_decision(
                login_id=request.auth.id, claim_ref=ref, now=clock.now(), **body.model_dump()
            )
        ),
        status=201,
    )


@router.post("/claims/{ref}/reopen", response=answers(DecidedOut, 201))
def reopen(request: Request, idempotency_key: Key, ref: RefPath, body: ReopenIn) -> HttpResponse:
    """Propose to look at a decided claim again (two second deciders)."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: DecidedOut(
            id=actions.reopen_claim(
                login_id=request.auth.id, claim_ref=ref, now=clock.now(), **body.model_dump()
            )
        ),
        status=201,
    )


@router.get("/decisions", response=answers(list[DecisionOut]))
def decisions(request: Request) -> list[DecisionOut]:
    """Decisions that wait for a second person, oldest first."""
    return [_decision(each) for each in queries.decisions_waiting(request.auth.id)]


@router.post("/decisions/{decision_id}/confirm", response=answers(Done))
def confirm(request: Request, idempotency_key: Key, decision_id: IdPath) -> HttpResponse:
    """Agree as the second person: the claim moves."""

    def do() -> Done:
        actions.confirm_decision(login_id=request.auth.id, decision_id=decision_id, now=clock.now())
        return DONE

    return once(request, idempotency_key, b"", do)


@router.post("/decisions/{decision_id}/drop", response=answers(Done))
def drop(request: Request, idempotency_key: Key, decision_id: IdPath) -> HttpResponse:
    """Do not agree: the claim may be decided anew."""

    def do() -> Done:
        actions.drop_decision(login_id=request.auth.id, decision_id=decision_id, now=clock.now())
        return DONE

    return once(request, idempotency_key, b"", do)


@router.get("/plans/{plan}/objections", response=answers(list[ObjectionOut]))
def objections(request: Request, plan: PlanPath) -> list[ObjectionOut]:
    """Objections that nobody answered yet, oldest first."""
    found = queries.objections_open(login_id=request.auth.id, plan_id=plan)
    return [_objection(each) for each in found]


@router.post("/objections/{ref}/answer", response=answers(DecidedOut, 201))
def answer(request: Request, idempotency_key: Key, ref: RefPath, body: AnswerIn) -> HttpResponse:
    """Propose to dismiss or uphold an objection; a second person confirms."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: DecidedOut(
            id=actions.answer_objection(
                login_id=request.auth.id, objection_ref=ref, now=clock.now(), **body.model_dump()
            )
        ),
        status=201,
    )


def _check(check: StoredCheck) -> CheckOut:
    return CheckOut(
        code=check.code,
        outcome=check.outcome,
        rule=check.rule,
        text=both(check.text),
        facts=check.facts,
    )


def _investigation(line: InvestigationLine) -> InvestigationOut:
    return InvestigationOut(
        investigator=line.investigator,
        assigned_at=line.assigned_at,
        finding=both(line.finding) if line.finding else None,
        report=line.report,
        reported_at=line.reported_at,
    )


def _decision(line: WaitingDecision) -> DecisionOut:
    return DecisionOut(
        id=line.id,
        claim_ref=line.claim_ref,
        kind=line.kind,
        benefit_row=line.benefit_row,
        aid_fen=line.aid,
        clause=line.clause,
        reason_code=line.reason_code,
        words=line.words,
        first_login=line.first_login,
        first_at=line.first_at,
        objection_ref=line.objection_ref,
        is_mine=line.is_mine,
    )


def _objection(line: ObjectionLine) -> ObjectionOut:
    return ObjectionOut(
        ref=line.ref,
        claim_ref=line.claim_ref,
        reason=both(line.reason),
        words=line.words,
        received_at=line.received_at,
        outcome=line.outcome,
        answering=line.answering,
    )


def _row(row: BenefitRow) -> RowOut:
    return RowOut(id=row.id, severity=row.severity, amount_fen=row.amount)
