"""The URL map: which face answers where."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; no database is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("health", health, name="health"),
    path("accounts/", include("sameboat.pages.account_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("pages/", include("sameboat.pages.urls")),
    path("api/v1/", include("sameboat.api.urls")),
    path("console/", include("sameboat.console.urls")),
    path("open/", include("sameboat.public.urls")),
    path("", include("sameboat.web.urls")),
]
