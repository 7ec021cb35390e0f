"""Sending to addresses that others name, without being led where we must not go.

Whoever names an address could name one of our own network. So the name is resolved here, every
address that it has is looked at, the connection goes to an address that was looked at, and no
redirect is followed.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

import urllib3

from sameboat.runtime.refusals import Refusal

TIMEOUT_SECONDS = 10.0
URL_MAX = 500
# Addresses of IPv4 in the clothes of IPv6: what they lead to is not seen from them.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16"), IPv6Network("2001::/32"))


class BadEndpoint(Refusal):
    """The address is none to which anything is sent."""

    code = "bad_endpoint"
    en = "Nothing can be sent to this address: {why}."
    zh = "无法向该地址发送：{why}。"


Fault = Literal["", "address", "connection", "trust", "time", "answer"]
"""Why there was no answer: the address leads nowhere or where we must not go; nobody there; the
certificate is not that of the name; it took too long; it was none that can be read."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it: the status of the answer, or why there was none."""

    status: int | None
    error: Fault = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver said that it has it."""
        return self.status is not None and 200 <= self.status < 300


def check_url(url: str, *, loopback: bool) -> None:
    """Refuse an address that is not of the right form, or leads to no place out in the world.

    `loopback`: this machine itself is allowed, without TLS, as in a demo.
    """
    parts = _parts(url)
    _address_of(parts, loopback=loopback)


def post(url: str, body: bytes, headers: Mapping[str, str], *, loopback: bool) -> Sent:
    """Send `body` to `url` once. Whatever is wrong there is an answer, not an error of ours."""
    try:
        parts = _parts(url)
        address = _address_of(parts, loopback=loopback)
    except BadEndpoint:
        return Sent(None, "address")
    request = {"Host": parts.netloc, "Content-Type": "application/json", **headers}
    place = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    try:
        with (
            _connection_to(address, parts) as there,
            there.urlopen(
                "POST", place, body, request, redirect=False, preload_content=False
            ) as answer,
        ):
            return Sent(answer.status)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return Sent(None, _fault(error))


def _fault(error: Exception) -> Fault:
    match error:
        case urllib3.exceptions.SSLError() | ssl.SSLError():
            return "trust"
        case urllib3.exceptions.NewConnectionError():  # It is a kind of timeout there.
            return "connection"
        case urllib3.exceptions.TimeoutError():
            return "time"
        case urllib3.exceptions.HTTPError():
            return "answer"
    return "connection"


def _connection_to(
    address: IPv4Address | IPv6Address, parts: SplitResult
) -> urllib3.HTTPConnectionPool:
    """To the address that was looked at; the certificate must be that of the name."""
    how: dict[str, Any] = {"port": _port(parts), "timeout": TIMEOUT_SECONDS, "retries": False}
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(str(address), **how)
    name = parts.hostname
    return urllib3.HTTPSConnectionPool(
        str(address), cert_reqs="CERT_REQUIRED", server_hostname=name, assert_hostname=name, **how
    )


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError:
        raise BadEndpoint(why="it is no URL") from None
    if len(url) > URL_MAX or not url.isascii() or not url.isprintable() or " " in url:
        raise BadEndpoint(why=f"a URL has at most {URL_MAX} plain characters")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise BadEndpoint(why="it does not begin with https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadEndpoint(why="it holds a name, a password or a fragment")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _address_of(parts: SplitResult, *, loopback: bool) -> IPv4Address | IPv6Address:
    """Where the name leads; refused unless every address that it has may be sent to."""
    assert parts.hostname is not None
    try:
        found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadEndpoint(why="its name is not known") from None
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if loopback and all(each.is_loopback for each in addresses):
        return addresses[0]
    if parts.scheme != "https":
        raise BadEndpoint(why="it does not begin with https://")
    if not addresses or not all(_is_out_in_the_world(each) for each in addresses):
        raise BadEndpoint(why="it leads into a network that is not public")
    return addresses[0]


def _is_out_in_the_world(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_out_in_the_world(address.ipv4_mapped)
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast
