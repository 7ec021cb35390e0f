"""One's data: a copy, erasure, who looked. Only for a login's own token, never for a program's."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpResponse
from ninja import Router

from sameboat.api.auth import Request
from sameboat.api.changes import done, once
from sameboat.api.errors import answers
from sameboat.api.shapes import (
    Code,
    CodeIn,
    Done,
    In,
    Key,
    Line,
    Made,
    Out,
    RefPath,
    TextOut,
    Words,
    both,
)
from sameboat.rights import actions, queries
from sameboat.rights.keeping import REASONS, Mark
from sameboat.rights.looks import Look
from sameboat.rights.queries import RequestLine
from sameboat.rights.waiting import TOLD, Wait
from sameboat.runtime import clock

router = Router(tags=["rights"])


class CorrectionIn(In):
    """What is wrong (`name`, `sex`, `born_on`, `province`, `occupation`, `other`) and right."""

    subject: Code
    wanted: Line
    words: Words


class ReasonsIn(In):
    """What whoever looks should know."""

    words: Words


class ProvedOut(Out):
    """Whether the code was right; then the phone counts as held for ten minutes."""

    proved: bool


class WaitOut(Out):
    """Something that is finished before an erasure."""

    code: str
    told: TextOut


class DataRequestOut(Out):
    """Something that was asked about somebody's data."""

    ref: str
    kind: str
    """`copy`, `correction`, `erasure` or `reasons`."""
    name: str
    state: str
    subject: str
    asked_at: datetime
    due_on: date
    words: str
    answer: str
    waits: list[WaitOut]
    expires_at: datetime | None


class KeptOut(Out):
    """What outlasts an erasure, and the first day on which it is deleted."""

    reason: str
    told: TextOut
    until: date


class OutlookOut(Out):
    """What the erasure of a person would wait for and leave."""

    waits: list[WaitOut]
    mark: KeptOut | None


class MarkedOut(Out):
    """A membership at which a human should look, and why."""

    membership_ref: str
    plan: str
    reasons: list[TextOut]


class LookOut(Out):
    """One time that somebody of the staff looked at something."""

    at: datetime
    roles: list[TextOut]
    told: TextOut
    subject: str
    of_health: bool


@router.post("/proof/send", response=answers(Done))
def send_code(request: Request, idempotency_key: Key) -> HttpResponse:
    """Send a fresh code to the login's own phone."""
    return done(request, idempotency_key, actions.send_code)


@router.post("/proof", response=answers(ProvedOut))
def prove(request: Request, idempotency_key: Key, body: CodeIn) -> HttpResponse:
    """Show by the code that the phone is held just now."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: ProvedOut(
            proved=actions.prove(login_id=request.auth.id, code=body.code, now=clock.now())
        ),
    )


@router.get("/data-requests", response=answers(list[DataRequestOut]))
def requests(request: Request) -> list[DataRequestOut]:
    """What was asked about one's own data and one's children's, the newest first."""
    return [_request(each) for each in queries.requests_of(request.auth.id, now=clock.now())]


@router.post("/persons/{ref}/data/copy", response=answers(Made, 202))
def copy(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Ask for a copy of everything; it is made by a job and can be fetched for a week."""
    return once(
        request,
        idempotency_key,
        b"",
        lambda: Made(
            ref=actions.ask_copy(login_id=request.auth.id, person_ref=ref, now=clock.now())
        ),
        status=202,
    )


@router.get(
    "/data-requests/{ref}/copy",
    response=answers(bytes),
    openapi_extra={"x-media": ["application/zip"]},
)
def fetch(request: Request, ref: RefPath) -> HttpResponse:
    """The copy: `data.html`, `data.json` and the documents. Needs a proof (`POST /proof`)."""
    content = actions.fetch_copy(login_id=request.auth.id, ref=ref, now=clock.now())
    answer = HttpResponse(content, content_type="application/zip")
    answer["Cache-Control"] = "private, no-store"
    return answer


@router.get("/persons/{ref}/data/erasure", response=answers(OutlookOut))
def outlook(request: Request, ref: RefPath) -> OutlookOut:
    """What an erasure would wait for, and what would stay until when."""
    found = queries.outlook(login_id=request.auth.id, person_ref=ref, now=clock.now())
    return OutlookOut(waits=_waits(found.waits), mark=_mark(found.mark) if found.mark else None)


@router.post("/persons/{ref}/data/erasure", response=answers(Made, 202))
def erase(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Ask that a person be erased, for good. Needs a proof (`POST /proof`)."""
    return once(
        request,
        idempotency_key,
        b"",
        lambda: Made(
            ref=actions.ask_erasure(login_id=request.auth.id, person_ref=ref, now=clock.now())
        ),
        status=202,
    )


@router.post("/persons/{ref}/data/correction", response=answers(Made, 202))
def correct(
    request: Request, idempotency_key: Key, ref: RefPath, body: CorrectionIn
) -> HttpResponse:
    """Say what is wrong about a person and what is right; staff answer within 15 days."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: Made(
            ref=actions.ask_correction(
                login_id=request.auth.id, person_ref=ref, now=clock.now(), **body.model_dump()
            )
        ),
        status=202,
    )


@router.get("/persons/{ref}/data/marks", response=answers(list[MarkedOut]))
def marks(request: Request, ref: RefPath) -> list[MarkedOut]:
    """Memberships that a score has marked, and why."""
    _, found = queries.marks_of(login_id=request.auth.id, person_ref=ref, now=clock.now())
    return [
        MarkedOut(
            membership_ref=each.membership_ref,
            plan=each.plan,
            reasons=[both(reason) for reason in each.reasons],
        )
        for each in found
    ]


@router.post("/memberships/{ref}/reasons", response=answers(Made, 202))
def reasons(request: Request, idempotency_key: Key, ref: RefPath, body: ReasonsIn) -> HttpResponse:
    """Ask that a human looks at a membership that a score has marked."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: Made(
            ref=actions.ask_reasons(
                login_id=request.auth.id, membership_ref=ref, words=body.words, now=clock.now()
            )
        ),
        status=202,
    )


@router.post("/data-requests/{ref}/withdraw", response=answers(Done))
def withdraw(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Take a request back, while nothing was done about it."""
    return done(request, idempotency_key, actions.withdraw_request, ref=ref)


@router.get("/persons/{ref}/data/looks", response=answers(list[LookOut]))
def looks(request: Request, ref: RefPath) -> list[LookOut]:
    """Who of the staff looked at what, the newest first."""
    _, found = queries.looks(login_id=request.auth.id, person_ref=ref, now=clock.now())
    return [_look(each) for each in found]


def _request(line: RequestLine) -> DataRequestOut:
    return DataRequestOut(
        ref=line.ref,
        kind=line.kind,
        name=line.name,
        state=line.state,
        subject=line.subject,
        asked_at=line.asked_at,
        due_on=line.due_on,
        words=line.words,
        answer=line.answer,
        waits=_waits(line.waits),
        expires_at=line.expires_at,
    )


def _waits(waits: tuple[Wait, ...]) -> list[WaitOut]:
    return [WaitOut(code=wait.value, told=both(TOLD[wait])) for wait in waits]


def _mark(mark: Mark) -> KeptOut:
    return KeptOut(reason=mark.reason, told=both(REASONS[mark.reason]), until=mark.until)


def _look(look: Look) -> LookOut:
    return LookOut(
        at=look.at,
        roles=[both(role) for role in look.roles],
        told=both(look.verb),
        subject=look.subject,
        of_health=look.of_health,
    )
