"""Access tokens: what a program shows instead of a session. Only a hash of one is stored."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from sameboat.identity.actions.trail import audit
from sameboat.identity.models import AccessToken, Login
from sameboat.identity.queries import token_digest
from sameboat.identity.scopes import FOR_MEMBERS, FOR_STAFF
from sameboat.runtime.ids import reference
from sameboat.runtime.refusals import Refusal

MEMBER_TOKEN_LASTS = timedelta(days=90)
STAFF_TOKEN_LASTS = timedelta(hours=12)
FORGOTTEN_AFTER = timedelta(days=7)
MEMBER_PROGRAM_DAYS_MAX = 365
STAFF_PROGRAM_DAYS_MAX = 90
PROGRAMS_MAX = 20
PROGRAM_NAME_MAX = 80


class NoSuchScope(Refusal):
    """A scope does not exist, or this login has nothing to give it for."""

    code = "no_such_scope"
    en = "Give a program at least one of these scopes: {possible}."
    zh = "请至少授予一项权限，可选：{possible}。"


class NoSuchToken(Refusal):
    """The login has no such token in force."""

    code = "no_such_token"
    en = "There is no such access token in force."
    zh = "没有这个有效的访问令牌。"


class BadProgram(Refusal):
    """A program's token needs a name by which it is known again, and an end."""

    code = "bad_program"
    en = "Give the program a name of at most 80 characters, and 1 to {days_max} days."
    zh = "请填写程序名称（最多 80 个字符）和有效天数（1 至 {days_max} 天）。"


class TooManyTokens(Refusal):
    """So many programs have access already."""

    code = "too_many_tokens"
    en = "{tokens_max} programs have access already; end one of them first."
    zh = "已有 {tokens_max} 个程序获得授权，请先撤销其中一个。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A fresh token; it is told once and stands nowhere."""

    token: str = field(repr=False)
    ref: str
    expires_at: datetime


def issue_token(*, login_id: int, now: datetime) -> Issued:
    """Give a login a new token of its own; whoever called has proved that it is theirs."""
    return _issued(login_id, now=now, lasts=_lasts(_is_staff(login_id)), name="", scopes=())


def grant_token(
    *, login_id: int, name: str, scopes: Collection[str], days: int, now: datetime
) -> Issued:
    """Give a program a token with some scopes of this login's; it can be ended at any time."""
    is_staff = _is_staff(login_id)
    refuse_program(is_staff=is_staff, name=name, scopes=scopes, days=days)
    with transaction.atomic():
        # Of two at once, each counts the other's.
        Login.objects.select_for_update().get(id=login_id)
        programs = AccessToken.objects.filter(login_id=login_id, revoked_at=None)
        if programs.filter(expires_at__gt=now).exclude(scopes="").count() >= PROGRAMS_MAX:
            raise TooManyTokens(tokens_max=PROGRAMS_MAX)
        issued = _issued(
            login_id, now=now, lasts=timedelta(days=days), name=name.strip(), scopes=scopes
        )
        if is_staff:
            audit(login_id=login_id, verb="token.grant", subject=issued.ref, now=now)
    return issued


def refuse_program(*, is_staff: bool, name: str, scopes: Collection[str], days: int) -> None:
    """Refuse what no program can be given by such a login."""
    days_max = STAFF_PROGRAM_DAYS_MAX if is_staff else MEMBER_PROGRAM_DAYS_MAX
    if not 1 <= len(name.strip()) <= PROGRAM_NAME_MAX or not 1 <= days <= days_max:
        raise BadProgram(days_max=days_max)
    possible = FOR_STAFF if is_staff else FOR_MEMBERS
    if not scopes or not set(scopes) <= set(possible):
        raise NoSuchScope(possible=", ".join(possible))


def revoke_token(*, token: str, now: datetime) -> None:
    """End a token; ending it again changes nothing."""
    AccessToken.objects.filter(digest=token_digest(token), revoked_at=None).update(revoked_at=now)


@transaction.atomic
def end_token(*, login_id: int, ref: str, now: datetime) -> None:
    """End one of this login's tokens by its reference."""
    own = AccessToken.objects.filter(login_id=login_id, ref=ref, revoked_at=None)
    if own.update(revoked_at=now) != 1:
        raise NoSuchToken()
    if _is_staff(login_id):
        audit(login_id=login_id, verb="token.end", subject=ref, now=now)


def revoke_tokens(*, login_id: int, now: datetime) -> int:
    """End every token of a login; the number of them."""
    return AccessToken.objects.filter(login_id=login_id, revoked_at=None).update(revoked_at=now)


def note_use(*, token_id: int, now: datetime) -> None:
    """Note the day on which a token was used, once a day."""
    AccessToken.objects.filter(id=token_id).exclude(used_on=now.date()).update(used_on=now.date())


@transaction.atomic
def forget_tokens(*, now: datetime) -> int:
    """Delete tokens that ended a week ago or longer."""
    return AccessToken.objects.filter(expires_at__lt=now - FORGOTTEN_AFTER).delete()[0]


def _issued(
    login_id: int, *, now: datetime, lasts: timedelta, name: str, scopes: Collection[str]
) -> Issued:
    # 256 random bits need no salt: nobody finds them from their hash.
    token, ref = secrets.token_urlsafe(32), reference()
    AccessToken.objects.create(
        ref=ref,
        login_id=login_id,
        digest=token_digest(token),
        name=name,
        scopes=" ".join(sorted(scopes)),
        created_at=now,
        expires_at=now + lasts,
        # Signing in is using it: its first request, such as a join, has nothing to note.
        used_on=None if scopes else now.date(),
    )
    return Issued(token=token, ref=ref, expires_at=now + lasts)


def _lasts(is_staff: bool) -> timedelta:
    return STAFF_TOKEN_LASTS if is_staff else MEMBER_TOKEN_LASTS


def _is_staff(login_id: int) -> bool:
    return Login.objects.values_list("is_staff", flat=True).get(id=login_id)
