"""Bearer tokens: the only way to be signed in here. No cookie is read, so none can be abused."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from sameboat.identity.models import Login
from sameboat.identity.queries import login_of_token
from sameboat.runtime import clock


class Request(HttpRequest):
    """A request of somebody who is signed in."""

    auth: Login


class Bearer(HttpBearer):
    """`Authorization: Bearer <token>`, as `POST /sign-in/confirm` gave it."""

    def authenticate(self, request: HttpRequest, token: str) -> Login | None:
        return login_of_token(token, now=clock.now())


def token_of(request: HttpRequest) -> str:
    """The token of a request that was let in."""
    return request.headers["Authorization"].partition(" ")[2]
