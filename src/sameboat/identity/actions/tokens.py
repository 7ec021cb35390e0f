"""Access tokens: what a program shows instead of a session. Only a hash of one is stored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from sameboat.identity.models import AccessToken, Login
from sameboat.identity.queries import token_digest

MEMBER_TOKEN_LASTS = timedelta(days=90)
STAFF_TOKEN_LASTS = timedelta(hours=12)
FORGOTTEN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A fresh token; it is told once and stands nowhere."""

    token: str = field(repr=False)
    expires_at: datetime


def issue_token(*, login_id: int, now: datetime) -> Issued:
    """Give a login a new token; whoever called has proved that it is theirs."""
    is_staff = Login.objects.values_list("is_staff", flat=True).get(id=login_id)
    # 256 random bits need no salt: nobody finds them from their hash.
    token = secrets.token_urlsafe(32)
    expires_at = now + (STAFF_TOKEN_LASTS if is_staff else MEMBER_TOKEN_LASTS)
    AccessToken.objects.create(
        login_id=login_id, digest=token_digest(token), created_at=now, expires_at=expires_at
    )
    return Issued(token=token, expires_at=expires_at)


def revoke_token(*, token: str, now: datetime) -> None:
    """End a token; ending it again changes nothing."""
    AccessToken.objects.filter(digest=token_digest(token), revoked_at=None).update(revoked_at=now)


def revoke_tokens(*, login_id: int, now: datetime) -> int:
    """End every token of a login; the number of them."""
    return AccessToken.objects.filter(login_id=login_id, revoked_at=None).update(revoked_at=now)


@transaction.atomic
def forget_tokens(*, now: datetime) -> int:
    """Delete tokens that ended a week ago or longer."""
    return AccessToken.objects.filter(expires_at__lt=now - FORGOTTEN_AFTER).delete()[0]
