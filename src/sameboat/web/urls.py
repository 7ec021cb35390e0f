"""Where the member's pages are. One line, one page."""

from __future__ import annotations

from django.urls import path, register_converter

from sameboat.pages.addresses import DayConverter, ReferenceConverter
from sameboat.web import (
    cases,
    claims,
    consent,
    cover,
    home,
    household,
    join,
    periods,
    questions,
    receipts,
    shares,
    uploads,
)

register_converter(DayConverter, "day")
register_converter(ReferenceConverter, "ref")

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("questions", questions.questions, name="help"),
    path("plans/<slug:plan_id>", home.plan, name="plan"),
    path("plans/<slug:plan_id>/before", home.before, name="before"),
    path("plans/<slug:plan_id>/periods", periods.periods, name="periods"),
    path("plans/<slug:plan_id>/periods/<day:publicity_on>", periods.period, name="period"),
    path("join/<slug:plan_id>/who", join.who, name="join_who"),
    path("join/<slug:plan_id>/identity", join.identity_of, name="join_identity"),
    path("join/<slug:plan_id>/verification", join.verification, name="join_verification"),
    path("join/<slug:plan_id>/questions", join.questions, name="join_questions"),
    path("join/<slug:plan_id>/agree", join.agree, name="join_agree"),
    path("join/<slug:plan_id>/check", join.check, name="join_check"),
    path("cover", cover.cover, name="cover"),
    path("cover/<ref:ref>/joined", join.joined, name="joined"),
    path("cover/<ref:ref>/take-over", cover.take_over, name="take_over"),
    path("cover/<ref:ref>/transfer", cover.transfer, name="transfer"),
    path("cover/<ref:ref>/new-terms", cover.new_terms, name="new_terms"),
    path("cover/<ref:ref>/consent", consent.consent, name="consent"),
    path("cover/<ref:ref>/leave", cover.leave, name="leave"),
    path("cover/<ref:ref>/left", cover.left, name="left"),
    path("cover/<ref:ref>/come-back", cover.come_back, name="come_back"),
    path("cover/<ref:ref>/came-back", cover.came_back, name="came_back"),
    path("shares", shares.shares, name="shares"),
    path("shares/pay", shares.pay_arrears, name="pay_arrears"),
    path("shares/<ref:ref>/<day:publicity_on>", shares.share, name="share"),
    path("cases", cases.cases, name="cases"),
    path("cases/<ref:ref>", cases.case, name="case"),
    path("claims", claims.my_claims, name="claims"),
    path("claims/begin", claims.begin, name="claim_begin"),
    path("claims/new/<ref:ref>/illness", claims.illness, name="claim_illness"),
    path("claims/new/<ref:ref>/facts", claims.facts, name="claim_facts"),
    path("claims/new/<ref:ref>/payee", claims.payee, name="claim_payee"),
    path("claims/new/<ref:ref>/check", claims.check, name="claim_check"),
    path("claims/<ref:ref>", claims.claim, name="claim"),
    path("claims/<ref:ref>/change", claims.mend, name="claim_mend"),
    path("claims/<ref:ref>/payee", claims.another_payee, name="claim_another_payee"),
    path("claims/<ref:ref>/follow", claims.follow, name="claim_follow"),
    path("claims/<ref:ref>/drop", claims.drop, name="claim_drop"),
    path("claims/<ref:ref>/open", claims.open_claim, name="claim_open"),
    path("claims/<ref:ref>/documents", claims.documents, name="claim_documents"),
    path("claims/<ref:ref>/hand-in", claims.hand_in, name="claim_hand_in"),
    path("claims/<ref:ref>/withdraw", claims.withdraw, name="claim_withdraw"),
    path("claims/<ref:ref>/appeal", claims.appeal, name="claim_appeal"),
    path("claims/<ref:ref>/uploads", uploads.begin, name="upload_begin"),
    path("uploads/<ref:ref>/<int:offset>", uploads.piece, name="upload_piece"),
    path("documents/<ref:ref>", claims.document, name="document"),
    path("documents/<ref:ref>/take-out", claims.take_out, name="document_take_out"),
    path("mine", household.mine, name="mine"),
    path("mine/household", household.household, name="household"),
    path("mine/household/<ref:ref>/document", household.new_document, name="new_document"),
    path("mine/documents/<ref:ref>", household.new_document_state, name="new_document_state"),
    path("mine/messages", household.messages, name="messages"),
    path("mine/receipts", receipts.receipts, name="receipts"),
    path("mine/receipts/join/<ref:ref>", receipts.join_files, name="join_files"),
    path("mine/receipts/claim/<ref:ref>", receipts.claim_files, name="claim_files"),
    path(
        "mine/receipts/share/<ref:ref>/<day:publicity_on>",
        receipts.share_files,
        name="share_files",
    ),
    path("policy", receipts.policy, name="policy"),
]
