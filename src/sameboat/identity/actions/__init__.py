"""What changes about persons, logins, consents, staff and the audit trail."""

from __future__ import annotations

from sameboat.identity.actions.consents import ask_score, give_consent, revoke_consent
from sameboat.identity.actions.logins import forget_unproved_logins, open_login, set_phone
from sameboat.identity.actions.staff import audit, make_staff
from sameboat.identity.actions.verification import (
    answer_verification,
    forget_verifications,
    request_verification,
)

__all__ = [
    "answer_verification",
    "ask_score",
    "audit",
    "forget_unproved_logins",
    "forget_verifications",
    "give_consent",
    "make_staff",
    "open_login",
    "request_verification",
    "revoke_consent",
    "set_phone",
]
