"""How many requests one token, or without a token one address, may send in a minute.

A limit is one number for each caller: the moment at which all that they sent would have been sent
had they spread it evenly (the generic cell rate algorithm). The numbers lie in memory that all
processes of a server share, because it was made before they parted; nothing is written anywhere.
"""

from __future__ import annotations

import hashlib
import mmap
import secrets
import struct
import time
from dataclasses import dataclass

from sameboat.runtime.refusals import Refusal

SLOTS = 1 << 18
"""Callers are told apart by a keyed hash; two that share a slot by chance share its limit."""
NANOSECONDS = 1_000_000_000
_MOMENT = struct.Struct("=q")
_KEY = secrets.token_bytes(16)
_moments = mmap.mmap(-1, SLOTS * _MOMENT.size)


class TooManyRequests(Refusal):
    """More was sent in a minute than is allowed."""

    code = "too_many_requests"
    en = "Too many requests: at most {limit} a minute. Try again in {retry_after} seconds."
    zh = "请求过于频繁：每分钟最多 {limit} 次，请在 {retry_after} 秒后重试。"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests may come at once; each is free again after its part of a minute."""

    name: str
    a_minute: int

    @property
    def _interval(self) -> int:
        return 60 * NANOSECONDS // self.a_minute

    def take(self, caller: str) -> Taken:
        """Count one request of `caller`; refuses it where the minute is full."""
        now, slot = time.monotonic_ns(), self._slot(caller)
        (moment,) = _MOMENT.unpack_from(_moments, slot)
        moment = max(moment, now) + self._interval
        over = moment - now - 60 * NANOSECONDS
        if over > 0:
            raise TooManyRequests(limit=self.a_minute, retry_after=_seconds(over))
        _MOMENT.pack_into(_moments, slot, moment)
        left = -over // self._interval
        return Taken(limit=self, left=left, reset_after=_seconds(moment - now))

    def _slot(self, caller: str) -> int:
        text = f"{self.name} {caller}".encode(errors="replace")
        digest = hashlib.blake2b(text, digest_size=8, key=_KEY).digest()
        return int.from_bytes(digest, "big") % SLOTS * _MOMENT.size


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left of a limit after a request."""

    limit: Limit
    left: int
    reset_after: int
    """In so many seconds nothing counts any more."""

    def headers(self) -> dict[str, str]:
        """As the IETF's draft on RateLimit headers has them."""
        name = self.limit.name
        return {
            "RateLimit-Policy": f'"{name}";q={self.limit.a_minute};w=60',
            "RateLimit": f'"{name}";r={self.left};t={self.reset_after}',
        }


def forget() -> None:
    """Begin anew, as a test does."""
    _moments[:] = bytes(len(_moments))


def _seconds(nanoseconds: int) -> int:
    return -(-nanoseconds // NANOSECONDS)
