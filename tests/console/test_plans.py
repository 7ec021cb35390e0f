"""The end of a plan on the staff pages, and what members then read."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

import pool
from console.staff import AUDITOR, FINANCE, SUPERVISOR, at_desk, signed_in_member
from pool import at
from sameboat.members.models import WindDown
from sameboat.runtime import clock
from society import ANA, PLAN

pytestmark = pytest.mark.django_db(transaction=True)
ON = date(2026, 3, 5)


def test_a_supervisor_proposes_finance_announces_and_members_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool.filled(2)
    monkeypatch.setattr(clock, "now", lambda: at(ON, 9))
    where = reverse("console:plan", args=[PLAN])
    propose = reverse("console:propose_end", args=[PLAN])
    assert propose not in at_desk(AUDITOR).get(where).content.decode()
    lin, jin = at_desk(SUPERVISOR), at_desk(FINANCE)
    early = _days("sharing_ends_on", ON) | _days("ends_on", ON)
    refused = lin.post(propose, early).content.decode()
    assert "cover may end on" in refused
    assert not WindDown.objects.exists()

    good = _days("sharing_ends_on", ON) | _days("ends_on", date(2026, 4, 20))
    assert lin.post(propose, good, follow=True).status_code == 200
    announce = reverse("console:announce_end", args=[PLAN])
    assert announce not in lin.get(where).content.decode()
    assert announce in jin.get(where).content.decode()
    assert "Announced on" in jin.post(announce, follow=True).content.decode()
    assert WindDown.objects.get().announced_on == ON

    ana = signed_in_member(ANA)
    for page in ("web:cover", "web:home"):
        assert "自2026年4月20日起不再有保障" in ana.get(reverse(page)).content.decode()
    plan_page = Client().get(reverse("web:plan", args=[PLAN])).content.decode()
    assert reverse("web:before", args=[PLAN]) not in plan_page
    answer = Client().get(f"/api/v1/plans/{PLAN}").json()
    assert answer["end"] == {
        "state": "closing",
        "announced_on": "2026-03-05",
        "sharing_ends_on": "2026-03-05",
        "ends_on": "2026-04-20",
        "run_off_days": 180,
        "closing_refund": "none",
        "run_off_aid": "full",
        "claims_until": "2026-10-16",
    }


def test_a_proposal_can_be_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    pool.filled(1)
    monkeypatch.setattr(clock, "now", lambda: at(ON, 9))
    good = _days("sharing_ends_on", ON) | _days("ends_on", date(2026, 4, 20))
    lin = at_desk(SUPERVISOR)
    lin.post(reverse("console:propose_end", args=[PLAN]), good)
    assert WindDown.objects.exists()
    lin.post(reverse("console:drop_end", args=[PLAN]))
    assert not WindDown.objects.exists()


def _days(name: str, day: date) -> dict[str, str]:
    return {f"{name}_0": str(day.year), f"{name}_1": str(day.month), f"{name}_2": str(day.day)}
