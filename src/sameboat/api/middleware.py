"""The way into the API, past what browsers need: sessions, cookies, forms, messages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from django.utils import translation
from django.utils.cache import patch_vary_headers

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
            match = request.resolver_match = resolve(request.path_info)
            answer: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        for name, value in HEADERS.items():
            answer.headers[name] = value
        answer.headers.setdefault("Content-Language", language)
        patch_vary_headers(answer, ("Accept-Language",))
        if isinstance(answer, HttpResponse):
            answer.headers["Content-Length"] = str(len(answer.content))
        return answer
