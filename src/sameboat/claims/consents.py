"""What the ill person has agreed to: that a claim is judged, looked into from outside, shown."""

from __future__ import annotations

from django.db.models import QuerySet

from sameboat.claims.models import Claim
from sameboat.identity.models import Consent
from sameboat.runtime.refusals import Refusal

HEALTH_DATA = "health_data"
SHARING_INSURER = "sharing_insurer"
PUBLICATION = "publication"
NEEDED = (HEALTH_DATA, SHARING_INSURER, PUBLICATION)
VERSIONS = {HEALTH_DATA: "2", SHARING_INSURER: "1", PUBLICATION: "1"}
"""The present words of each; a consent names the version that was read."""
_WITH_THE_INVESTIGATOR = "1"
"""The version of `health_data` whose words named the investigator beside the staff."""


class ConsentTakenBack(Refusal):
    """The person took back the consent under which this could be looked at."""

    code = "consent_taken_back"
    en = "The member took the consent to {purpose} back: nobody may look at this any more."
    zh = "成员已撤回“{purpose}”的同意，任何人不得再查看。"


def missing_consents(claim: Claim) -> list[str]:
    """The purposes to which the ill person has not agreed, of those that handing in needs."""
    given = set(_standing(claim).values_list("purpose", flat=True))
    if is_shared_with_insurer(claim):
        given.add(SHARING_INSURER)
    return [purpose for purpose in NEEDED if purpose not in given]


def is_shared_with_insurer(claim: Claim) -> bool:
    """Whether the insurer and its investigator may see the claim."""
    if _taken_back(claim, SHARING_INSURER):
        return False
    standing = _standing(claim)
    return (
        standing.filter(purpose=SHARING_INSURER).exists()
        or standing.filter(purpose=HEALTH_DATA, version=_WITH_THE_INVESTIGATOR).exists()
    )


def refuse_without_consent(claim: Claim, *, from_outside: bool) -> None:
    """Refuse with `ConsentTakenBack` whoever would look at what the member keeps to themself now.

    `from_outside` is for the insurer and its investigator.
    """
    if _taken_back(claim, HEALTH_DATA):
        raise ConsentTakenBack(purpose=HEALTH_DATA)
    if from_outside and _taken_back(claim, SHARING_INSURER):
        raise ConsentTakenBack(purpose=SHARING_INSURER)


def _taken_back(claim: Claim, purpose: str) -> bool:
    """Whether the purpose was agreed to once and is not any more."""
    given = Consent.objects.filter(person_id=claim.membership.person_id, purpose=purpose)
    return given.exists() and not given.filter(revoked_at=None).exists()


def _standing(claim: Claim) -> QuerySet[Consent]:
    return Consent.objects.filter(
        person_id=claim.membership.person_id, purpose__in=NEEDED, revoked_at=None
    )
