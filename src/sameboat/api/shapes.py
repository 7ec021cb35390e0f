"""What all shapes of the API have in common: strict input, output without default values.

Amounts are whole fen in fields named `…_fen`; days are ISO dates of the plan's time zone; instants
are RFC 3339 in UTC; references are 32 hexadecimal characters.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from ninja import Header, Path, Schema
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from sameboat.rules.terms import Text

TEXT_MAX = 4_000
ID_MAX = 2**63 - 1
AMOUNT_MAX = 10**12
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _printable(value: str) -> str:
    """No control characters but line ends and tabs: the database cannot hold NUL, nobody reads
    the others."""
    if any(ord(c) < 32 and c not in "\n\r\t" for c in value):
        raise ValueError("holds a control character")
    return value


def _iso(value: Any) -> Any:
    """A day is written out; numbers are not taken for timestamps."""
    if isinstance(value, date) or (isinstance(value, str) and _ISO_DAY.fullmatch(value)):
        return value
    raise ValueError("a day is written YYYY-MM-DD")


def _zoned(value: Any) -> Any:
    """A moment is written out with its offset; numbers are not taken for timestamps."""
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return value
    raise ValueError("a moment is written YYYY-MM-DDThh:mm:ss with Z or an offset")


Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_printable)]
"""A short text of one line."""
Words = Annotated[str, StringConstraints(max_length=TEXT_MAX), AfterValidator(_printable)]
"""A text that somebody wrote."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""A word of a closed list."""
Ref = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Day = Annotated[date, BeforeValidator(_iso)]
Hour = Annotated[datetime, BeforeValidator(_zoned)]
"""A moment, with its offset: `2026-03-03T14:00:00+08:00`."""
Bool = StrictBool
Amount = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MAX)]
"""Whole fen."""

RefPath = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
HashPath = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
PlanPath = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
DayPath = Annotated[Day, Path()]
IdPath = Annotated[int, Path(ge=1, le=ID_MAX)]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=80)]
"""Chosen by the sender for each request it wants done once, such as a UUID."""


class In(Schema):
    """What a request may say; a field that is not listed is refused."""

    model_config = ConfigDict(extra="forbid")


class Out(Schema):
    """What an answer says; every field is always there."""


class TextOut(Out):
    """A text in both languages."""

    zh: str
    en: str


class CodeIn(In):
    """A code that a phone received."""

    code: Line


class PhoneIn(In):
    """A whole phone number."""

    phone: Line


class Made(Out):
    """What was made."""

    ref: str


class Done(Out):
    """It is done; there is nothing more to tell."""

    done: bool


DONE = Done(done=True)


def both(text: Text) -> TextOut:
    """A text of the rules in both languages."""
    return TextOut(zh=text.zh, en=text.en)
