"""Help with filing: somebody fills a claim in beside the member, who agrees twice by phone code.

The first code opens an assistance: for one claim, and for a day. What the helper does is done in
the member's name, within what that member may do; the second code hands the claim in. That it was
assisted stands on the record.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Unpack

from django.db import transaction

from sameboat.claims.access import NoSuchAssistance, claim_to_file
from sameboat.claims.actions.drafting import draft_claim, edit_claim
from sameboat.claims.actions.evidence import add_evidence
from sameboat.claims.actions.filing import check_ready, open_claim, seal_claim
from sameboat.claims.consents import NEEDED, VERSIONS
from sameboat.claims.models import Assistance, Claim
from sameboat.claims.stated import Said
from sameboat.identity.actions import audit, give_consent
from sameboat.identity.actions.codes import Purpose, ask_code, use_code
from sameboat.identity.models import Login
from sameboat.identity.personal import normal_phone
from sameboat.identity.queries import NotAllowed, login_by_phone, roles_of
from sameboat.identity.roles import Role
from sameboat.rules.claim import State
from sameboat.runtime.ids import reference
from sameboat.runtime.refusals import Refusal

LASTS = timedelta(hours=24)
BEGUN_A_DAY_MAX = 10
"""A village helper with more than so many in a day is looked at by staff, not by a machine."""


class TooManyAssisted(Refusal):
    """The helper has begun to help often enough for a day."""

    code = "too_many_assisted"
    en = "You can begin to help {limit} times in 24 hours; go on tomorrow, or ask our staff."
    zh = "24 小时内最多协助 {limit} 次，请明天继续，或联系人工客服。"


class HelpYourself(Refusal):
    """Somebody wants to help themself."""

    code = "help_yourself"
    en = "This is your own number. File the claim yourself, under Claims."
    zh = "这是您自己的手机号。请直接在“互助申请”中办理。"


@transaction.atomic
def begin_assistance(*, login_id: int, phone: str, now: datetime) -> str:
    """Send a code to the member who wants help; the reference of the assistance.

    The answer is the same for a number that is nobody's here: so nobody learns who is a member.
    """
    helper = Login.objects.get(id=login_id)
    is_other_staff = helper.is_staff and Role.CASE_HANDLER not in roles_of(login_id)
    if helper.person_id is None or is_other_staff:
        raise NotAllowed(needed="verified person / case_handler")
    begun = Assistance.objects.filter(helper=helper, begun_at__gt=now - timedelta(days=1))
    if begun.count() >= BEGUN_A_DAY_MAX:
        raise TooManyAssisted(limit=BEGUN_A_DAY_MAX)
    member = login_by_phone(normal_phone(phone))
    if member is not None and member.person_id == helper.person_id:
        raise HelpYourself()
    ref = reference()
    Assistance.objects.create(ref=ref, helper=helper, member=member, begun_at=now)
    if member is not None and member.person_id is not None:
        ask_code(login=member, purpose=Purpose.ASSIST, subject=ref, now=now)
    return ref


@transaction.atomic
def open_assistance(*, login_id: int, ref: str, code: str, now: datetime) -> bool:
    """The member has told the code: the helper may fill one claim in. False for a wrong code."""
    row = _of_helper(login_id, ref)
    if row is None or row.opened_at is not None:
        raise NoSuchAssistance()
    if row.member is None:
        return False
    if not use_code(login=row.member, purpose=Purpose.ASSIST, subject=ref, code=code, now=now):
        return False
    Assistance.objects.filter(id=row.id).update(opened_at=now, expires_at=now + LASTS)
    if row.helper.is_staff:
        audit(login_id=login_id, verb="claim.assist", subject=ref, now=now)
    return True


@transaction.atomic
def draft_assisted(
    *, login_id: int, ref: str, membership_ref: str, now: datetime, **said: Unpack[Said]
) -> str:
    """Fill the one claim in and put it on the record, in the member's name; its reference.

    One that the member began, or that an earlier help left, is gone on with.
    """
    row = assistance_to_go_on(login_id, ref, now=now)
    member = _member(row)
    claim = row.claim or _begun(membership_ref)
    if claim is None:
        claim_ref = draft_claim(login_id=member, membership_ref=membership_ref, now=now, **said)
        claim = Claim.objects.get(ref=claim_ref)
    else:
        edit_claim(login_id=member, claim_ref=claim.ref, now=now, **said)
    Assistance.objects.filter(id=row.id).update(claim=claim)
    if claim.state == State.DRAFT.name:
        open_claim(login_id=member, claim_ref=claim.ref, now=now)
    return claim.ref


@transaction.atomic
def add_assisted_evidence(
    *, login_id: int, ref: str, kind: str, content: bytes, filename: str, now: datetime
) -> str:
    """Add a document to the one claim; its reference."""
    row = _with_claim(login_id, ref, now)
    assert row.claim is not None
    return add_evidence(
        login_id=_member(row),
        claim_ref=row.claim.ref,
        kind=kind,
        content=content,
        filename=filename,
        device_hash=None,
        now=now,
    )


@transaction.atomic
def ask_to_hand_in(*, login_id: int, ref: str, now: datetime) -> None:
    """Send the member the second code, once everything is there."""
    row = _with_claim(login_id, ref, now)
    assert row.claim is not None
    assert row.member is not None
    check_ready(row.claim)
    ask_code(login=row.member, purpose=Purpose.ASSISTED, subject=row.claim.ref, now=now)


@transaction.atomic
def hand_in_assisted(*, login_id: int, ref: str, code: str, now: datetime) -> bool:
    """The member has told the second code: they agree, and it is handed in. False for a wrong one.

    The consents are the member's: the code's message says what is handed in, and they give it.
    """
    row = _with_claim(login_id, ref, now)
    assert row.claim is not None
    assert row.member is not None
    claim, member = row.claim, row.member
    if not use_code(login=member, purpose=Purpose.ASSISTED, subject=claim.ref, code=code, now=now):
        return False
    for purpose in NEEDED:
        give_consent(
            login_id=member.id,
            person_id=claim.membership.person_id,
            purpose=purpose,
            version=VERSIONS[purpose],
            now=now,
        )
    seal_claim(login_id=member.id, claim_ref=claim.ref, now=now)
    Assistance.objects.filter(id=row.id).update(ended_at=now)
    return True


@transaction.atomic
def end_assistance(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """The member ends the help before the claim is handed in; what was filled in stays theirs."""
    claim = claim_to_file(login_id, claim_ref)
    ended = Assistance.objects.filter(claim=claim, ended_at=None).update(ended_at=now)
    if not ended:
        raise NoSuchAssistance()


def assistance_to_go_on(login_id: int, ref: str, *, now: datetime) -> Assistance:
    """An assistance of this helper that a code opened and that is not over."""
    row = _of_helper(login_id, ref)
    is_open = row is not None and row.expires_at is not None and now < row.expires_at
    if row is None or not is_open or row.ended_at is not None:
        raise NoSuchAssistance()
    return row


def _begun(membership_ref: str) -> Claim | None:
    """The claim of a membership that is not handed in yet; whether it may be touched is asked by
    what mends it."""
    states = (State.DRAFT.name, State.COLLECTING.name)
    return Claim.objects.filter(membership__ref=membership_ref, state__in=states).first()


def _with_claim(login_id: int, ref: str, now: datetime) -> Assistance:
    row = assistance_to_go_on(login_id, ref, now=now)
    if row.claim is None:
        raise NoSuchAssistance()
    return row


def _of_helper(login_id: int, ref: str) -> Assistance | None:
    found = Assistance.objects.select_related("helper", "member", "claim__membership")
    return found.filter(ref=ref, helper_id=login_id).first()


def _member(row: Assistance) -> int:
    assert row.member_id is not None
    return row.member_id
