"""Who files for a member who cannot: the representative, and what proves that they may.

A member files for themself, and a payer for those whom they pay for. Anybody else of the family
(spouse, child, parent, heir) says why the member cannot, and brings a proof of authority. For a
child a guardian files, and proves once that they are one: with the first claim.
"""

from __future__ import annotations

from typing import Literal

from sameboat.claims import instalments
from sameboat.claims.life import terms_of
from sameboat.claims.models import Claim, Evidence
from sameboat.claims.reasons import Acting
from sameboat.claims.stated import Stated, stated_of
from sameboat.identity.models import Login
from sameboat.identity.persons import ADULT_YEARS
from sameboat.members.models import Membership
from sameboat.rules.calendar import age_on, birthday
from sameboat.rules.needs import required_evidence
from sameboat.runtime.refusals import Refusal

FiledBy = Literal["member", "payer", "representative"]
"""In which part somebody files; it stands on the record."""
PROOFS: dict[str, tuple[str, ...]] = {
    Acting.UNCONSCIOUS: ("authority",),
    Acting.DEAD: ("authority", "death_certificate"),
    Acting.CHILD: ("authority",),
    Acting.UNABLE: ("authority",),
}
"""Kinds of documents that a representative brings, beside those that the terms ask for."""


class ActingWrong(Refusal):
    """Somebody files for another without a reason, or for themself with one."""

    code = "acting_wrong"
    en = (
        "Whoever files for another member says why that member cannot; for oneself, and for an"
        " adult as a child, there is no such reason."
    )
    zh = "代他人申请须说明其本人不能办理的原因；为本人申请无需填写，成年人不能以未成年为由。"


def check_acting(stated: Stated, *, login_id: int, ill: Membership) -> None:
    """Refuse with `ActingWrong` a reason that is missing or cannot be right."""
    filed_by = _part(login_id, ill)
    if stated.acting:
        is_child = age_on(ill.born_on, stated.diagnosed_on) < ADULT_YEARS
        if filed_by == "member" or (stated.acting == Acting.CHILD and not is_child):
            raise ActingWrong()
    elif filed_by == "representative":
        raise ActingWrong()


def filed_by(claim: Claim) -> FiledBy:
    """In which part the claim is filed: whoever states a reason to act is a representative."""
    if stated_of(claim).acting:
        return "representative"
    return _part(claim.filed_by_id, claim.membership)


def required_kinds(claim: Claim) -> tuple[str, ...]:
    """Kinds of documents without which the claim cannot be handed in."""
    if claim.follows_id is not None:
        return instalments.EVIDENCE
    more = PROOFS.get(stated_of(claim).acting, ())
    if is_minors(claim):
        guardian = () if _has_proved(claim) else ("authority",)
        more = (*guardian, *(kind for kind in more if kind != "authority"))
    return required_evidence(terms_of(claim).claims, more)


def is_minors(claim: Claim) -> bool:
    """Whether the ill person was under age at the diagnosis: a guardian files for them."""
    return stated_of(claim).diagnosed_on < birthday(claim.membership.born_on, ADULT_YEARS)


def _has_proved(claim: Claim) -> bool:
    """Whether whoever files has handed in before, for this child, what shows their guardianship."""
    shown = Evidence.objects.filter(kind="authority", claim__sealed_at__isnull=False)
    return (
        shown.filter(
            claim__membership__person=claim.membership.person_id, claim__filed_by=claim.filed_by_id
        )
        .exclude(claim=claim)
        .exists()
    )


def _part(login_id: int, ill: Membership) -> FiledBy:
    person_id = Login.objects.values_list("person_id", flat=True).get(id=login_id)
    if person_id == ill.person_id:
        return "member"
    return "payer" if person_id == ill.household.payer_id else "representative"
