"""The way out of a plan is never more than two steps from the first page, signed in or not."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

import society
from society import ANA
from web.pages import client_of

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a[^>]* href="(/[^"#?]*)')


def links(client: Client, address: str) -> set[str]:
    return set(LINK.findall(client.get(address).content.decode()))


def test_a_member_leaves_within_two_steps_of_the_first_page() -> None:
    society.running()
    membership = society.joined(ANA)
    client = client_of(ANA)
    way_out = reverse("web:leave", args=[membership.ref])
    for between in ("web:cover", "web:help"):
        assert reverse(between) in links(client, reverse("web:home"))
        assert way_out in links(client, reverse(between))


def test_every_page_says_how_to_stop_and_whom_to_ask(settings_phone: str) -> None:
    page = Client(headers={"accept-language": "en"}).get(reverse("public:home")).content.decode()
    assert f'href="{reverse("web:help")}#stop"' in page
    assert f'href="tel:{settings_phone}"' in page


@pytest.fixture
def settings_phone(monkeypatch: pytest.MonkeyPatch) -> str:
    """An operator who named a phone."""
    from sameboat.pages import context
    from sameboat.runtime.settings import settings

    chosen = settings().model_copy(update={"help_phone": "400-000-0000"})
    monkeypatch.setattr(context, "settings", lambda: chosen)
    return chosen.help_phone
