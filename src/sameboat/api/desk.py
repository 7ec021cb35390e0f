"""What staff look up: a member who calls, and what staff themselves did."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from sameboat.api.auth import Bearer, Request
from sameboat.api.claims import ClaimLineOut, line_of
from sameboat.api.errors import answers
from sameboat.api.paging import LIMIT, Limit, one_page
from sameboat.api.shapes import ID_MAX, In, Line, Out, PhoneIn
from sameboat.claims.queries import claims_of_households
from sameboat.claims.queries.claimants import ClaimLine
from sameboat.identity import trail as trails
from sameboat.identity.scopes import Area
from sameboat.members import search
from sameboat.members.models import Membership
from sameboat.members.queries import cover
from sameboat.plans.queries import plan as plan_of
from sameboat.rules.calendar import day_of
from sameboat.rules.documents import DocumentKind
from sameboat.runtime import clock

router = Router(tags=["staff"], auth=Bearer(Area.STAFF))


class DocumentIn(In):
    """A document's kind and its whole number."""

    document_kind: DocumentKind
    document_number: Line


class FoundMembershipOut(Out):
    """A membership of whoever was found."""

    ref: str
    plan: str
    joined_on: date
    ends_on: date | None
    cover: str


class FoundOut(Out):
    """Who has this phone or document."""

    person_ref: str
    name: str
    memberships: list[FoundMembershipOut]
    claims: list[ClaimLineOut]
    """Of their households; empty for who may not look at claims."""


class TrailOut(Out):
    """One thing that somebody of the staff did or looked at."""

    id: int
    at: datetime
    login: str
    verb: str
    subject: str


# Finding somebody changes nothing, so it takes no key; it is a POST, so that no number stands in an
# address.


@router.post("/members/by-phone", response=answers(list[FoundOut]))
def by_phone(request: Request, body: PhoneIn) -> list[FoundOut]:
    """Whose login has a phone number: nobody, or one. The search leaves an audit row."""
    now = clock.now()
    found = search.by_phone(login_id=request.auth.id, phone=body.phone, now=now)
    return [_found(request.auth.id, found, now)] if found else []


@router.post("/members/by-document", response=answers(list[FoundOut]))
def by_document(request: Request, body: DocumentIn) -> list[FoundOut]:
    """Whom a document names: nobody, or one. The search leaves an audit row."""
    asker, now = request.auth.id, clock.now()
    kind, number = body.document_kind, body.document_number
    found = search.by_document(login_id=asker, kind=kind, number=number, now=now)
    return [_found(asker, found, now)] if found else []


@router.get("/trail", response=answers(list[TrailOut]))
def trail(
    request: Request,
    response: HttpResponse,
    of_login: Annotated[Line, Query("")],
    subject: Annotated[Line, Query("")],
    before: Annotated[int | None, Query(ge=1, le=ID_MAX)] = None,
    limit: Limit = LIMIT,
) -> list[TrailOut]:
    """What staff did and looked at, the newest first (roles supervisor and auditor)."""
    rows = trails.trail(
        login_id=request.auth.id,
        of_login=of_login,
        subject=subject,
        before=before,
        rows=limit + 1,
    )
    page = one_page(request, response, rows, limit=limit, by="before", mark=lambda row: row.id)
    return [TrailOut(**asdict(row)) for row in page]


def _found(asker: int, found: search.Found, now: datetime) -> FoundOut:
    return FoundOut(
        person_ref=found.person.ref,
        name=found.name,
        memberships=[_membership(each, now) for each in found.memberships],
        claims=[ClaimLineOut(**line_of(line)) for line in _claims(asker, found)],
    )


def _membership(found: Membership, now: datetime) -> FoundMembershipOut:
    today = day_of(now, plan_of(found.plan).timezone)
    return FoundMembershipOut(
        ref=found.ref,
        plan=found.plan,
        joined_on=found.joined_on,
        ends_on=found.ends_on,
        cover=cover(found, today).state.value,
    )


def _claims(asker: int, found: search.Found) -> list[ClaimLine]:
    households = [each.household_id for each in found.memberships]
    return claims_of_households(login_id=asker, households=households)
