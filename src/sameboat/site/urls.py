"""The URL map: which face answers where."""

from __future__ import annotations

from django.urls import include, path

from sameboat.pages.views import choose_language

urlpatterns = [
    path("accounts/", include("sameboat.pages.account_urls")),
    path("i18n/setlang/", choose_language, name="set_language"),
    path("pages/", include("sameboat.pages.urls")),
    path("api/v1/", include("sameboat.api.urls")),
    path("console/", include("sameboat.console.urls")),
    path("open/", include("sameboat.public.urls")),
    path("", include("sameboat.web.urls")),
]
