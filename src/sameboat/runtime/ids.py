"""Names for things. Chance enters the house here; rules and actions are told."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime


def reference() -> str:
    """A public reference nobody can guess or count: 16 random bytes in hex."""
    return secrets.token_hex(16)


def digits(count: int) -> str:
    """So many random digits, to be read from one phone and typed into another."""
    return "".join(secrets.choice("0123456789") for _ in range(count))


def uuid7(now: datetime) -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): sorts by the millisecond of `now`, else random."""
    assert now.tzinfo is not None
    milliseconds = int(now.timestamp() * 1000)
    assert 0 <= milliseconds < 1 << 48
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)
