"""Nobody who names an address leads us into our own network."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from sameboat.gateways.endpoints import BadEndpoint, check_url, post


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name leads to these addresses."""

    def found(host: str, port: int, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https://",
        "https:///path",
        "//example.com",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: other",
        "https://[::1/",
        "https://例子.测试/",
        "https://example.com/" + "x" * 500,
        "",
    ],
)
def test_what_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    leads_to(monkeypatch, "93.184.216.34")
    with pytest.raises(BadEndpoint):
        check_url(url, loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.5",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_our_own_network_is_not_reached(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    leads_to(monkeypatch, address)
    with pytest.raises(BadEndpoint):
        check_url("https://example.com/", loopback=False)
    leads_to(monkeypatch, "93.184.216.34", address)
    for loopback in (False, True):
        with pytest.raises(BadEndpoint):
            check_url("https://example.com/", loopback=loopback)
    assert post("https://example.com/", b"", {}, loopback=False).status is None


def test_the_world_is_reached_by_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "93.184.216.34", "2606:2800:220:1::1")
    check_url("https://example.com:8443/hook?a=b", loopback=False)
    with pytest.raises(BadEndpoint):
        check_url("http://example.com/", loopback=True)


def test_this_machine_is_reached_in_a_demo_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "127.0.0.1", "::1")
    check_url("http://localhost:9000/hook", loopback=True)
    with pytest.raises(BadEndpoint):
        check_url("http://localhost:9000/hook", loopback=False)


def test_a_name_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_more: object) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(BadEndpoint):
        check_url("https://example.com/", loopback=True)


def test_a_name_that_leads_elsewhere_the_second_time_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The address that was looked at is the one that is sent to: it is not looked up again."""
    asked: list[str] = []

    def asking(host: str, port: int, *_args: int, **_more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", asking)
    sent = post("http://example.com:1/", b"", {}, loopback=True)
    assert sent.error == "ConnectError"
    assert asked.count("example.com") == 1
