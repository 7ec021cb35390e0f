"""Bearer tokens: the only way to be signed in here. No cookie is read, so none can be abused."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from sameboat.identity.actions import note_use
from sameboat.identity.models import Login
from sameboat.identity.queries import signed_in_by
from sameboat.identity.scopes import READ, WRITE, Area, allows
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ScopeMissing(Refusal):
    """The token is a program's, and this was not among what it was given for."""

    code = "scope_missing"
    en = "This access token may not do that. Needed: {needed}."
    zh = "此访问令牌没有该权限。需要：{needed}。"


class Request(HttpRequest):
    """A request of somebody who is signed in."""

    auth: Login


class Bearer(HttpBearer):
    """`Authorization: Bearer <token>`, as `POST /sign-in/confirm` gave it.

    A router names the area that it belongs to; where none is named, only a login's own token is
    let in.
    """

    def __init__(self, area: Area | None = None) -> None:
        super().__init__()
        self.area = area

    def authenticate(self, request: HttpRequest, token: str) -> Login | None:
        now = clock.now()
        found = signed_in_by(token, now=now)
        if found is None:
            return None
        if not allows(found.scopes, self.area, verb_of(request.method)):
            raise ScopeMissing(needed=self.scope(request.method))
        if found.used_on != now.date():
            note_use(token_id=found.token_id, now=now)
        return found.login

    def scope(self, method: str | None) -> str:
        """The scope that a request by this method needs; a whole token has every one."""
        return f"{self.area.value}:{verb_of(method)}" if self.area else "a token without scopes"


class Anybodys(Bearer):
    """Any token in force, whatever its scopes: it may ask who it is, and end itself."""

    def authenticate(self, request: HttpRequest, token: str) -> Login | None:
        found = signed_in_by(token, now=clock.now())
        return found.login if found else None


def verb_of(method: str | None) -> str:
    """Whether a method reads or writes."""
    return READ if method in READING else WRITE


def token_of(request: HttpRequest) -> str:
    """The token of a request; empty where it shows none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""
