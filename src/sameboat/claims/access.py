"""Who may touch a claim: the claimant's side, and the staff by their roles.

A claim that is not yours to see does not exist for you: the answer is the same for a wrong
reference, so nobody learns that somebody else has a claim.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from sameboat.claims.children import refuse_without_childrens_role
from sameboat.claims.models import Assistance, Claim
from sameboat.identity.models import Login
from sameboat.identity.queries import NotAllowed, may_act_for, require_role, roles_of
from sameboat.identity.roles import Role
from sameboat.members.models import Membership
from sameboat.runtime.refusals import Refusal

REVIEWERS = frozenset({Role.CASE_HANDLER, Role.SECOND_DECIDER, Role.SUPERVISOR})
"""Who assesses claims and sees the documents."""


class NoSuchClaim(Refusal):
    """There is no such claim, or it is not this login's to see."""

    code = "no_such_claim"
    en = "There is no claim of that number here."
    zh = "没有找到该申请。"


class NoSuchAssistance(Refusal):
    """There is no such assistance of this helper, it is over, or no code has opened it."""

    code = "no_such_assistance"
    en = "This help is not open: the member gives the code first, and it lasts for 24 hours."
    zh = "该协助尚未开始或已结束：须先由成员提供验证码，有效期 24 小时。"


class OwnClaim(Refusal):
    """A staff member is a party to the claim."""

    code = "own_claim"
    en = "You are a party to this claim; somebody else must handle it."
    zh = "您与该申请有利害关系，须由他人处理。"


def may_file(login_id: int, membership: Membership) -> bool:
    """Whether the login acts for this member: their own, a proved relative's or the payer's."""
    payer = membership.household.payer_id
    return may_act_for(login_id, membership.person_id) or may_act_for(login_id, payer)


def membership_to_file(login_id: int, ref: str) -> Membership:
    """The membership, for whoever files claims of it."""
    found = Membership.objects.select_related("person", "household__payer").filter(ref=ref).first()
    if found is None or not may_file(login_id, found):
        raise NoSuchClaim()
    return found


def claim_to_file(login_id: int, ref: str) -> Claim:
    """The claim, for whoever files it."""
    claim = _claims().filter(ref=ref).first()
    if claim is None or not may_file(login_id, claim.membership):
        raise NoSuchClaim()
    return claim


def claim_to_judge(login_id: int, ref: str, *roles: Role, now: datetime) -> Claim:
    """The claim, for a staff login with one of `roles` who is no party to it and may read it."""
    require_role(login_id, *roles)
    claim = _claims().filter(ref=ref).first()
    if claim is None:
        raise NoSuchClaim()
    refuse_party(login_id, claim)
    refuse_without_childrens_role(login_id, claim, now=now)
    return claim


def refuse_party(login_id: int, claim: Claim) -> None:
    """Nobody judges their own claim, one of those they act or pay for, or helped to fill in."""
    helped = Assistance.objects.filter(claim=claim, helper__person__logins=login_id)
    if claim.filed_by_id == login_id or may_file(login_id, claim.membership) or helped.exists():
        raise OwnClaim()


def may_view(login_id: int, claim: Claim) -> bool:
    """Whether a staff login may see the documents: reviewers, and the investigator of the claim."""
    held = roles_of(login_id)
    if held & REVIEWERS:
        return True
    return Role.INVESTIGATOR in held and is_assigned(login_id, claim)


def is_assigned(login_id: int, claim: Claim) -> bool:
    """Whether the login is the investigator whom the insurer sent last."""
    last = claim.investigations.order_by("-id").first()
    return last is not None and last.investigator_id == login_id


def is_investigator(login_id: int, claim: Claim) -> bool:
    """Whether the person of the login was ever assigned to investigate the claim."""
    logins = Login.objects.filter(person_id=person_of(login_id))
    return claim.investigations.filter(investigator__in=logins).exists()


def person_of(login_id: int) -> int:
    """The person behind a staff login; one without a person cannot be told from others."""
    person_id = Login.objects.values_list("person_id", flat=True).get(id=login_id)
    if person_id is None:
        raise NotAllowed(needed="a login that belongs to a person")
    return person_id


def _claims() -> QuerySet[Claim]:
    return Claim.objects.select_related("membership__person", "membership__household__payer")
