"""A second factor of members: a code to their own phone, by which they agree to one thing.

Being signed in is not enough for what cannot be taken back, or for what somebody else prepared.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from sameboat.gateways import messaging
from sameboat.identity.models import Login, PhoneCode
from sameboat.identity.personal import open_text, seal_text
from sameboat.identity.queries import reader_of
from sameboat.runtime.ids import digits
from sameboat.runtime.jobs import queue
from sameboat.runtime.refusals import Refusal

CODE_DIGITS = 6
CODE_KEPT = timedelta(minutes=30)
TRIES_MAX = 5
CODES_A_DAY_MAX = 10
_PLACE = "identity_phonecode.sealed_code"


class Purpose(StrEnum):
    """What a code agrees to; each has a sentence of its own in the messages."""

    PAYEE = "payee_code"
    """Another payee, after the aid was decided."""
    ASSIST = "assist_code"
    """Somebody may help to file a claim."""
    ASSISTED = "assisted_code"
    """What somebody helped to file is handed in."""
    PROOF = "proof_code"
    """One's own data are handed out or erased: the phone is held just now."""


class NoSuchCode(Refusal):
    """The code is wrong, over, or was tried too often."""

    code = "no_such_code"
    en = "This code is not right, or is over. Compare it with the message, or send a new one."
    zh = "验证码不正确或已失效。请与短信核对，或重新发送。"


class TooManyCodes(Refusal):
    """Codes were sent often enough for today."""

    code = "too_many_codes"
    en = "A code was sent {limit} times in 24 hours; try again tomorrow."
    zh = "24 小时内最多发送 {limit} 次验证码，请明天再试。"


def ask_code(*, login: Login, purpose: Purpose, subject: str, now: datetime) -> None:
    """Send a code to the login's own phone; within the caller's transaction."""
    since = now - timedelta(days=1)
    sent = PhoneCode.objects.filter(login=login, purpose=purpose.value, sent_at__gt=since)
    if sent.count() >= CODES_A_DAY_MAX:
        raise TooManyCodes(limit=CODES_A_DAY_MAX)
    row = PhoneCode.objects.create(
        login=login,
        purpose=purpose.value,
        subject=subject,
        sealed_code=seal_text("login", login.name, _PLACE, digits(CODE_DIGITS)),
        sent_at=now,
    )
    queue.configure_task("identity.send_code").defer(code_id=row.id)


def send_code(*, code_id: int, now: datetime) -> None:
    """Hand the message to the gateway; sending it again changes nothing."""
    row = PhoneCode.objects.select_related("login").filter(id=code_id).first()
    reader = reader_of(row.login) if row else None
    if row is None or reader is None:
        return
    data = {"code": _opened(row), "minutes": str(CODE_KEPT // timedelta(minutes=1))}
    if row.subject:
        data["claim"] = row.subject[:8]
    message = messaging.Message(
        key=f"phone-code/{row.id}",
        to=reader.phone,
        template=row.purpose,
        data=data,
        language=reader.language,
    )
    messaging.provider().send(message, now=now)


@transaction.atomic
def use_code(*, login: Login, purpose: Purpose, subject: str, code: str, now: datetime) -> bool:
    """Whether this is the code that was sent last for that; it is good once.

    A wrong code is counted, so it is an answer and no refusal; after five the code is over.
    """
    sent = PhoneCode.objects.select_for_update().filter(
        login=login, purpose=purpose.value, subject=subject, sent_at__gt=now - CODE_KEPT
    )
    row = sent.order_by("-id").first()
    if row is None or row.used_at is not None or row.tries >= TRIES_MAX:
        raise NoSuchCode()
    PhoneCode.objects.filter(id=row.id).update(tries=F("tries") + 1)
    if not hmac.compare_digest(_opened(row).encode(), code.strip().encode()):
        return False
    PhoneCode.objects.filter(id=row.id).update(used_at=now)
    return True


def forget_phone_codes(*, now: datetime) -> int:
    """Delete codes that are over; a day long they count against the limit."""
    return PhoneCode.objects.filter(sent_at__lt=now - timedelta(days=1)).delete()[0]


def _opened(row: PhoneCode) -> str:
    return open_text("login", row.login.name, _PLACE, bytes(row.sealed_code))
