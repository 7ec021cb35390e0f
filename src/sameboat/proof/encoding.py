"""Hex, base64, decimals and days, read so that each value has exactly one spelling."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date

from sameboat.proof.errors import BadProof

HASH_BYTES = 32
INT_END = 2**53
"""Integers in JSON stay below this, so that every language reads them exactly."""
SIZE_END = 2**63
"""Tree sizes, indexes and cosignature times stay below this."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


def base64_of(data: bytes) -> str:
    """Write standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, *, code: str) -> bytes:
    """Read standard base64; raises BadProof(code) for any spelling but the one of `base64_of`."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise BadProof(code, f"not base64: {text[:60]!r}") from None
    if base64_of(data) != text:
        # Unused bits of the last group set: a second spelling of the same bytes.
        raise BadProof(code, f"not the canonical base64 of its bytes: {text[:60]!r}")
    return data


def from_hex(value: object, *, size: int, what: str, code: str) -> bytes:
    """Read lower-case hex of exactly `size` bytes; raises BadProof(code) for anything else."""
    if not isinstance(value, str) or len(value) != 2 * size or not _HEX.fullmatch(value):
        raise BadProof(code, f"{what} must be {2 * size} lower-case hex digits")
    return bytes.fromhex(value)


def from_decimal(text: str, *, what: str, code: str) -> int:
    """Read ASCII digits without sign or leading zero, below 2^63; raises BadProof(code)."""
    if not _DECIMAL.fullmatch(text) or int(text) >= SIZE_END:
        raise BadProof(code, f"{what} must be a decimal number below 2^63, not {text[:40]!r}")
    return int(text)


def natural(value: object, *, what: str, code: str) -> int:
    """Take a JSON integer that is not negative; raises BadProof(code) for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < INT_END:
        raise BadProof(code, f"{what} must be a whole number from 0 to 2^53 - 1")
    return value


def text_of(value: object, *, what: str, code: str) -> str:
    """Take a JSON string that is not empty; raises BadProof(code) for anything else."""
    if not isinstance(value, str) or not value:
        raise BadProof(code, f"{what} must be a text that is not empty")
    return value


def slug(value: object, *, what: str, code: str) -> str:
    """Take a name of at most 64 characters from a-z 0-9 . _ -; raises BadProof(code)."""
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise BadProof(code, f"{what} must be a name of a-z, 0-9, dot, dash, underscore")
    return value


def civil_day(value: object, *, what: str, code: str) -> str:
    """Take a day written YYYY-MM-DD that exists; raises BadProof(code) for anything else."""
    try:
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return value
    except ValueError:
        pass
    raise BadProof(code, f"{what} must be a day written YYYY-MM-DD")
