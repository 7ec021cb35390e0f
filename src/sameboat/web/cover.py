"""My cover: who is a member of what, since when covered, and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sameboat.identity.queries import name_of
from sameboat.members import actions as members
from sameboat.members import queries as memberships
from sameboat.members.models import Membership
from sameboat.members.queries import Cover, TransferOffer
from sameboat.payments import actions as payments
from sameboat.payments.queries import arrears
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of, next_publicity_day
from sameboat.rules.membership import WayBack
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.winding import WindDown
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.web.home import disclosure
from sameboat.web.member import login_id, member_page, told
from sameboat.web.owing import owed_for


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverCard:
    """One membership as its page shows it."""

    membership: Membership
    plan: Plan
    name: str
    payer: str
    cover: Cover
    waited_days: int
    waiting_days: int
    payer_wanted_until: date | None
    """Until when somebody must take over, because the payer has died."""
    ending: WindDown | None
    """The announced end of the plan."""
    coming: tuple[PlanTerms, ...]
    """Announced versions that are not in force yet."""
    wants_consent: bool
    """Whether the adult for whom somebody else joined must still agree."""
    transfer: TransferOffer | None
    """The way on into another plan on becoming too old."""
    way_back: WayBack | None
    """How an ended membership can be had back today."""

    @property
    def is_open(self) -> bool:
        """Whether one can still leave."""
        return self.membership.ends_on is None and self.cover.state != "ended"


@member_page
def cover(request: HttpRequest) -> HttpResponse:
    """Every membership of mine and my family, each with its waiting clock."""
    cards = cover_cards(login_id(request))
    return render(request, "web/cover.html", {"cards": cards, "section": "cover"})


@member_page
def new_terms(request: HttpRequest, ref: str) -> HttpResponse:
    """What each announced version changes for this member, and how to leave before it."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    plan = plans.plan(membership.plan)
    today = day_of(clock.now(), plan.timezone)
    shown = _about(membership) | {
        "comings": memberships.coming_terms(membership, today),
        "lock_on": next_publicity_day(plan, after=today),
    }
    return render(request, "web/new_terms.html", shown)


@member_page
def leave(request: HttpRequest, ref: str) -> HttpResponse:
    """What is still owed comes first; then one tap."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    refusal = ""
    if request.method == "POST":
        try:
            members.leave(login_id=login_id(request), membership_ref=ref, now=clock.now())
        except Refusal as reason:
            refusal = told(reason)
        else:
            return redirect("web:left", ref)
    shown = _about(membership) | {
        "owed": owed_for(membership),
        "grace_until": memberships.way_back_after_leaving(membership, _today(membership)),
        "refusal": refusal,
    }
    return render(request, "web/leave.html", shown)


@member_page
def left(request: HttpRequest, ref: str) -> HttpResponse:
    """Confirmation: the last day, what is still owed, and the signed promise to record it."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    ticket = memberships.leave_ticket(login_id=login_id(request), membership_ref=ref)
    shown = _about(membership) | {
        "owed": owed_for(membership),
        "ticket": ticket,
        "way": memberships.way_back(membership, _today(membership)),
    }
    return render(request, "web/left.html", shown)


@member_page
def come_back(request: HttpRequest, ref: str) -> HttpResponse:
    """The old membership again: what it means, what must be paid first, then one tap."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    refusal = ""
    if request.method == "POST":
        try:
            payments.come_back(login_id=login_id(request), membership_ref=ref, now=clock.now())
        except Refusal as reason:
            refusal = told(reason)
        else:
            return redirect("web:came_back", ref)
    shown = _about(membership) | {
        "way": memberships.way_back(membership, _today(membership)),
        "arrears": arrears(membership.household, membership.plan),
        "owed": owed_for(membership),
        "refusal": refusal,
    }
    return render(request, "web/come_back.html", shown)


@member_page
def came_back(request: HttpRequest, ref: str) -> HttpResponse:
    """Confirmation: from when on, since when the waiting counts, and the promise to record it."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    returned = memberships.last_return(login_id=login_id(request), membership_ref=ref)
    return render(request, "web/came_back.html", _about(membership) | {"returned": returned})


@member_page
def take_over(request: HttpRequest, ref: str) -> HttpResponse:
    """Become the payer of a household whose payer has died: what it means, then one tap."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    refusal = ""
    if request.method == "POST":
        try:
            members.take_over(login_id=login_id(request), membership_ref=ref, now=clock.now())
        except Refusal as reason:
            refusal = told(reason)
        else:
            return redirect("web:cover")
    household = membership.household.memberships.filter(ends_on=None).select_related("person")
    shown = _about(membership) | {
        "until": memberships.payer_wanted_until(membership),
        "names": sorted({name_of(each.person) for each in household}),
        "refusal": refusal,
    }
    return render(request, "web/take_over.html", shown)


@member_page
def transfer(request: HttpRequest, ref: str) -> HttpResponse:
    """Go on in another plan on becoming too old: what it is, then one tap; or take it back."""
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    refusal = ""
    if request.method == "POST":
        try:
            _transfer(request, ref)
        except Refusal as reason:
            refusal = told(reason)
        else:
            return redirect("web:transfer", ref)
    offer = memberships.transfer_offer(membership, _today(membership))
    shown = _about(membership) | {
        "payer": name_of(membership.household.payer),
        "offer": offer,
        "disclosure": disclosure(offer.into) if offer else (),
        "refusal": refusal,
    }
    return render(request, "web/transfer.html", shown)


def _transfer(request: HttpRequest, ref: str) -> None:
    login = login_id(request)
    if request.POST.get("drop"):
        members.drop_transfer(login_id=login, membership_ref=ref)
        return
    members.ask_transfer(
        login_id=login,
        membership_ref=ref,
        disclosure_version=request.POST.get("version", ""),
        now=clock.now(),
    )


def cover_cards(login: int) -> list[CoverCard]:
    """The memberships of a login with their cover today; open ones first."""
    known = {plan.id: plan for plan in plans.plans()}
    now = clock.now()
    cards = [
        _card(membership, known[membership.plan], day_of(now, known[membership.plan].timezone))
        for membership in memberships.memberships_of(login)
    ]
    return sorted(cards, key=lambda card: not card.is_open)


def _about(membership: Membership) -> dict[str, Any]:
    """What every page about one membership shows."""
    return {
        "membership": membership,
        "plan": plans.plan(membership.plan),
        "name": name_of(membership.person),
        "section": "cover",
    }


def _today(membership: Membership) -> date:
    return day_of(clock.now(), plans.plan(membership.plan).timezone)


def _card(membership: Membership, plan: Plan, today: date) -> CoverCard:
    waiting = (membership.covered_from - membership.joined_on).days
    return CoverCard(
        membership=membership,
        plan=plan,
        name=name_of(membership.person),
        payer=name_of(membership.household.payer),
        cover=memberships.cover(membership, today),
        waited_days=min(waiting, max(0, (today - membership.joined_on).days)),
        waiting_days=waiting,
        payer_wanted_until=memberships.payer_wanted_until(membership),
        ending=memberships.wind_down(plan.id),
        coming=tuple(terms for terms in plan.versions if terms.effective_on > today),
        wants_consent=memberships.wants_consent(membership),
        transfer=memberships.transfer_offer(membership, today),
        way_back=memberships.way_back(membership, today),
    )
