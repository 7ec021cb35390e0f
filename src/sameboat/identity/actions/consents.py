"""Consents: separate for each purpose, versioned, revocable; and the score asked under one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sameboat.gateways import score
from sameboat.identity.models import Consent, Person
from sameboat.identity.queries import NotAllowed, may_act_for
from sameboat.runtime.jobs import queue
from sameboat.runtime.refusals import Refusal

CREDIT_SCORE = "credit_score"
"""The purpose of the consent after which the score gateway may be asked."""


class NoSuchConsent(Refusal):
    """There is no standing consent of that purpose."""

    code = "no_such_consent"
    en = "There is no standing consent for {purpose}."
    zh = "没有针对“{purpose}”的有效同意。"


@transaction.atomic
def give_consent(
    *, login_id: int, person_id: int, purpose: str, version: str, now: datetime
) -> None:
    """Record a consent; giving it again changes nothing."""
    if not may_act_for(login_id, person_id):
        raise NotAllowed(needed="self / relative")
    row = Consent(
        person_id=person_id,
        purpose=purpose,
        version=version,
        given_at=now,
        given_by_id=login_id,
    )
    Consent.objects.bulk_create([row], ignore_conflicts=True)
    if purpose == CREDIT_SCORE:
        ref = Person.objects.values_list("ref", flat=True).get(id=person_id)
        queue.configure_task("identity.ask_score").defer(person_ref=ref)


@transaction.atomic
def revoke_consent(*, login_id: int, person_id: int, purpose: str, now: datetime) -> None:
    """Take back every standing consent for the purpose; a score asked under it is deleted."""
    if not may_act_for(login_id, person_id):
        raise NotAllowed(needed="self / relative")
    standing = Consent.objects.filter(person_id=person_id, purpose=purpose, revoked_at=None)
    if standing.update(revoked_at=now) == 0:
        raise NoSuchConsent(purpose=purpose)
    if purpose == CREDIT_SCORE:
        Person.objects.filter(id=person_id).update(score=None)


def ask_score(*, person_ref: str) -> int | None:
    """Ask the score gateway, if the person still consents; keep the band."""
    consented = Person.objects.filter(
        ref=person_ref, consents__purpose=CREDIT_SCORE, consents__revoked_at=None
    )
    if not consented.exists():
        return None
    band = score.provider().band(person_ref)
    with transaction.atomic():
        # Only while the consent stands: it may have been taken back meanwhile.
        Person.objects.filter(id__in=consented.values("id")).update(score=band)
    return band
