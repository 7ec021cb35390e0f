"""A change is done once for each idempotency key, and answered alike however often it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import JsonResponse
from pydantic import BaseModel

from sameboat.api.auth import Request
from sameboat.api.shapes import DONE, Done, Out
from sameboat.runtime import clock, idempotency


def once(
    request: Request, key: str, body: BaseModel | bytes, do: Callable[[], Out], *, status: int = 200
) -> JsonResponse:
    """Call `do` for the first request of this login with `key`; give its answer to all others.

    Another request under the same key (other path or other content) is refused with 409.
    """
    content = body if isinstance(body, bytes) else body.model_dump_json().encode()
    assert request.resolver_match is not None
    answer = idempotency.once(
        scope=f"login/{request.auth.name}",
        key=key,
        verb=request.resolver_match.url_name or "",
        body=b"\0".join((request.path.encode(), content)),
        do=lambda: idempotency.Answer(status=status, body=do().model_dump(mode="json")),
        now=clock.now(),
    )
    # Sorted, because the database keeps the fields of an answer in an order of its own: the first
    # answer and the later ones are equal to the byte.
    return JsonResponse(answer.body, status=answer.status, json_dumps_params={"sort_keys": True})


def done(
    request: Request,
    key: str,
    act: Callable[..., object],
    *,
    body: BaseModel | None = None,
    **about: Any,
) -> JsonResponse:
    """`once`, for an action that gives nothing back: it is told who asks, when, `about` what, and
    the fields of `body`."""

    def do() -> Done:
        said = body.model_dump() if body else {}
        act(login_id=request.auth.id, now=clock.now(), **about, **said)
        return DONE

    return once(request, key, body or b"", do)
