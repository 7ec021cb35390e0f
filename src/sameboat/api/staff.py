"""What staff do about claims, each by their role: look, ask, send an investigator, report."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field, StringConstraints

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import done, once
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
from sameboat.api.decisions import DecisionOut, ObjectionOut, decision_out, objection_out
from sameboat.api.errors import answers
from sameboat.api.paging import LIMIT, Limit, one_page
from sameboat.api.shapes import (
    ID_MAX,
    Bool,
    Code,
    Day,
    Done,
    In,
    Key,
    Line,
    Out,
    RefPath,
    TextOut,
    Words,
    both,
)
from sameboat.claims import actions, queries
from sameboat.claims.checking import AidDue, StoredCheck
from sameboat.claims.queries.staff import InvestigationLine
from sameboat.identity.actions import decide_new_document
from sameboat.identity.actions import grant_mandate as grant_the_mandate
from sameboat.identity.actions.mandates import Mandate
from sameboat.identity.documents import to_look_at
from sameboat.identity.scopes import Area
from sameboat.members.actions import record_death as record_the_death
from sameboat.members.actions import undo_death as undo_the_death
from sameboat.members.actions.living import Shown
from sameboat.rules.documents import DocumentKind
from sameboat.runtime import clock

router = Router(tags=["staff"], auth=Bearer(Area.STAFF))


class WorkOut(Out):
    """One line of the work queue."""

    ref: str
    plan: str
    state: str
    todo: str
    sealed_at: datetime | None
    is_childs: bool
    """It is about a child under 14."""
    may_open: bool
    """False where it waits for somebody with the role `children`."""


class NewDocumentOut(Out):
    """Two documents of one person with different names."""

    ref: str
    requested_at: datetime
    old_kind: TextOut
    old_name: str
    new_kind: TextOut
    new_name: str


class DecideDocumentIn(In):
    """Whether both documents are the same person's."""

    accept: bool


class MandateIn(In):
    """The paper, whose document it names, and its last day."""

    kind: Mandate
    document_kind: DocumentKind
    document_number: Line
    until: Day


class DeathIn(In):
    """The day of a death, as a document showed it."""

    died_on: Day


class UndoDeathIn(In):
    """What showed that the person lives."""

    shown_by: Shown


class DeathOut(Out):
    """What became of the entry: `waits` for a second person, `differs` from the first one's and
    waits in its place, or is `recorded`."""

    entered: Literal["waits", "differs", "recorded"]


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


class RowOut(Out):
    """A row of the benefit table that may be proposed, and what it pays now."""

    id: str
    severity: str
    amount_fen: int
    due_fen: int
    working: list[TextOut]


class ClauseOut(Out):
    """A clause under which a claim may be declined, as it is quoted."""

    clause: str
    quoted: TextOut


class HoldOut(Out):
    """An entry that the record refused: type, broken rule, and whether the claim was put back."""

    entry: str
    code: str
    began_at: datetime
    released_at: datetime | None


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
    holds: list[HoldOut]
    history: list[EntryOut]


class InvestigatorOut(Out):
    """Whom the insurer may assign."""

    id: int
    name: str


class AskIn(In):
    """What else is needed, why, and by when."""

    kinds: Annotated[list[Code], Field(min_length=1, max_length=20)]
    reason_code: Code
    due_on: Day


class ReleaseIn(In):
    """Why a claim on hold is put back."""

    reason: Words


class PayeeChangeIn(In):
    """Whether another payee takes effect."""

    approve: Bool


class AssignIn(In):
    """The staff login of an investigator."""

    investigator_id: Annotated[int, Field(ge=1, le=ID_MAX)]


class ReportIn(In):
    """What the investigator found."""

    finding: Code
    report: Words


@router.get("/queue", response=answers(list[WorkOut]))
def queue(
    request: Request,
    response: HttpResponse,
    after: Annotated[str, StringConstraints(max_length=80), Query("")],
    limit: Limit = LIMIT,
) -> list[WorkOut]:
    """What this login can do now, by its roles; the oldest claims first."""
    found = queries.work_queue(
        login_id=request.auth.id, after=after, limit=limit + 1, now=clock.now()
    )
    page = one_page(request, response, found, limit=limit, by="after", mark=lambda item: item.mark)
    return [
        WorkOut(
            ref=item.ref,
            plan=item.plan,
            state=item.state.name,
            todo=item.todo.value,
            sealed_at=item.sealed_at,
            is_childs=item.is_childs,
            may_open=item.may_open,
        )
        for item in page
    ]


@router.get("/documents", response=answers(list[NewDocumentOut]))
def documents(request: Request) -> list[NewDocumentOut]:
    """New documents of members that bear another name, to be compared; the oldest first."""
    return [
        NewDocumentOut(
            ref=each.ref,
            requested_at=each.requested_at,
            old_kind=TextOut(zh=each.old_kind.zh, en=each.old_kind.en),
            old_name=each.old_name,
            new_kind=TextOut(zh=each.new_kind.zh, en=each.new_kind.en),
            new_name=each.new_name,
        )
        for each in to_look_at(request.auth.id)
    ]


@router.post("/documents/{ref}/decide", response=answers(Done))
def decide_document(
    request: Request, idempotency_key: Key, ref: RefPath, body: DecideDocumentIn
) -> HttpResponse:
    """Accept a new document as the same person's, or let the old one stand."""

    return done(request, idempotency_key, decide_new_document, body=body, ref=ref)


@router.post("/persons/{ref}/mandates", response=answers(Done))
def grant_mandate(
    request: Request, idempotency_key: Key, ref: RefPath, body: MandateIn
) -> HttpResponse:
    """Let somebody outside the family act for a person until a day, by a paper that was seen."""
    return done(request, idempotency_key, grant_the_mandate, body=body, person_ref=ref)


@router.post("/persons/{ref}/death", response=answers(DeathOut))
def record_death(
    request: Request, idempotency_key: Key, ref: RefPath, body: DeathIn
) -> HttpResponse:
    """Enter that a person died. A second person's like entry records it: memberships end, and
    debits of the household pause."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: DeathOut(
            entered=record_the_death(
                login_id=request.auth.id, person_ref=ref, died_on=body.died_on, now=clock.now()
            )
        ),
    )


@router.post("/persons/{ref}/death/undo", response=answers(DeathOut))
def undo_death(
    request: Request, idempotency_key: Key, ref: RefPath, body: UndoDeathIn
) -> HttpResponse:
    """Enter that a recorded death was a mistake. A second person's like entry undoes it: what
    ended comes back without a gap, debits go on, the login opens, the person is told."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: DeathOut(
            entered=undo_the_death(
                login_id=request.auth.id, person_ref=ref, shown_by=body.shown_by, now=clock.now()
            )
        ),
    )


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
        payee=payee_out(view.payee, view.payee_state),
        evidence=[evidence_out(each) for each in view.evidence],
        checks=[_check(each) for each in view.checks],
        asks=[ask_out(each) for each in view.asks],
        investigations=[_investigation(each) for each in view.investigations],
        decisions=[decision_out(each) for each in view.decisions],
        objections=[objection_out(each) for each in view.objections],
        rows=[_row(each) for each in view.rows],
        clauses=[ClauseOut(clause=clause, quoted=both(text)) for clause, text in view.clauses],
        decline=decline_out(view.decline),
        appeals=list(view.appeals),
        publicity_ends_at=view.publicity_ends_at,
        events=sorted(view.events),
        holds=[HoldOut(**asdict(each)) for each in view.holds],
        history=[entry_out(each) for each in view.history],
    )


@router.post("/claims/{ref}/ask", response=answers(Done))
def ask(request: Request, idempotency_key: Key, ref: RefPath, body: AskIn) -> HttpResponse:
    """Ask the claimant for more evidence; a second time only as a supervisor."""
    return done(request, idempotency_key, actions.ask_evidence, body=body, claim_ref=ref)


@router.post("/claims/{ref}/release", response=answers(Done))
def release(request: Request, idempotency_key: Key, ref: RefPath, body: ReleaseIn) -> HttpResponse:
    """Put a claim on hold back to where the record stands (role supervisor)."""
    return done(request, idempotency_key, actions.release_claim, body=body, claim_ref=ref)


@router.post("/claims/{ref}/payee-change", response=answers(Done))
def payee_change(
    request: Request, idempotency_key: Key, ref: RefPath, body: PayeeChangeIn
) -> HttpResponse:
    """Let another payee take effect after the wait, or refuse it at once (role supervisor)."""
    return done(request, idempotency_key, actions.decide_payee_change, body=body, claim_ref=ref)


@router.get("/investigators", response=answers(list[InvestigatorOut]))
def investigators(request: Request) -> list[InvestigatorOut]:
    """Whom the insurer may assign."""
    found = queries.investigators(login_id=request.auth.id)
    return [InvestigatorOut(id=each, name=name) for each, name in found]


@router.post("/claims/{ref}/assign", response=answers(Done))
def assign(request: Request, idempotency_key: Key, ref: RefPath, body: AssignIn) -> HttpResponse:
    """Send an investigator (role insurer)."""
    return done(request, idempotency_key, actions.assign_investigator, body=body, claim_ref=ref)


@router.post("/claims/{ref}/report", response=answers(Done))
def report(request: Request, idempotency_key: Key, ref: RefPath, body: ReportIn) -> HttpResponse:
    """Tell what the investigation found (the investigator who was assigned)."""
    return done(request, idempotency_key, actions.report_investigation, body=body, claim_ref=ref)


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


def _row(due: AidDue) -> RowOut:
    row = due.aid.row
    return RowOut(
        id=row.id,
        severity=row.severity,
        amount_fen=row.amount,
        due_fen=due.aid.amount,
        working=[both(step) for step in due.working],
    )
