"""Addresses that somebody made up: every page answers that there is nothing, and none breaks."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

import society
from console.staff import at_desk
from society import ANA, HAO, LIN
from web.pages import client_of

FORGED = {
    "ref": ("0" * 32, "F" * 32, "0" * 31, "0" * 33, "\0" * 32, "\uff10" * 32, "../../etc/passwd"),
    "number": ("0", "9" * 18, "9" * 40, "-1", "1e3", "\u0661", "0x10"),
    "plan": ("nowhere", "\0", "x" * 300, "' OR 1=1 --", "%2e%2e"),
    "day": ("2026-02-30", "2026-13-01", "0000-00-00", "9999-12-31", "2026-3-7"),
    "other": ("nothing", "\0", "{{7*7}}", "<script>"),
}
KIND = {
    **dict.fromkeys(("ref", "objection"), "ref"),
    **dict.fromkeys(("decision", "offset"), "number"),
    "plan_id": "plan",
    "publicity_on": "day",
}
FACES = {"web", "console", "public"}


def patterns(
    resolver: URLResolver, face: str = "", before: str = ""
) -> Iterator[tuple[str, str, list[str]]]:
    """Every address with blanks: the face, the address as it is written, the blanks' names."""
    for one in resolver.url_patterns:
        written = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, one.namespace or face, written)
        elif isinstance(one, URLPattern) and face in FACES and one.pattern.converters:
            yield face, written, list(one.pattern.converters)


def forged() -> Iterator[tuple[str, str]]:
    """Each address with each blank filled with each forgery, all blanks at once."""
    for face, written, names in patterns(get_resolver()):
        kinds = [KIND.get(name, "other") for name in names]
        for number in range(max(len(FORGED[kind]) for kind in kinds)):
            address = written
            for name, kind in zip(names, kinds, strict=True):
                words = FORGED[kind]
                start, end = address.index("<"), address.index(">")
                assert address[start:end].endswith(name)
                filled = quote(words[number % len(words)], safe="")
                address = address[:start] + filled + address[end + 1 :]
            yield face, f"/{address}"


def is_refused(client: Client, address: str) -> None:
    """Nothing is shown and nothing breaks; what only does something leads back to its list."""
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code in (302, 400, 403, 404, 405, 409), (address, answer.status_code)


@pytest.mark.django_db
def test_no_forged_address_opens_or_breaks_a_page() -> None:
    society.running()
    society.joined(ANA)
    member, handler, second = client_of(ANA), at_desk(HAO), at_desk(LIN)
    tried = list(forged())
    assert len(tried) > 150
    for face, address in tried:
        for client in (handler, second) if face == "console" else (member,):
            is_refused(client, address)
