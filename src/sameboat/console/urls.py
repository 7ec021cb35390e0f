"""Where the staff pages are."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter

from sameboat.console import claims, demo, periods, queue, record
from sameboat.pages.addresses import DayConverter

register_converter(DayConverter, "console_day")

app_name = "console"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", queue.home, name="home"),
    path("queue", queue.queue, name="queue"),
    path("decisions", queue.decisions, name="decisions"),
    path("objections", queue.objections, name="objections"),
    path("claims/<str:ref>", claims.claim, name="claim"),
    path("claims/<str:ref>/<slug:verb>", claims.act, name="act"),
    path("claims/<str:ref>/objections/<str:objection>", claims.answer, name="answer"),
    path("claims/<str:ref>/decisions/<int:decision>/confirm", claims.confirm, name="confirm"),
    path("claims/<str:ref>/decisions/<int:decision>/drop", claims.drop, name="drop"),
    path("evidence/<str:ref>", claims.evidence, name="evidence"),
    path("members", record.members, name="members"),
    path("members/<str:ref>/death", record.death, name="death"),
    path("documents", record.documents, name="documents"),
    path("periods", periods.periods, name="periods"),
    path("periods/<str:plan_id>/<console_day:publicity_on>", periods.period, name="period"),
    path("periods/<str:plan_id>/advance", periods.advance, name="advance"),
    path("periods/<str:plan_id>/differences", periods.differences, name="differences"),
    path("payouts/<str:ref>/retry", periods.retry_payout, name="retry_payout"),
    path("plans", periods.plan_list, name="plans"),
    path("plans/<str:plan_id>", periods.plan, name="plan"),
    path("plans/<str:plan_id>/end/propose", periods.propose_end, name="propose_end"),
    path("plans/<str:plan_id>/end/announce", periods.announce_end, name="announce_end"),
    path("plans/<str:plan_id>/end/drop", periods.drop_end, name="drop_end"),
    path("record", record.record, name="record"),
    path("trail", record.audit_trail, name="trail"),
    path("clock", demo.advance_clock, name="clock"),
]
