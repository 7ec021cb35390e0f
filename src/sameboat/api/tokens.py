"""Access for programs: tokens with a name, an end and a few scopes, which their owner can end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Router, Status
from pydantic import AfterValidator, Field, WithJsonSchema

from sameboat.api.auth import Request
from sameboat.api.changes import done
from sameboat.api.errors import answers
from sameboat.api.shapes import Done, In, Key, Line, Out, RefPath, TextOut, both
from sameboat.identity import actions, scopes
from sameboat.identity.queries import ProgramLine, programs_of
from sameboat.runtime import clock

# No area: only a login's own token, from signing in, may hand out others.
router = Router(tags=["tokens"])


def _known(scope: str) -> str:
    if scope not in scopes.SCOPES:
        raise ValueError("is no scope")
    return scope


Scope = Annotated[
    str,
    AfterValidator(_known),
    WithJsonSchema({"type": "string", "enum": list(scopes.SCOPES)}),
]
"""A part of the API, and whether it is read or written."""


class TokenLineOut(Out):
    """A token in force, without the token. An empty name and no scopes: the login's own."""

    ref: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    used_on: date | None


class GrantIn(In):
    """What a program is called, what it may do, and for how long."""

    name: Line
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)]
    days: Annotated[int, Field(ge=1, le=366)]


class GrantedOut(Out):
    """A program's token. It is told once."""

    ref: str
    token: str
    expires_at: datetime


class ScopeOut(Out):
    """A scope that this login can give, in words."""

    scope: Scope
    text: TextOut


@router.get("", response=answers(list[TokenLineOut]))
def tokens(request: Request) -> list[TokenLineOut]:
    """One's tokens that are in force, the newest first."""
    return [_line(each) for each in programs_of(request.auth.id, now=clock.now())]


@router.get("/scopes", response=answers(list[ScopeOut]))
def possible(request: Request) -> list[ScopeOut]:
    """The scopes that one can give a program."""
    found = scopes.FOR_STAFF if request.auth.is_staff else scopes.FOR_MEMBERS
    return [ScopeOut(scope=each, text=both(scopes.WORDS[each])) for each in found]


@router.post("", response=answers(GrantedOut, 201))
def grant(request: Request, body: GrantIn) -> Status[GrantedOut]:
    """Give a program a token. It takes no key, since the answer must not be kept."""
    issued = actions.grant_token(
        login_id=request.auth.id,
        name=body.name,
        scopes=body.scopes,
        days=body.days,
        now=clock.now(),
    )
    told = GrantedOut(ref=issued.ref, token=issued.token, expires_at=issued.expires_at)
    return Status(201, told)


@router.post("/{ref}/end", response=answers(Done))
def end(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """End one of one's tokens; the program is out at once."""
    return done(request, idempotency_key, actions.end_token, ref=ref)


def _line(each: ProgramLine) -> TokenLineOut:
    return TokenLineOut(
        ref=each.ref,
        name=each.name,
        scopes=list(each.scopes),
        created_at=each.created_at,
        expires_at=each.expires_at,
        used_on=each.used_on,
    )
