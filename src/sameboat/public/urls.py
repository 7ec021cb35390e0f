"""Where the open pages are. There is no address of a claim, a case or a person."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from sameboat.public import pages

app_name = "public"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("plans/<slug:plan_id>", pages.plan, name="plan"),
    path("plans/<slug:plan_id>/terms", pages.terms, name="terms"),
    path("verify", pages.verify, name="verify"),
    path("policy.json", pages.policy, name="policy"),
    path("checkpoint", pages.checkpoint, name="checkpoint"),
]
