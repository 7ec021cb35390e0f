"""Giving and taking back a consent: what taking it back means is done at once, all or nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sameboat.claims.actions import withdraw_claim
from sameboat.identity import actions as identity
from sameboat.identity.actions.consents import CREDIT_SCORE, NoSuchConsent
from sameboat.identity.models import Consent, Person
from sameboat.members.actions import leave
from sameboat.rights.consents import (
    DISCLOSURE,
    PURPOSES,
    TERMS,
    claims_to_withdraw,
    memberships_to_leave,
)
from sameboat.rights.proving import person_to_decide
from sameboat.runtime.refusals import Refusal


class NoSuchPurpose(Refusal):
    """There is nothing of that name to agree to here."""

    code = "no_such_purpose"
    en = "There is nothing called {purpose} to agree to here."
    zh = "这里没有名为“{purpose}”的同意事项。"


@transaction.atomic
def give_consent(*, login_id: int, person_ref: str, purpose: str, now: datetime) -> None:
    """Agree to a purpose in its present words; giving it again changes nothing."""
    person = person_to_decide(login_id, person_ref, now=now)
    found = PURPOSES.get(purpose)
    if found is None or not found.version:
        raise NoSuchPurpose(purpose=purpose)
    identity.give_consent(
        login_id=login_id,
        person_id=person.id,
        purpose=purpose,
        version=found.version,
        now=now,
    )


@transaction.atomic
def revoke_consent(*, login_id: int, person_ref: str, purpose: str, now: datetime) -> None:
    """Take a consent back, and do what that means: `rights.consents` says it beforehand.

    Claims that cannot go on without it are withdrawn; without the terms every plan is left, which
    is refused as leaving is (children first); a score and its marks are deleted.
    """
    person = person_to_decide(login_id, person_ref, now=now)
    if purpose not in PURPOSES:
        raise NoSuchPurpose(purpose=purpose)
    for claim in claims_to_withdraw(person, purpose):
        withdraw_claim(login_id=login_id, claim_ref=claim.ref, now=now)
    for membership in memberships_to_leave(person, purpose):
        leave(login_id=login_id, membership_ref=membership.ref, now=now)
    _take_back(login_id, person, purpose, now)
    if purpose == CREDIT_SCORE:
        _drop_score_marks(person)


def _take_back(login_id: int, person: Person, purpose: str, now: datetime) -> None:
    if purpose == TERMS:
        own = Consent.objects.filter(person=person, purpose__in=(TERMS, DISCLOSURE))
        if own.filter(revoked_at=None).update(revoked_at=now) == 0:
            raise NoSuchConsent(purpose=purpose)
    else:
        identity.revoke_consent(login_id=login_id, person_id=person.id, purpose=purpose, now=now)


def _drop_score_marks(person: Person) -> None:
    """No membership is marked by a score that may not be known any more."""
    for membership in person.memberships.exclude(review_reasons=""):
        kept = [
            code for code in membership.review_reasons.split(",") if not code.startswith("score")
        ]
        membership.review_reasons = ",".join(kept)
        membership.save(update_fields=["review_reasons"])
