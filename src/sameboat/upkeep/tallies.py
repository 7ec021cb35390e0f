"""Counts over the domain for whoever runs the installation. Nobody is told apart by them."""

from __future__ import annotations

from django.db.models import Count

from sameboat.claims.models import Claim
from sameboat.members.models import MembersDay
from sameboat.payments import queries as payments
from sameboat.payments.models import Difference
from sameboat.settlement.models import Period


def members() -> dict[str, int]:
    """How many members each plan had at the end of its last closed day."""
    newest = MembersDay.objects.order_by("plan", "-day").distinct("plan")
    return dict(newest.values_list("plan", "active"))


def claims() -> dict[tuple[str, str], int]:
    """How many claims stand in each state, by plan."""
    rows = Claim.objects.values("plan", "state").annotate(number=Count("id"))
    return {(row["plan"], row["state"]): row["number"] for row in rows}


def periods() -> dict[tuple[str, str], int]:
    """How many periods stand in each state, by plan."""
    rows = Period.objects.values("plan", "state").annotate(number=Count("id"))
    return {(row["plan"], row["state"]): row["number"] for row in rows}


def payouts_failed() -> int:
    """How many payouts wait for somebody to send them again."""
    return payments.payouts_failed().count()


def differences() -> int:
    """How many differences between the gateway's statements and the books nobody explained."""
    return Difference.objects.filter(settled_at=None).count()
