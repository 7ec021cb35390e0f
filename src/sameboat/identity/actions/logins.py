"""Logins of members: made by a phone number, proved by a code."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from sameboat.identity.actions.tokens import revoke_tokens
from sameboat.identity.models import Login, Session
from sameboat.identity.personal import normal_phone, phone_digest, seal_text
from sameboat.identity.queries import PHONE_PLACE, phone_of
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Language, Refusal

UNPROVED_LOGIN_KEPT = timedelta(days=1)
SWEEP_MAX = 1000


class PhoneTaken(Refusal):
    """Another login has this phone number."""

    code = "phone_taken"
    en = "Another login has this phone number. Sign in with it, or give another number."
    zh = "该手机号已用于另一个登录。请用它登录，或换一个手机号。"


@transaction.atomic
def open_login(*, phone: str, now: datetime) -> Login:
    """The member's login with this phone number, made if there is none."""
    text = normal_phone(phone)
    name = reference()
    keystore().create("login", name)
    login = Login(
        name=name,
        sealed_phone=seal_text("login", name, PHONE_PLACE, text),
        phone_index=phone_digest(text),
        created_at=now,
    )
    login.set_unusable_password()
    # Two first requests at once: the second finds the first one's row.
    Login.objects.bulk_create([login], ignore_conflicts=True)
    return Login.objects.get(phone_index=phone_digest(text))


@transaction.atomic
def set_phone(*, login_id: int, phone: str, verified: bool) -> None:
    """Give the login this phone number, and say whether a code proved it."""
    text = normal_phone(phone)
    login = Login.objects.get(id=login_id)
    digest = phone_digest(text)
    if Login.objects.filter(phone_index=digest).exclude(id=login_id).exists():
        raise PhoneTaken()
    if login.phone_index is None or bytes(login.phone_index) != digest:
        keystore().get_or_create("login", login.name)
        login.sealed_phone = seal_text("login", login.name, PHONE_PLACE, text)
        login.phone_index = digest
    login.phone_verified = verified
    login.save(update_fields=["sealed_phone", "phone_index", "phone_verified"])


def set_language(*, login_id: int, language: Language) -> None:
    """Say in which language messages go to this login from now on."""
    Login.objects.filter(id=login_id).exclude(language=language).update(language=language)


@transaction.atomic
def sign_out_everywhere(*, login_id: int, now: datetime) -> None:
    """End every session of a login, on every machine, and every token, of programs too."""
    Session.objects.filter(login_id=login_id).delete()
    revoke_tokens(login_id=login_id, now=now)


@transaction.atomic
def close_logins(*, person_id: int, now: datetime) -> None:
    """Nobody signs in as this person any more: sessions and tokens end, the number becomes free.

    Whoever of the family goes on with that phone gets a login of their own by it.
    """
    closed = Login.objects.filter(person_id=person_id, is_active=True)
    for login_id in closed.values_list("id", flat=True):
        sign_out_everywhere(login_id=login_id, now=now)
    closed.update(is_active=False, phone_index=None)


@transaction.atomic
def reopen_login(*, person_id: int, now: datetime) -> None:
    """Let somebody sign in again by the phone that they had, after `close_logins` by mistake.

    A login that was made meanwhile by that phone gives it back if it is nobody's yet. If it is
    another person's by now, the old login lets go of its person, who verifies with another phone.
    """
    closed = Login.objects.filter(person_id=person_id, is_staff=False, is_active=False)
    login = closed.filter(sealed_phone__isnull=False).first()
    if login is None:
        return
    phone = phone_of(login)
    assert phone is not None
    digest = phone_digest(phone)
    other = Login.objects.select_for_update().filter(phone_index=digest).first()
    if other is not None and other.person_id is not None:
        Login.objects.filter(id=login.id).update(person=None)
        return
    if other is not None:
        sign_out_everywhere(login_id=other.id, now=now)
        Login.objects.filter(id=other.id).update(
            phone_index=None, phone_verified=False, is_active=False
        )
    Login.objects.filter(id=login.id).update(is_active=True, phone_index=digest)


def forget_unproved_logins(*, now: datetime) -> int:
    """Delete logins whose phone no code proved within a day, and destroy their keys."""
    stale = Login.objects.filter(
        phone_verified=False,
        is_staff=False,
        person=None,
        created_at__lt=now - UNPROVED_LOGIN_KEPT,
    )
    forgotten = 0
    for login in stale[:SWEEP_MAX]:
        with transaction.atomic():
            forgotten += Login.objects.filter(id=login.id, phone_verified=False).delete()[0] > 0
        keystore().destroy("login", login.name)
    return forgotten
