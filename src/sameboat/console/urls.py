"""Where the staff pages are."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter

from sameboat.console import (
    claims,
    data,
    demo,
    money,
    periods,
    programs,
    queue,
    record,
    rulebooks,
    webhooks,
)
from sameboat.pages.addresses import (
    DayConverter,
    NumberConverter,
    PlanConverter,
    ReferenceConverter,
)

register_converter(DayConverter, "console_day")
register_converter(ReferenceConverter, "console_ref")
register_converter(PlanConverter, "console_plan")
register_converter(NumberConverter, "console_number")

app_name = "console"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", queue.home, name="home"),
    path("queue", queue.queue, name="queue"),
    path("decisions", queue.decisions, name="decisions"),
    path("objections", queue.objections, name="objections"),
    path("claims/<console_ref:ref>", claims.claim, name="claim"),
    path("claims/<console_ref:ref>/<slug:verb>", claims.act, name="act"),
    path(
        "claims/<console_ref:ref>/objections/<console_ref:objection>", claims.answer, name="answer"
    ),
    path(
        "claims/<console_ref:ref>/decisions/<console_number:decision>/confirm",
        claims.confirm,
        name="confirm",
    ),
    path(
        "claims/<console_ref:ref>/decisions/<console_number:decision>/drop",
        claims.drop,
        name="drop",
    ),
    path("evidence/<console_ref:ref>", claims.evidence, name="evidence"),
    path("members", record.members, name="members"),
    path("members/<console_ref:ref>/death", record.death, name="death"),
    path("members/<console_ref:ref>/death/undo", record.living, name="living"),
    path("members/<console_ref:ref>/hold", data.hold, name="hold"),
    path("members/<console_ref:ref>/mandates", record.mandate, name="mandate"),
    path("documents", record.documents, name="documents"),
    path("data", data.requests, name="data"),
    path("periods", periods.periods, name="periods"),
    path(
        "periods/<console_plan:plan_id>/<console_day:publicity_on>", periods.period, name="period"
    ),
    path("periods/<console_plan:plan_id>/advance", periods.advance, name="advance"),
    path("periods/<console_plan:plan_id>/differences", money.differences, name="differences"),
    path(
        "differences/<console_number:difference>/propose", money.propose, name="propose_resolution"
    ),
    path(
        "differences/<console_number:difference>/confirm", money.confirm, name="confirm_resolution"
    ),
    path("differences/<console_number:difference>/drop", money.drop, name="drop_resolution"),
    path("recoveries/<console_number:recovery>/repayment", money.repayment, name="repayment"),
    path("recoveries/<console_number:recovery>/write-off", money.write_off, name="write_off"),
    path("payouts/<console_ref:ref>/retry", money.retry_payout, name="retry_payout"),
    path("refunds/<console_number:refund>/retry", money.retry_refund, name="retry_refund"),
    path("books/<console_plan:plan_id>", money.books, name="books"),
    path("books/<console_plan:plan_id>/all.zip", money.bundle, name="books_bundle"),
    path("books/<console_plan:plan_id>/<slug:name>.csv", money.table, name="books_table"),
    path("plans", rulebooks.plan_list, name="plans"),
    path("plans/terms/propose", rulebooks.propose, name="propose_terms"),
    path("plans/<console_plan:plan_id>/terms/adopt", rulebooks.adopt, name="adopt_terms"),
    path("plans/<console_plan:plan_id>/terms/drop", rulebooks.drop, name="drop_terms"),
    path("plans/<console_plan:plan_id>", periods.plan, name="plan"),
    path("plans/<console_plan:plan_id>/end/propose", periods.propose_end, name="propose_end"),
    path("plans/<console_plan:plan_id>/end/announce", periods.announce_end, name="announce_end"),
    path("plans/<console_plan:plan_id>/end/drop", periods.drop_end, name="drop_end"),
    path("record", record.record, name="record"),
    path("trail", record.audit_trail, name="trail"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path("webhooks/<console_ref:ref>", webhooks.webhook, name="webhook"),
    path("programs", programs.programs, name="programs"),
    path("clock", demo.advance_clock, name="clock"),
]
