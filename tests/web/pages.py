"""Walking through the member's pages as a browser without JavaScript does."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

import society
from sameboat.identity import actions as identity
from sameboat.identity.models import Verification
from sameboat.runtime import clock


def client_of(somebody: society.Somebody, *, language: str = "en") -> Client:
    """A browser in which somebody is signed in."""
    client = Client(headers={"accept-language": language})
    client.force_login(society.signed_in(somebody))
    return client


def text_of(answer: Any) -> str:
    """What a page says, without its tags."""
    page = answer.content.decode()
    body = re.sub(r"<(script|style)\b.*?</\1>", "", page[page.index("<main") :], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def verified_meanwhile() -> None:
    """The worker asks the identity gateway."""
    for ref in Verification.objects.filter(outcome="").values_list("ref", flat=True):
        identity.answer_verification(ref=ref, now=clock.now())
