"""A fresh code to the phone, before something is handed out or cannot be taken back."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from sameboat.gateways import messaging
from sameboat.identity.models import Login
from sameboat.identity.personal import open_text, seal_text
from sameboat.identity.queries import reader_of
from sameboat.rights.models import ProofCode
from sameboat.rights.proving import GOOD_FOR
from sameboat.runtime.ids import digits
from sameboat.runtime.jobs import queue
from sameboat.runtime.refusals import Refusal

CODE_DIGITS = 6
KEPT = timedelta(days=1)
TRIES_MAX = 5
CODES_AN_HOUR_MAX = 3
_PLACE = "rights_proofcode.sealed"


class NoPhone(Refusal):
    """The login has no phone to which a code could go."""

    code = "no_phone"
    en = "This login has no phone number; give one first, so that a code can reach you."
    zh = "此登录没有手机号，请先绑定，以便接收验证码。"


class CodeOver(Refusal):
    """No code is on its way, or it is over, or was tried too often."""

    code = "code_over"
    en = "This code is over; ask for a new one."
    zh = "验证码已失效，请重新获取。"


class TooManyProofs(Refusal):
    """Codes were sent often enough for this hour."""

    code = "too_many_proofs"
    en = "A code was sent {limit} times within an hour; wait a little."
    zh = "一小时内最多发送 {limit} 次验证码，请稍后再试。"


@transaction.atomic
def send_code(*, login_id: int, now: datetime) -> None:
    """Send a fresh code to the login's own phone."""
    login = Login.objects.get(id=login_id)
    if login.sealed_phone is None:
        raise NoPhone()
    sent = ProofCode.objects.filter(login=login, sent_at__gt=now - timedelta(hours=1)).count()
    if sent >= CODES_AN_HOUR_MAX:
        raise TooManyProofs(limit=CODES_AN_HOUR_MAX)
    row = ProofCode.objects.create(
        login=login,
        sealed=seal_text("login", login.name, _PLACE, digits(CODE_DIGITS)),
        sent_at=now,
    )
    queue.configure_task("rights.send_code").defer(code_id=row.id)


def deliver_code(*, code_id: int, now: datetime) -> None:
    """Hand the message to the gateway; doing it again changes nothing."""
    row = ProofCode.objects.select_related("login").filter(id=code_id, proved_at=None).first()
    reader = reader_of(row.login) if row else None
    if row is None or reader is None:
        return
    message = messaging.Message(
        key=reader.key(f"proof-code/{row.id}"),
        to=reader.phone,
        template="proof_code",
        data={"code": _opened(row), "minutes": str(GOOD_FOR.seconds // 60)},
        language=reader.language,
    )
    messaging.provider().send(message, now=now)


@transaction.atomic
def prove(*, login_id: int, code: str, now: datetime) -> bool:
    """Whether `code` is the last one that was sent; then the login is proved for ten minutes.

    A wrong code is counted, so it is an answer and no refusal; after five the code is over.
    """
    sent = ProofCode.objects.select_related("login").filter(login_id=login_id, proved_at=None)
    row = sent.filter(sent_at__gt=now - GOOD_FOR).order_by("-id").first()
    if row is None:
        raise CodeOver()
    counted = ProofCode.objects.filter(id=row.id, tries__lt=TRIES_MAX, proved_at=None)
    if counted.update(tries=F("tries") + 1) != 1:
        raise CodeOver()
    if not hmac.compare_digest(_opened(row).encode(), code.strip().encode()):
        return False
    ProofCode.objects.filter(id=row.id).update(proved_at=now)
    return True


def forget_codes(*, now: datetime) -> int:
    """Delete the codes that are over."""
    return ProofCode.objects.filter(sent_at__lt=now - KEPT).delete()[0]


def _opened(row: ProofCode) -> str:
    return open_text("login", row.login.name, _PLACE, bytes(row.sealed))
