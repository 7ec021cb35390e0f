"""Further instalments: a claim that follows the first one of its illness.

It inherits what the first one proved: version, day of diagnosis, illness and evidence; only bills
are asked for. How many there may be, and how much in all, the terms say (`rules.benefit`).
"""

from __future__ import annotations

from sameboat.claims.models import Claim
from sameboat.claims.stated import Stated, stated_of
from sameboat.members.models import Membership
from sameboat.rules.claim import State
from sameboat.runtime.refusals import Refusal

EVIDENCE = ("bill",)


class CannotFollow(Refusal):
    """The claim named as the first one is not paid, of another member, or of another illness."""

    code = "cannot_follow"
    en = (
        "A further instalment follows a claim of the same member that was paid out, and states the"
        " same illness, severity and day of first diagnosis."
    )
    zh = "后续分期须跟随同一成员已付出的申请，且病种、轻重和初次确诊日相同。"


def first_of(ref: str, stated: Stated, *, ill: Membership) -> Claim | None:
    """The first claim that a new one follows; None where it names none."""
    if not ref:
        return None
    first = ill.claims.filter(ref=ref, follows=None, state=State.PAID.name).first()
    if first is None or _illness(stated_of(first)) != _illness(stated):
        raise CannotFollow()
    return first


def check_still_follows(claim: Claim, stated: Stated) -> None:
    """Refuse to say another illness of a claim that follows one."""
    if claim.follows is not None and _illness(stated_of(claim.follows)) != _illness(stated):
        raise CannotFollow()


def chain_of(claim: Claim) -> list[int]:
    """The ids of the first claim and its instalments; of the claim alone where it follows none."""
    first = claim.follows_id or claim.id
    return [first, *Claim.objects.filter(follows=first).values_list("id", flat=True)]


def _illness(stated: Stated) -> tuple[object, ...]:
    return stated.illness, stated.severity, stated.accident, stated.diagnosed_on
