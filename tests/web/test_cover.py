"""Leaving and coming back, on the member's pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

import society
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.rules.membership import EndReason
from sameboat.runtime import clock
from society import ANA
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db


def test_who_left_by_mistake_finds_the_way_back_on_the_page_of_leaving() -> None:
    society.running()
    own, client = society.joined(ANA), client_of(ANA)
    assert "as if you had stayed" in text_of(client.get(reverse("web:leave", args=[own.ref])))
    left = client.post(reverse("web:leave", args=[own.ref]), follow=True)
    assert "Was it a mistake?" in text_of(left)
    back = reverse("web:come_back", args=[own.ref])
    assert back in left.content.decode()
    assert back in client.get(reverse("web:cover")).content.decode()
    asked = text_of(client.get(back))
    assert "The days since the old joining count" in asked
    done = client.post(back, follow=True)
    assert "The old membership goes on from" in text_of(done)
    assert Membership.objects.get().ends_on is None
    again = text_of(client.post(back))
    assert "cannot be had back" in again


def test_too_late_one_is_led_to_joining_anew() -> None:
    society.running()
    own = society.joined(ANA)
    now = clock.now() - timedelta(days=20)
    members.end_membership(membership_id=own.id, reason=EndReason.AIDED, on=now.date(), now=now)
    client = client_of(ANA, language="zh")
    page = client.get(reverse("web:come_back", args=[own.ref]))
    assert "等待期重新计算" in text_of(page)
    assert reverse("web:before", args=[own.plan]) in page.content.decode()
