"""The way into the API, past what browsers need: sessions, cookies, forms, messages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from django.utils import translation
from django.utils.cache import patch_vary_headers

from sameboat.api.auth import token_of
from sameboat.api.errors import problem
from sameboat.api.limits import Limit, Taken, TooManyRequests
from sameboat.runtime.settings import settings

PREFIX = "/api/v1/"
HEADERS = {
    # What a program reads is never shown as a page; a browser that is led here shows nothing of it.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}


class StraightToTheApi:
    """Answers requests of the API itself and passes on all others.

    It stands behind the middleware that every answer needs and before that of the pages, which
    takes longer than most routes of the API.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._pages = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self._pages(request)
        request.get_host()  # Refuses a name that is not ours; for pages CommonMiddleware does.
        language = translation.get_language_from_request(request)
        with translation.override(language):
            answer = _counted(request)
        for name, value in HEADERS.items():
            answer.headers[name] = value
        answer.headers.setdefault("Content-Language", language)
        patch_vary_headers(answer, ("Accept-Language", "Authorization"))
        if isinstance(answer, HttpResponse):
            answer = _unless_known(request, answer)
            answer.headers["Content-Length"] = str(len(answer.content))
        return answer


def _counted(request: HttpRequest) -> HttpResponseBase:
    """The route's answer, unless the caller has sent too much; it tells what is left."""
    if not settings().rate_limits:
        return _routed(request)
    try:
        taken = _take(request)
    except TooManyRequests as refusal:
        return problem(refusal)
    answer = _routed(request)
    if answer.status_code == HTTPStatus.UNAUTHORIZED and token_of(request):
        # Whoever guesses at tokens shows another one each time: their address is counted.
        try:
            taken = _by_address().take(request.META["REMOTE_ADDR"])
        except TooManyRequests as refusal:
            return problem(refusal)
    for name, value in taken.headers().items():
        answer.headers[name] = value
    return answer


def _take(request: HttpRequest) -> Taken:
    token = token_of(request)
    if token:
        return Limit("token", settings().api_a_minute).take(token)
    return _by_address().take(request.META["REMOTE_ADDR"])


def _by_address() -> Limit:
    return Limit("address", settings().api_a_minute_for_strangers)


def _routed(request: HttpRequest) -> HttpResponseBase:
    match = request.resolver_match = resolve(request.path_info)
    answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return answer


def _unless_known(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """What was read carries a tag of its content; who shows the same tag again is told so alone."""
    if request.method != "GET" or answer.status_code != HTTPStatus.OK:
        return answer
    if "Cache-Control" in answer:
        return answer
    tag = f'"{hashlib.blake2b(answer.content, digest_size=16).hexdigest()}"'
    shown = request.headers.get("If-None-Match", "")
    known = {each.strip().removeprefix("W/") for each in shown.split(",")}
    if tag in known or "*" in known:
        kept = answer.headers
        answer = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
        for name, value in kept.items():
            if name.lower() not in ("content-type", "content-length"):
                answer[name] = value
        del answer["Content-Type"]
    answer["ETag"] = tag
    # It may be kept, by whoever asked alone, and is asked for anew each time.
    answer["Cache-Control"] = "private, no-cache"
    return answer
