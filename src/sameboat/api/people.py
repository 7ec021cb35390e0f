"""Verifying persons, who belongs to one's family, and what they agreed to."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Literal

from django.http import HttpResponse
from ninja import Router

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import done, once
from sameboat.api.errors import answers
from sameboat.api.shapes import (
    DONE,
    Code,
    Day,
    Done,
    IdPath,
    In,
    Key,
    Line,
    Made,
    Out,
    Ref,
    RefPath,
    TextOut,
    both,
)
from sameboat.identity import actions, queries
from sameboat.identity.actions.verification import NotYourPerson
from sameboat.identity.models import Person
from sameboat.identity.outcomes import TOLD
from sameboat.identity.scopes import Area
from sameboat.members import actions as members
from sameboat.rights import actions as rights
from sameboat.rights import queries as rights_queries
from sameboat.rules.documents import DocumentKind
from sameboat.runtime import clock

router = Router(tags=["people"], auth=Bearer(Area.PEOPLE))


class VerificationIn(In):
    """A document and a name; `born_on` and `sex` where the number does not tell them."""

    relation: Literal["self", "child", "spouse", "parent"]
    document_kind: DocumentKind
    document_number: Line
    name: Line
    born_on: Day | None = None
    sex: Literal["f", "m"] | None = None
    occupation_class: Line = ""


class NewDocumentIn(In):
    """Another document of somebody known; birth and sex must be the same."""

    document_kind: DocumentKind
    document_number: Line
    name: Line


class VerificationOut(Out):
    """A request to the identity gateway; `outcome` is null while it has not answered."""

    ref: str
    relation: str
    outcome: str | None
    told: TextOut | None
    """What the outcome means and what to do."""
    person_ref: str | None
    """With the outcome `match`: whom to join."""


class RelativeOut(Out):
    """Somebody for whom one may act: oneself first."""

    person_ref: str
    relation: str
    name: str


class MandateOut(Out):
    """That somebody outside the family acts for a person."""

    id: int
    kind: str
    """`attorney`, `court` or `register`."""
    holder: str
    person: str
    until: date
    """The last day."""


class AskedRelationOut(Out):
    """Somebody asks to act for a person, as family."""

    id: int
    asker: str
    kind: str
    """What the person is to whoever asks: `child`, `spouse` or `parent`."""
    relative: str
    is_self: bool
    """It is about whoever is signed in."""
    asked_at: datetime


class ActingOut(Out):
    """Somebody of the family who acts for whoever is signed in."""

    id: int
    holder: str
    since: datetime


class RelationsOut(Out):
    """What waits for an answer, and who acts for one already."""

    asked: list[AskedRelationOut]
    acting: list[ActingOut]


class ConsentIn(In):
    """A purpose, such as `health_data` or `publication`, and the version that was read."""

    purpose: Code
    version: Code


class ConsentOut(Out):
    """One purpose, and what the person said to it."""

    purpose: str
    name: TextOut
    what: TextOut
    when_revoked: TextOut
    versions: list[str]
    """Those that stand; none where nothing does."""
    given_at: datetime | None
    revoked_at: datetime | None


class RevokeIn(In):
    """The purpose of the consent to take back."""

    purpose: Code


@router.post("/verifications", response=answers(Made, 202))
def verify(request: Request, idempotency_key: Key, body: VerificationIn) -> HttpResponse:
    """Ask that a person be verified: oneself, a child, a spouse or a parent. Answered later."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: Made(
            ref=actions.request_verification(
                login_id=request.auth.id,
                relation=body.relation,
                document_kind=body.document_kind,
                document_number=body.document_number,
                name=body.name,
                born_on=body.born_on,
                sex=body.sex,
                occupation_class=body.occupation_class,
                now=clock.now(),
            )
        ),
        status=202,
    )


@router.post("/persons/{ref}/document", response=answers(Made, 202))
def new_document(
    request: Request, idempotency_key: Key, ref: RefPath, body: NewDocumentIn
) -> HttpResponse:
    """Be known by another document, as a child who has an ID now. Answered under /verifications.

    Memberships go on. Another name is compared by a member of staff (`second_look`) first.
    """
    return once(
        request,
        idempotency_key,
        body,
        lambda: Made(
            ref=actions.request_new_document(
                login_id=request.auth.id,
                person_ref=ref,
                document_kind=body.document_kind,
                document_number=body.document_number,
                name=body.name,
                now=clock.now(),
            )
        ),
        status=202,
    )


@router.get("/verifications/{ref}", response=answers(VerificationOut))
def verification(request: Request, ref: RefPath) -> VerificationOut:
    """Whether the gateway has answered, and what."""
    state = queries.verification(login_id=request.auth.id, ref=ref)
    return VerificationOut(
        ref=state.ref,
        relation=state.relation,
        outcome=state.outcome.value if state.outcome else None,
        told=both(TOLD[state.outcome]) if state.outcome else None,
        person_ref=state.person_ref,
    )


@router.get("/persons", response=answers(list[RelativeOut]))
def persons(request: Request) -> list[RelativeOut]:
    """Oneself and the relatives whom one has verified."""
    return [
        RelativeOut(person_ref=person.ref, relation=kind, name=queries.name_of(person))
        for kind, person in queries.relatives(request.auth.id)
    ]


@router.get("/relations", response=answers(RelationsOut))
def relations(request: Request) -> RelationsOut:
    """Who asks to act for one, or for somebody whom one acts for; and who of the family does."""
    own = request.auth.id
    return RelationsOut(
        asked=[AskedRelationOut(**asdict(each)) for each in queries.relations_asked(own)],
        acting=[ActingOut(**asdict(each)) for each in queries.acting_for_me(own)],
    )


@router.post("/relations/asked/{asked}/agree", response=answers(Done))
def agree_to_relation(request: Request, idempotency_key: Key, asked: IdPath) -> HttpResponse:
    """Let whoever asked act as family."""
    return done(request, idempotency_key, actions.agree_to_relation, asked_id=asked)


@router.post("/relations/asked/{asked}/refuse", response=answers(Done))
def refuse_relation(request: Request, idempotency_key: Key, asked: IdPath) -> HttpResponse:
    """Do not let them; for a month they cannot ask again."""
    return done(request, idempotency_key, actions.refuse_relation, asked_id=asked)


@router.post("/relations/{relation}/end", response=answers(Done))
def end_relation(request: Request, idempotency_key: Key, relation: IdPath) -> HttpResponse:
    """End that somebody of the family acts for one, unless they pay for one's membership."""
    return done(request, idempotency_key, members.end_relation, relation_id=relation)


@router.get("/mandates", response=answers(list[MandateOut]))
def mandates(request: Request) -> list[MandateOut]:
    """Who acts for one by a paper that staff saw, and for whom one acts."""
    return [
        MandateOut(
            id=each.id, kind=each.kind, holder=each.holder, person=each.person, until=each.until
        )
        for each in queries.mandates(request.auth.id)
    ]


@router.post("/mandates/{mandate}/revoke", response=answers(Done))
def revoke_mandate(request: Request, idempotency_key: Key, mandate: IdPath) -> HttpResponse:
    """Take a mandate back, as whoever gave it, holds it, or saw the paper."""
    return done(request, idempotency_key, actions.revoke_mandate, mandate_id=mandate)


@router.get("/persons/{ref}/consents", response=answers(list[ConsentOut]))
def consents(request: Request, ref: RefPath) -> list[ConsentOut]:
    """Every purpose with what the person said to it, and what taking it back would do."""
    _, found = rights_queries.consents_of(login_id=request.auth.id, person_ref=ref, now=clock.now())
    return [
        ConsentOut(
            purpose=each.code,
            name=both(each.purpose.name),
            what=both(each.purpose.what),
            when_revoked=both(each.purpose.taken_back),
            versions=list(each.versions),
            given_at=each.given_at,
            revoked_at=each.revoked_at,
        )
        for each in found
    ]


@router.post("/persons/{ref}/consents", response=answers(Done))
def consent(request: Request, idempotency_key: Key, ref: RefPath, body: ConsentIn) -> HttpResponse:
    """Agree to a purpose, for oneself or a relative."""

    def do() -> Done:
        actions.give_consent(
            login_id=request.auth.id,
            person_id=_person(request, ref).id,
            purpose=body.purpose,
            version=body.version,
            now=clock.now(),
        )
        return DONE

    return once(request, idempotency_key, body, do)


@router.post("/persons/{ref}/consents/revoke", response=answers(Done))
def revoke(request: Request, idempotency_key: Key, ref: RefPath, body: RevokeIn) -> HttpResponse:
    """Take back every consent for a purpose; what that does is done at once.

    `GET /persons/{ref}/consents` says it beforehand.
    """

    def do() -> Done:
        rights.revoke_consent(
            login_id=request.auth.id, person_ref=ref, purpose=body.purpose, now=clock.now()
        )
        return DONE

    return once(request, idempotency_key, body, do)


def _person(request: Request, ref: Ref) -> Person:
    for _, person in queries.relatives(request.auth.id):
        if person.ref == ref:
            return person
    raise NotYourPerson()
