"""An adult whom somebody else pays for agrees in person before cover starts.

They agree when they are signed in themselves, or by a code that goes to their own phone: who has
no smartphone reads it to the relative who types it in.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from sameboat.gateways import messaging
from sameboat.identity.actions.codes import NoSuchCode, TooManyCodes
from sameboat.identity.models import Consent, Login
from sameboat.identity.personal import normal_phone, open_text, phone_digest, seal_text
from sameboat.identity.queries import language_of, may_act_for
from sameboat.members.actions.ending import NoSuchMembership
from sameboat.members.models import ConsentCode, Membership
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of
from sameboat.runtime.ids import digits
from sameboat.runtime.jobs import queue
from sameboat.runtime.refusals import Refusal

CODE_DIGITS = 6
CODE_KEPT = timedelta(days=7)
"""So long, because a parent far away may answer the telephone only on Sunday."""
TRIES_MAX = 5
CODES_A_DAY_MAX = 3
BEING_PAID_FOR = "membership"
"""The purpose of an adult's consent to a membership that somebody else joined and pays for."""
_PLACE = "members_consentcode.sealed"


class NothingToAgree(Refusal):
    """The membership needs no consent of its own, or has it."""

    code = "nothing_to_agree"
    en = "Nobody needs to agree to this membership any more."
    zh = "该成员资格无需（或已经）本人同意。"


class NotTheirPhone(Refusal):
    """The phone number is that of the person who pays."""

    code = "not_their_phone"
    en = "This is your own phone number. Give the number on which this person can be reached."
    zh = "这是您自己的手机号。请填写能联系到本人的号码。"


@transaction.atomic
def ask_consent(*, login_id: int, membership_ref: str, phone: str, now: datetime) -> None:
    """Send a code to the member's own phone, by which they agree to being a member."""
    membership = _to_agree(login_id, membership_ref)
    text = normal_phone(phone)
    if Login.objects.filter(id=login_id, phone_index=phone_digest(text)).exists():
        raise NotTheirPhone()
    sent = ConsentCode.objects.filter(
        membership=membership, sent_at__gt=now - timedelta(days=1)
    ).count()
    if sent >= CODES_A_DAY_MAX:
        raise TooManyCodes(limit=CODES_A_DAY_MAX)
    row = ConsentCode.objects.create(
        membership=membership,
        sealed=seal_text("person", membership.person.ref, _PLACE, f"{digits(CODE_DIGITS)} {text}"),
        sent_at=now,
        asked_by_id=login_id,
    )
    queue.configure_task("members.send_consent_code").defer(code_id=row.id)


def send_consent_code(*, code_id: int, now: datetime) -> None:
    """Hand the message to the gateway; sending it again changes nothing."""
    found = ConsentCode.objects.select_related("membership__person", "asked_by")
    row = found.filter(id=code_id).first()
    if row is None:
        return
    code, phone = _opened(row)
    # Whoever has never been here reads what the family reads.
    language = language_of(row.asked_by)
    message = messaging.Message(
        key=f"consent-code/{row.id}",
        to=phone,
        template="consent_code",
        data={"plan": plans.plan(row.membership.plan).name.side(language), "code": code},
        language=language,
    )
    messaging.provider().send(message, now=now)


@transaction.atomic
def agree_by_code(*, login_id: int, membership_ref: str, code: str, now: datetime) -> bool:
    """The member agrees by the code that reached their phone; False for a wrong one.

    A wrong code is counted, so it is an answer and no refusal; after five the code is over.
    """
    membership = _to_agree(login_id, membership_ref)
    sent = ConsentCode.objects.filter(membership=membership, sent_at__gt=now - CODE_KEPT)
    row = sent.select_related("membership__person").order_by("-id").first()
    if row is None or row.tries >= TRIES_MAX:
        raise NoSuchCode()
    ConsentCode.objects.filter(id=row.id).update(tries=F("tries") + 1)
    if not hmac.compare_digest(_opened(row)[0].encode(), code.strip().encode()):
        return False
    _agree(membership, login_id, now)
    return True


@transaction.atomic
def agree(*, login_id: int, membership_ref: str, now: datetime) -> None:
    """The member, signed in themselves, agrees to being one whom somebody else pays for."""
    membership = _to_agree(login_id, membership_ref)
    if not Login.objects.filter(id=login_id, person=membership.person_id).exists():
        raise NoSuchMembership()
    _agree(membership, login_id, now)


@transaction.atomic
def agree_as_if_by_phone(*, login_id: int, now: datetime) -> int:
    """For a demonstration only: all adults whom this payer joined agree; how many they are."""
    wanting = Membership.objects.filter(
        household__payer__logins=login_id, needs_consent=True, consented_on=None, ends_on=None
    )
    for membership in wanting:
        _agree(membership, login_id, now)
    return len(wanting)


def forget_codes(*, now: datetime) -> int:
    """Delete the codes that are over, and with them the phone numbers they went to."""
    return ConsentCode.objects.filter(sent_at__lt=now - CODE_KEPT).delete()[0]


def _to_agree(login_id: int, membership_ref: str) -> Membership:
    """A membership that still wants the consent of its member."""
    found = Membership.objects.select_related("person").filter(ref=membership_ref).first()
    if found is None or not may_act_for(login_id, found.person_id):
        raise NoSuchMembership()
    if not found.needs_consent or found.consented_on is not None or found.ends_on is not None:
        raise NothingToAgree()
    return found


def _agree(membership: Membership, login_id: int, now: datetime) -> None:
    plan = plans.plan(membership.plan)
    agreed = Membership.objects.filter(id=membership.id, consented_on=None)
    if agreed.update(consented_on=day_of(now, plan.timezone)) != 1:
        raise NothingToAgree()
    consent = Consent(
        person_id=membership.person_id,
        purpose=BEING_PAID_FOR,
        version=f"{plan.id}:{plan.disclosure_version}",
        given_at=now,
        given_by_id=login_id,
    )
    Consent.objects.bulk_create([consent], ignore_conflicts=True)
    ConsentCode.objects.filter(membership=membership).delete()


def _opened(row: ConsentCode) -> tuple[str, str]:
    """The code and the phone number it goes to."""
    text = open_text("person", row.membership.person.ref, _PLACE, bytes(row.sealed))
    code, _space, phone = text.partition(" ")
    return code, phone
