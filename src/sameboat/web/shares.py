"""My shares: what I was asked to pay, whether it was paid, and how each was worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.claims.queries import helped_cases
from sameboat.identity.queries import name_of
from sameboat.members import queries as memberships
from sameboat.members.models import Household, Membership
from sameboat.payments import actions as payments
from sameboat.payments.models import Refund
from sameboat.payments.queries import Debit, arrears_of, closing_refund_of, debits_of
from sameboat.plans import queries as plans
from sameboat.rules.terms import Plan
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.settlement import queries as settlement
from sameboat.settlement.models import Period
from sameboat.settlement.queries import MemberShare
from sameboat.web.member import login_id, member_page, told
from sameboat.web.periods import in_lines

SHOWN_MAX = 24
"""Periods on one page: a year of Xiang Hu Bao."""


class NoSuchShare(Refusal):
    """The membership had no part in that period, or it is not divided yet."""

    code = "no_such_share"
    en = "This membership has no share in a period of {publicity_on}."
    zh = "该成员在 {publicity_on} 这一期没有分摊。"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLine:
    """One share with what became of its debit."""

    share: MemberShare
    debit: Debit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareList:
    """The shares of one membership."""

    membership: Membership
    plan: Plan
    name: str
    lines: tuple[ShareLine, ...]
    has_more: bool
    given_back: Refund | None
    """What the payer gets back at the plan's end."""


@member_page
def shares(request: HttpRequest) -> HttpResponse:
    """Every share of me and my family, the newest first."""
    known = {plan.id: plan for plan in plans.plans()}
    mine = memberships.memberships_of(login_id(request))
    shows_all = "all" in request.GET
    lists = [_list(membership, known[membership.plan], shows_all=shows_all) for membership in mine]
    owed = sum(debit.amount for debit in arrears_of(login_id(request)))
    shown = {"lists": lists, "owed": owed, "section": "shares"}
    return render(request, "web/shares.html", shown)


@member_page
def pay_arrears(request: HttpRequest) -> HttpResponse:
    """What is owed, and one tap to be debited for it now."""
    refusal, asked = "", 0
    if request.method == "POST":
        try:
            asked = payments.pay_arrears(login_id=login_id(request), now=clock.now())
        except Refusal as reason:
            refusal = told(reason)
    owed = arrears_of(login_id(request))
    shown = {
        "owed": owed,
        "total": sum(debit.amount for debit in owed),
        "asked": asked,
        "refusal": refusal,
        "section": "shares",
    }
    return render(request, "web/pay_arrears.html", shown)


@member_page
def share(request: HttpRequest, ref: str, publicity_on: date) -> HttpResponse:
    """One share: the working, who was helped, what was debited, and its certificate."""
    membership, own = _own_share(request, ref, publicity_on)
    period = own.period
    helped = helped_cases(
        login_id=login_id(request),
        plan_id=membership.plan,
        claim_ids=list(period.claims.values_list("claim_id", flat=True)),
    )
    shown = {
        "membership": membership,
        "plan": plans.plan(membership.plan),
        "name": name_of(membership.person),
        "share": own,
        "period": period,
        "debit": _lines([own])[0].debit,
        **in_lines(period),
        "helped": helped,
        "year": settlement.charged_this_year(membership, period),
        "terms": plans.terms_on(membership.plan, period.publicity_on),
        "section": "shares",
    }
    return render(request, "web/share.html", shown)


def _own_share(
    request: HttpRequest, ref: str, publicity_on: date
) -> tuple[Membership, MemberShare]:
    membership = memberships.membership(login_id=login_id(request), ref=ref)
    period = settlement.period(membership.plan, publicity_on)
    own = settlement.share_of(membership, period)
    if own is None:
        raise NoSuchShare(publicity_on=publicity_on)
    return membership, own


def _list(membership: Membership, plan: Plan, *, shows_all: bool) -> ShareList:
    settled: list[Period] = settlement.periods(plan.id)
    among = settled if shows_all else settled[:SHOWN_MAX]
    return ShareList(
        membership=membership,
        plan=plan,
        name=name_of(membership.person),
        lines=tuple(_lines(settlement.shares_of(membership, among=among))),
        has_more=len(settled) > len(among),
        given_back=_given_back(membership),
    )


def _lines(shares: Sequence[MemberShare]) -> list[ShareLine]:
    """The shares of one membership, each with the debit of whoever paid for it at its lock."""
    payers = Household.objects.filter(pk__in={share.payer for share in shares})
    debits = {
        (debit.period.pk, payer.pk): debit
        for payer in payers
        for debit in debits_of(payer, shares[0].period.plan)
    }
    return [
        ShareLine(share=share, debit=debits.get((share.period.pk, share.payer))) for share in shares
    ]


def _given_back(membership: Membership) -> Refund | None:
    """What goes back at the plan's end, for somebody who was a member when it was announced."""
    ending, ends_on = memberships.wind_down(membership.plan), membership.ends_on
    if ending is None or (ends_on is not None and ends_on <= ending.announced_on):
        return None
    return closing_refund_of(membership.household, membership.plan)
