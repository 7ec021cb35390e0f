"""What the server tells its operators: probes, metrics, and one log line a request.

This stands before everything else, because whoever probes comes by address, without HTTPS, session
or language. The log names the route, never the path or what was sent with it: a path may hold what
somebody typed.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import time
from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from sameboat.runtime import clock
from sameboat.runtime.logging import work
from sameboat.runtime.settings import settings
from sameboat.upkeep import metrics, service
from sameboat.upkeep.finding import Finding, Standing

log = logging.getLogger(__name__)
Answering = Callable[[HttpRequest], HttpResponseBase]
FACES = {"api": "api", "console": "console", "open": "public", "accounts": "sign_in"}
PROBED_AGAIN_SECONDS = 1
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def answer_operators(answer: Answering) -> Answering:
    """The middleware: answers the operators' addresses, and counts and logs all others."""

    def watched(request: HttpRequest) -> HttpResponseBase:
        own = OPERATORS.get(request.path_info)
        if own is not None:
            return _plain(own(request))
        return _watch(request, answer)

    return watched


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Whether requests can be answered (else 503), and whether the worker keeps up beside."""
    found = _probed(int(time.monotonic()) // PROBED_AGAIN_SECONDS)
    needed = {probe.__name__ for probe in service.NEEDED}
    ready = all(f.standing is not Standing.WRONG for f in found if f.about in needed)
    body = {"ready": ready, "checks": {f.about: f.standing.value for f in found}}
    return HttpResponse(
        json.dumps(body) + "\n", content_type="application/json", status=200 if ready else 503
    )


def exposed(request: HttpRequest) -> HttpResponse:
    """The metrics, for whoever shows the token."""
    shown = request.headers.get("Authorization", "")
    if not hmac.compare_digest(shown.encode(), f"Bearer {settings().metrics_token()}".encode()):
        refused = HttpResponse("show the metrics token\n", content_type="text/plain", status=401)
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    told = metrics.exposition(data_dir=settings().data_dir, now=clock.now())
    return HttpResponse(told, content_type=metrics.CONTENT_TYPE)


OPERATORS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": exposed,
}


@lru_cache(maxsize=1)
def _probed(moment: int) -> tuple[Finding, ...]:
    """The probes, asked at most once in a moment: anybody may call them as often as they like."""
    return tuple(service.readiness(clock.now()))


def _plain(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'"
    return response


def _watch(request: HttpRequest, answer: Answering) -> HttpResponseBase:
    """Answer; count and log how it went. The name of this piece of work goes into every line."""
    name = secrets.token_hex(8)
    mark, began_at = work.set(name), time.monotonic()
    try:
        response = answer(request)
        response["X-Request-Id"] = name
        _tell(request, response.status_code, time.monotonic() - began_at)
        return response
    finally:
        work.reset(mark)


def _tell(request: HttpRequest, status: int, seconds: float) -> None:
    face = _face(request.path_info)
    if face == "static":
        return
    method = request.method if request.method in METHODS else "other"
    counted = metrics.instruments()
    counted.requests.labels(face, method, str(status)).inc()
    counted.request_seconds.labels(face).observe(seconds)
    match = request.resolver_match
    data = {"method": method, "route": match.route if match else "", "status": status}
    log.info("request", extra={"data": {**data, "ms": round(seconds * 1000, 1)}})


def _face(path: str) -> str:
    """Which face answers: by the first word of the path; the members' pages have none."""
    first = path.lstrip("/").partition("/")[0]
    return "static" if first == "static" else FACES.get(first, "web")
