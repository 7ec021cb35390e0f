"""What changes about persons, logins, consents, staff and the audit trail."""

from __future__ import annotations

from sameboat.identity.actions.codes import forget_phone_codes, send_code
from sameboat.identity.actions.consents import ask_score, give_consent, revoke_consent
from sameboat.identity.actions.logins import (
    close_logins,
    forget_unproved_logins,
    open_login,
    reopen_login,
    set_language,
    set_phone,
    sign_out_everywhere,
)
from sameboat.identity.actions.mandates import end_mandates, grant_mandate, revoke_mandate
from sameboat.identity.actions.relations import (
    agree_to_relation,
    forget_refused,
    refuse_relation,
    tell_asked,
)
from sameboat.identity.actions.staff import (
    change_roles,
    hire,
    make_staff,
    renew_staff,
    retire_staff,
)
from sameboat.identity.actions.tokens import (
    Issued,
    end_token,
    forget_tokens,
    grant_token,
    issue_token,
    note_use,
    revoke_token,
    revoke_tokens,
)
from sameboat.identity.actions.trail import audit, record_audit_days
from sameboat.identity.actions.verification import (
    answer_verification,
    answer_verifications_due,
    decide_new_document,
    forget_verifications,
    request_new_document,
    request_verification,
)

__all__ = [
    "Issued",
    "agree_to_relation",
    "answer_verification",
    "answer_verifications_due",
    "ask_score",
    "audit",
    "change_roles",
    "close_logins",
    "decide_new_document",
    "end_mandates",
    "end_token",
    "forget_phone_codes",
    "forget_refused",
    "forget_tokens",
    "forget_unproved_logins",
    "forget_verifications",
    "give_consent",
    "grant_mandate",
    "grant_token",
    "hire",
    "issue_token",
    "make_staff",
    "note_use",
    "open_login",
    "record_audit_days",
    "refuse_relation",
    "renew_staff",
    "reopen_login",
    "request_new_document",
    "request_verification",
    "retire_staff",
    "revoke_consent",
    "revoke_mandate",
    "revoke_token",
    "revoke_tokens",
    "send_code",
    "set_language",
    "set_phone",
    "sign_out_everywhere",
    "tell_asked",
]
