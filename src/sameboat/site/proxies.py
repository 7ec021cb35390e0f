"""From which address a request came: behind a proxy its peer is the proxy, whoever asks.

A proxy that the settings name (`trusted_proxies`) adds whom it was asked by at the right end of
`X-Forwarded-For`. So the address is the right-most one that is no trusted proxy: what stands left
of it, anybody could have written. Everybody else's header is not read at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.db import Error
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sameboat.runtime import beats
from sameboat.runtime.settings import Network, settings
from sameboat.upkeep.machine import UNNAMED_PROXY

NOTED_EVERY_SECONDS = 600.0


class AddressOfTheClient:
    """Puts the address of whoever asks where limits look for it; the outermost middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = get_response
        self._noted_at: float | None = None

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if forwarded:
            peer, trusted = request.META.get("REMOTE_ADDR", ""), settings().trusted_proxies
            if is_trusted(peer, trusted):
                request.META["REMOTE_ADDR"] = client_address(peer, forwarded, trusted)
            else:
                self._note()
        return self._answer(request)

    def _note(self) -> None:
        """Leave a sign for `sameboat doctor`; seldom, since whoever likes can send the header."""
        now = time.monotonic()
        if self._noted_at is not None and now - self._noted_at < NOTED_EVERY_SECONDS:
            return
        self._noted_at = now
        try:
            beats.note({UNNAMED_PROXY: ""})
        except Error:
            self._noted_at = None  # The request itself tells what is wrong with the database.


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The right-most address of peer and header that is no trusted proxy; else the left-most one.

    Where the header holds something that is no address, whoever wrote it is the last one known.
    """
    found = peer
    for hop in reversed(forwarded.split(",")):
        address = _address(hop)
        if address is None:
            return found
        found = str(address)
        if not is_trusted(found, trusted):
            return found
    return found


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Whether it lies in one of the networks."""
    found = _address(address)
    return found is not None and any(
        found.version == network.version and found in network for network in trusted
    )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it, with or without a port; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
