"""Whom to sign in as in the demonstration: a few phones of people to whom something happens."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count
from django.utils.translation import gettext as _

from sameboat.claims.models import Claim
from sameboat.identity.models import Login
from sameboat.identity.queries import phone_of
from sameboat.members.models import Household, Membership
from sameboat.payments.models import UnpaidDebit
from sameboat.runtime.settings import settings


def people() -> list[tuple[str, str]]:
    """Phones and who they are; empty outside the demonstration."""
    if settings().mode != "demo":
        return []
    found: dict[str, str] = {}
    for login, who in _logins():
        phone = phone_of(login) if login else None
        if phone is not None:
            found.setdefault(phone, who)
    return list(found.items())


def _logins() -> Iterator[tuple[Login | None, str]]:
    largest = Household.objects.annotate(size=Count("memberships")).order_by("-size", "id").first()
    if largest is not None:
        yield _of_person(largest.payer_id), _("pays for a family")
    shown = Claim.objects.filter(state="PUBLISHED").select_related("filed_by").first()
    if shown is not None:
        yield shown.filed_by, _("has a case that is shown now")
        yield _reader(shown), _("can read that case and object")
    unpaid = UnpaidDebit.objects.filter(collected_on=None).select_related("household").first()
    if unpaid is not None:
        yield _of_person(unpaid.household.payer_id), _("has a share that is not paid")
    declined = Claim.objects.filter(state="DECLINED").select_related("filed_by").first()
    if declined is not None:
        yield declined.filed_by, _("was declined and may appeal")


def _of_person(person_id: int) -> Login | None:
    return Login.objects.filter(person_id=person_id, is_staff=False).first()


def _reader(claim: Claim) -> Login | None:
    others = Membership.objects.filter(
        plan=claim.plan, ends_on=None, person__logins__is_staff=False
    )
    first = others.exclude(household__memberships__claims=claim).order_by("id").first()
    return _of_person(first.person_id) if first else None
