"""Behind a proxy the client's address counts, and nobody chooses it for themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from sameboat.runtime import beats
from sameboat.runtime.settings import Settings
from sameboat.site import proxies
from sameboat.site.proxies import AddressOfTheClient, client_address
from sameboat.upkeep import machine
from sameboat.upkeep.finding import Standing

TRUSTED = (ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
NOW = datetime(2026, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),  # The left one anybody can write.
        ("198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:4711, fd00::1", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("::ffff:203.0.113.7, ::ffff:10.1.2.3", "203.0.113.7"),
        ("203.0.113.7, unknown", "127.0.0.1"),
        ("203.0.113.7, , 10.1.2.3", "10.1.2.3"),
        ("", "127.0.0.1"),
    ],
)
def test_the_right_most_address_that_is_no_trusted_proxy_counts(
    forwarded: str, address: str
) -> None:
    assert client_address("127.0.0.1", forwarded, TRUSTED) == address


@pytest.fixture
def asked_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The address that limits see of each request."""
    monkeypatch.setattr(proxies, "settings", lambda: SimpleNamespace(trusted_proxies=TRUSTED))
    return []


def ask(peer: str, forwarded: str, seen: list[str]) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    AddressOfTheClient(answer)(request)


@pytest.mark.django_db
def test_a_stranger_is_not_believed_and_doctor_tells_of_it(asked_by: list[str]) -> None:
    ask("127.0.0.1", "203.0.113.7", asked_by)
    assert machine.proxies().standing is Standing.GOOD
    ask("203.0.113.9", "203.0.113.7", asked_by)
    assert asked_by == ["203.0.113.7", "203.0.113.9"]
    assert machine.proxies().standing is Standing.ATTENTION
    assert machine.UNNAMED_PROXY in beats.ages()


def test_networks_are_written_with_commas_and_nothing_else_is_taken() -> None:
    found = Settings.model_validate({"mode": "test", "trusted_proxies": "10.0.0.0/8, fd00::1"})
    assert [str(each) for each in found.trusted_proxies] == ["10.0.0.0/8", "fd00::1/128"]
    with pytest.raises(ValueError, match="trusted_proxies"):
        Settings.model_validate({"mode": "test", "trusted_proxies": "localhost"})
