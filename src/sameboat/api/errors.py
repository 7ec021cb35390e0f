"""What a request is answered that cannot be done: RFC 9457, with a stable code, zh or en.

    {"type": "urn:sameboat:refusal:already_member",
     "title": "The person is a member of this plan.", "status": 409,
     "detail": "此人已是 … 的成员。", "code": "already_member", "data": {"plan": "…"}}

A `Refusal` says what is so; which HTTP status that is, stands here and only here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import get_language
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from sameboat.runtime.refusals import Language, Refusal

log = logging.getLogger(__name__)

_BY_STATUS: Mapping[int, str] = {
    400: "bad_request idempotency_key_malformed",
    401: "not_signed_in wrong_code wrong_secret",
    403: """
        childrens_data
        clock_is_real four_eyes not_a_demo not_allowed not_assigned outbox_hidden own_case own_claim
        second_person_needed proof_needed consent_taken_back
        scope_missing
        wind_down_four_eyes rulebook_four_eyes
        """,
    # What is not yours does not exist for you, so both have the same status.
    404: """
        no_failed_refund no_such_difference no_such_request not_yours_to_decide no_such_purpose
        no_such_hold
        no_such_person
        gateway_request_unknown no_failed_payout no_such_case no_such_claim no_such_consent
        no_such_decision no_such_evidence no_such_membership no_such_objection no_such_period
        no_such_plan no_such_staff no_such_verification not_found not_your_person plan_not_in_force
        unknown_plan
        no_such_assistance no_such_mandate no_such_relation
        no_such_delivery no_such_endpoint
        no_such_payee_change
        no_such_upload no_such_token no_such_wind_down no_transfer_asked
        no_proposed_rulebook
        """,
    405: "method_not_allowed",
    409: """
        difference_waiting money_on_its_way nothing_owed
        correction_touches_membership request_moved
        asked_already copy_not_ready no_phone not_to_withdraw
        payee_change_waits
        death_recorded death_not_recorded payer_lives pays_for_you
        no_transfer transfer_too_early rulebook_adopted rulebook_proposed
        rulebook_needs_two
        arrears_first no_way_back nothing_to_agree too_late_to_come_back
        already_ended already_member already_running already_verified appeal_time_over
        children_first claim_event_not_possible claim_moved clock_runs_forward consent_missing
        day_is_closed day_not_over day_out_of_turn decision_waiting disclosure_outdated
        entry_refused evidence_missing evidence_there gateway_key_reused idempotency_key_reused
        claim_on_hold invariant_broken investigation_needed login_name_taken not_on_hold
        nothing_lost objected_already open_claim_exists payee_not_verified payee_refused
        period_busy
        phone_taken publicity_over staff_retired stage_not_due
        statement_not_over too_many_documents verify_yourself_first version_changed version_fixed
        piece_differs piece_out_of_order plan_ends too_many_endpoints too_many_tokens
        too_many_uploads wind_down_begun
        """,
    410: "key_destroyed",
    413: "document_too_large image_too_large too_large",
    415: "document_type_refused heic_refused",
    422: """
        resolution_does_not_fit
        bad_death_day
        no_such_code not_their_phone correction_wrong hold_wrong
        payee_document_missing
        bad_birth_date birth_unknown bad_document bad_login_name bad_name bad_phone bad_relation
        benefit_row_not_due diagnosed_later document_damaged document_empty due_in_the_past
        hash_differs hours_wrong identity_not_confirmed image_moves no_investigator no_such_choice
        not_eligible nothing_due notice_too_short pdf_carries_files pdf_encrypted pdf_scripted
        pdf_too_long statement_missing text_missing text_too_long weak_password
        wind_down_days rulebook_faulty
        acting_wrong help_yourself bad_mandate
        cannot_follow bills_wrong
        bad_endpoint bad_program no_such_events no_such_scope
        """,
    429: """
        too_many_assisted
        too_many_codes too_many_attempts too_many_requests too_many_verifications
        """,
    500: """
        bad_settings broken document_tampered dump_failed file_missing gateway_answer_differs
        gateway_unknown
        key_exists key_missing key_still_on_disk root_needs_namespaces runs_optimised seal_broken
        would_not_stop wrong_master_key
        """,
    503: "gateway_unavailable postgres_failed record_forks record_not_started",
}
STATUS: Mapping[str, int] = {
    code: status for status, codes in _BY_STATUS.items() for code in codes.split()
}
# A refusal that came into being since is at least not taken for a crash; a test names it.
OTHERWISE = 409


class NotSignedIn(Refusal):
    """The request shows no access token that is in force."""

    code = "not_signed_in"
    en = "Sign in first: the access token is missing, over or revoked."
    zh = "请先登录：访问令牌缺失、过期或已撤销。"


class NotFound(Refusal):
    """There is nothing at this address."""

    code = "not_found"
    en = "There is nothing at this address."
    zh = "此地址没有内容。"


class MethodNotAllowed(Refusal):
    """The address is right, the method is not."""

    code = "method_not_allowed"
    en = "This address does not take {method}."
    zh = "此地址不接受 {method} 方法。"


class BadRequest(Refusal):
    """The request is not of the form that the description asks for."""

    code = "bad_request"
    en = "The request has not the right form: {places}."
    zh = "请求格式不正确：{places}。"


class TooLarge(Refusal):
    """The request is larger than the limit."""

    code = "too_large"
    en = "The request is too large; see the limits in the description."
    zh = "请求过大，请参阅说明中的限制。"


class Broken(Refusal):
    """A mistake of ours; it was logged."""

    code = "broken"
    en = "Something went wrong here, and it was logged. Nothing is half-done; try again later."
    zh = "系统出错，已记录。没有做一半的事情，请稍后再试。"


class Problem(Schema):
    """A request that could not be done (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    data: dict[str, Any]


PROBLEMS = frozenset({400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 500, 503})


def answers(good: Any, status: int = 200) -> dict[Any, Any]:
    """The `response` of a route: what it gives, and that everything else is a `Problem`."""
    return {status: good, PROBLEMS: Problem}


def spoken() -> Language:
    """The reader's language, by `Accept-Language`."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def status_of(code: str) -> int:
    """The HTTP status of the refusal with this code."""
    return STATUS.get(code, OTHERWISE)


def problem(refusal: Refusal) -> JsonResponse:
    """The answer that tells a refusal, in the reader's language."""
    status = status_of(refusal.code)
    body = {
        "type": f"urn:sameboat:refusal:{refusal.code}",
        "title": (refusal.__doc__ or "").partition("\n")[0],
        "status": status,
        "detail": refusal.explain(spoken()),
        "code": refusal.code,
        "data": {name: _plain(value) for name, value in refusal.data.items()},
    }
    answer = JsonResponse(body, status=status, content_type="application/problem+json")
    answer["Content-Language"] = spoken()
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    if refusal.code == "scope_missing":
        needed = refusal.data["needed"]
        answer["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{needed}"'
    if "retry_after" in refusal.data:
        answer["Retry-After"] = str(refusal.data["retry_after"])
    return answer


def install(api: NinjaAPI) -> None:
    """Answer everything that a route raises with a `Problem`."""
    api.exception_handler(Refusal)(lambda _, refusal: problem(refusal))
    api.exception_handler(AuthenticationError)(lambda _, __: problem(NotSignedIn()))
    api.exception_handler(ValidationError)(lambda _, error: problem(_malformed(error)))
    api.exception_handler(HttpError)(lambda _, error: problem(_unreadable(error)))
    api.exception_handler(Http404)(lambda _, __: problem(NotFound()))
    api.exception_handler(RequestDataTooBig)(lambda _, __: problem(TooLarge()))
    api.exception_handler(TooManyFieldsSent)(lambda _, __: problem(TooLarge()))
    api.exception_handler(Exception)(_crashed)


def _malformed(error: ValidationError) -> BadRequest:
    """Every place that is wrong, with the reason; what was sent is not repeated."""
    places = tuple(
        f"{'.'.join(str(step) for step in item['loc'])}: {item['msg']}" for item in error.errors
    )
    return BadRequest(places="; ".join(places))


def _unreadable(error: HttpError) -> Refusal:
    """The body is too long to be read, or is no JSON."""
    if isinstance(error.__cause__, RequestDataTooBig | TooManyFieldsSent):
        return TooLarge()
    return BadRequest(places=error.message)


def _crashed(request: HttpRequest, error: Exception) -> JsonResponse:
    log.error("a route broke", exc_info=error, extra={"data": {"path": request.path}})
    return problem(Broken())


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
