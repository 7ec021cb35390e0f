"""A fresh code to the phone, before something is handed out or cannot be taken back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sameboat.identity.actions.codes import Purpose, ask_code, use_code
from sameboat.identity.models import Login
from sameboat.runtime.refusals import Refusal


class NoPhone(Refusal):
    """The login has no phone to which a code could go."""

    code = "no_phone"
    en = "This login has no phone number; give one first, so that a code can reach you."
    zh = "此登录没有手机号，请先绑定，以便接收验证码。"


@transaction.atomic
def send_code(*, login_id: int, now: datetime) -> None:
    """Send a fresh code to the login's own phone."""
    login = Login.objects.get(id=login_id)
    if login.sealed_phone is None:
        raise NoPhone()
    ask_code(login=login, purpose=Purpose.PROOF, subject="", now=now)


def prove(*, login_id: int, code: str, now: datetime) -> bool:
    """Whether `code` is the last one that was sent; then the login is proved for ten minutes.

    A wrong code is counted, so it is an answer and no refusal; after five the code is over.
    """
    login = Login.objects.get(id=login_id)
    return use_code(login=login, purpose=Purpose.PROOF, subject="", code=code, now=now)
