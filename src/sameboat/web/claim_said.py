"""What the pages of a claim share: what was said, in the forms and for the actions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from sameboat.claims import queries as claims
from sameboat.claims.queries import ClaimantView
from sameboat.claims.reasons import WORDS, Acting
from sameboat.claims.stated import Said, SaidPayee
from sameboat.members.models import Membership
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of
from sameboat.rules.documents import DocumentKind
from sameboat.rules.terms import Illness, Plan, PlanTerms
from sameboat.runtime import clock
from sameboat.web.member import login_id
from sameboat.web.progress import progress_of


def claim_page(view: ClaimantView) -> dict[str, Any]:
    """What every page of a claim shows of it."""
    plan = plans.plan(view.line.plan)
    terms = next((v for v in plan.versions if v.version == view.governing_version), None)
    listed = (terms or plan.versions[-1]).illnesses
    there = {line.kind for line in view.evidence}
    return {
        "claim": view,
        "state": view.line.state.name,
        "plan": plan,
        "terms": terms,
        "illness": next((one for one in listed if one.number == view.stated.illness), None),
        "checklist": [(kind, kind in there) for kind in view.kinds_required],
        "acting": WORDS[Acting(view.stated.acting)] if view.stated.acting else None,
        "asks": [ask for ask in view.asks if not ask.answered],
        "progress": progress_of(
            state=view.line.state, plan_id=view.line.plan, claim_ref=view.line.ref
        ),
        "section": "claims",
    }


def in_force(plan: Plan) -> PlanTerms:
    """The version of today."""
    return plans.in_force(plan, day_of(clock.now(), plan.timezone))


def is_own(request: HttpRequest, membership: Membership) -> bool:
    """Whether the member is the one who is signed in."""
    return membership.person.logins.filter(id=login_id(request)).exists()


def illness_of(terms: PlanTerms, number: str) -> Illness:
    """A row of the list by its number."""
    return next(one for one in terms.illnesses if one.number == number)


def said_of(stated: dict[str, Any], chosen: Illness) -> Said:
    """What was filled in, as the actions take it."""
    return Said(
        illness=chosen.number,
        severity=chosen.severity,
        accident=stated["accident"] == "yes",
        diagnosed_on=stated["diagnosed_on"],
        hospital=stated["hospital"],
        statement=stated["statement"],
        **payee_said(stated),
        accident_at=stated["accident_at"],
        died_at=stated["died_at"],
        acting=stated.get("acting", ""),
        bills_fen=_fen(stated.get("bills") or 0),
        follows=stated.get("follows", ""),
    )


def _fen(yuan: Decimal | str | int) -> int:
    return int(Decimal(yuan) * 100)


def payee_said(stated: dict[str, Any]) -> SaidPayee:
    """The payee, as the actions take them."""
    kind = stated.get("payee_document_kind")
    return SaidPayee(
        payee_name=stated["payee_name"],
        payee_phone=stated["payee_phone"],
        payee_document_kind=DocumentKind(kind) if kind else None,
        payee_document_number=stated.get("payee_document_number", ""),
    )


def payees_known(request: HttpRequest, view: ClaimantView) -> tuple[str, ...]:
    """Who may be named as payee without a document."""
    return claims.payees_known(login_id=login_id(request), membership_ref=view.membership_ref)


def initial_of(view: ClaimantView) -> dict[str, Any]:
    """What was said, as the form shows it."""
    stated = view.stated
    return {
        "illness": stated.illness,
        "accident": "yes" if stated.accident else "no",
        "diagnosed_on": stated.diagnosed_on,
        "accident_at": stated.accident_at,
        "died_at": stated.died_at,
        "acting": stated.acting,
        "bills": Decimal(stated.bills) / 100,
        "follows": view.follows or "",
        "hospital": stated.hospital,
        "statement": stated.statement,
        "payee_name": view.payee.name,
        "payee_phone": view.payee.phone,
    }
