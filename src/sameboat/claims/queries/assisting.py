"""Help with filing, as the helper sees it, and how much of it one helper gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sameboat.claims.access import NoSuchAssistance
from sameboat.claims.models import Assistance, Claim
from sameboat.claims.payees import family
from sameboat.claims.queries.claimants import ClaimantView, claim_for_claimant
from sameboat.identity.queries import masked_name, name_of
from sameboat.members.models import Membership
from sameboat.members.queries import memberships_of

COUNTED = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Helped:
    """Somebody for whom the member may file, as a helper sees them."""

    membership_ref: str
    plan: str
    name: str
    is_own: bool
    """The member themself."""
    payees: tuple[str, ...]
    """Who may be named as payee without a document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceState:
    """Where an assistance stands, for its helper."""

    ref: str
    opened_at: datetime | None
    """Empty until the member has told the first code."""
    expires_at: datetime | None
    is_over: bool
    is_handed_in: bool
    claim: ClaimantView | None
    """The one claim, while the help lasts."""
    people: tuple[Helped, ...]
    """Whom the claim can be for; empty before the code and after the draft."""

    def person(self, membership_ref: str) -> Helped:
        """One of them; refuses for anybody else."""
        for one in self.people:
            if one.membership_ref == membership_ref:
                return one
        raise NoSuchAssistance()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceLine:
    """That a claim was filled in with help, as staff see it."""

    helper: str
    is_staff: bool
    opened_at: datetime
    count: int
    """How many claims this helper assisted in the thirty days up to this one, it included."""


def assistance(*, login_id: int, ref: str, now: datetime) -> AssistanceState:
    """An assistance of this helper."""
    found = Assistance.objects.select_related("claim", "member")
    row = found.filter(ref=ref, helper_id=login_id).first()
    if row is None:
        raise NoSuchAssistance()
    is_over = row.ended_at is not None or (row.expires_at is not None and now >= row.expires_at)
    goes_on = row.opened_at is not None and not is_over and row.member_id is not None
    claim = None
    if goes_on and row.claim is not None and row.member_id is not None:
        claim = claim_for_claimant(login_id=row.member_id, ref=row.claim.ref)
    return AssistanceState(
        ref=ref,
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        is_over=is_over,
        is_handed_in=row.claim is not None and row.claim.sealed_at is not None,
        claim=claim,
        people=_people(row.member_id) if goes_on and row.claim is None else (),
    )


def assistance_line(claim: Claim) -> AssistanceLine | None:
    """Who helped with a claim; None where nobody did."""
    found = Assistance.objects.select_related("helper__person").filter(claim=claim)
    row = found.order_by("-opened_at").first()
    if row is None or row.opened_at is None:
        return None
    before = Assistance.objects.filter(
        helper=row.helper,
        claim__isnull=False,
        opened_at__gt=row.opened_at - COUNTED,
        opened_at__lte=row.opened_at,
    )
    person = row.helper.person
    return AssistanceLine(
        helper=row.helper.name if row.helper.is_staff or person is None else masked_name(person),
        is_staff=row.helper.is_staff,
        opened_at=row.opened_at,
        count=before.count(),
    )


def _people(member_id: int | None) -> tuple[Helped, ...]:
    assert member_id is not None
    return tuple(_helped(member_id, each) for each in memberships_of(member_id))


def _helped(member_id: int, membership: Membership) -> Helped:
    return Helped(
        membership_ref=membership.ref,
        plan=membership.plan,
        name=name_of(membership.person),
        is_own=membership.person.logins.filter(id=member_id).exists(),
        payees=tuple(name_of(person) for person in family(member_id, membership)),
    )
