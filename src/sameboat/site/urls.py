"""The URL map: which face answers where."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("sameboat.pages.account_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("pages/", include("sameboat.pages.urls")),
    path("api/v1/", include("sameboat.api.urls")),
    path("console/", include("sameboat.console.urls")),
    path("open/", include("sameboat.public.urls")),
    path("", include("sameboat.web.urls")),
]
