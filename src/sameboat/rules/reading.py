"""Reading untrusted values: a reader gives a value that is known good, or says what it expected.

A `Reader` is called with what a TOML or CSV parser found and gives a value of one type. It raises
`Wrong` with every fault below it, so that a whole file can be judged in one pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from sameboat.rules.money import Fen, Ratio, parse_yuan
from sameboat.rules.terms import Text

T = TypeVar("T")

YUAN_MAX = 100_000_000
DAY_FIRST = date(2000, 1, 1)
DAY_LAST = date(2199, 12, 31)
AGE_MAX = 120
_SHOWN_MAX = 60
# Marks that turn the direction of writing: they could make a page show other words than the file.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

MISSING = Text(zh="空缺", en="nothing")
"""What was found where a key is not stated."""


@dataclass(frozen=True, slots=True)
class Reader(Generic[T]):
    """Reads a value when it is called; `schema` says in JSON Schema what it takes."""

    read: Callable[[object], T]
    schema: Mapping[str, Any]

    def __call__(self, value: object) -> T:
        """The value that is known good; raises `Wrong`."""
        return self.read(value)


@dataclass(frozen=True, slots=True)
class PointNumber:
    """A number that the file writes with a point or exponent and without quotes."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong at one place; `at` is the path below the value that was read."""

    at: str
    found: Text
    expected: Text

    def under(self, step: str) -> Fault:
        """The same fault seen from one step further up."""
        return Fault(at=step + self.at, found=self.found, expected=self.expected)


class Wrong(ValueError):
    """A value is not what its reader expects; `faults` names every place."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        assert self.faults
        super().__init__("; ".join(f"{fault.at}: {fault.expected.en}" for fault in self.faults))


def shown(value: object) -> Text:
    """Show what was found, short and harmless whatever it is."""
    match value:
        case PointNumber():
            return shown_as(value.text)
        case str():
            return shown_as(repr(value))
        case bool():
            return shown_as("true" if value else "false")
        case int() if value.bit_length() > 128:
            bits = value.bit_length()
            return Text(zh=f"一个 {bits} 位（二进制）的数", en=f"a number of {bits} bits")
        case list() | tuple():
            return Text(zh=f"{len(value)} 项的列表", en=f"a list of {len(value)}")
        case dict():
            return Text(zh="一个表", en="a table")
        case _:
            return shown_as(str(value))


def shown_as(text: str) -> Text:
    """The same short words in both languages."""
    cut = text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"
    # A hostile file must not steer the terminal of whoever reads what is wrong with it.
    cut = "".join(
        "�" if character == "\n" or _is_unseen(character) else character for character in cut
    )
    return Text(zh=cut, en=cut)


def refuse(value: object, *, zh: str, en: str) -> NoReturn:
    """Raise `Wrong` for the value itself."""
    raise Wrong((Fault(at="", found=shown(value), expected=Text(zh=zh, en=en)),))


def text(*, longest: int) -> Reader[str]:
    """Words for people: not empty, at most `longest` characters, no control characters."""

    def read(value: object) -> str:
        if isinstance(value, str):
            words = value.strip()
            if 0 < len(words) <= longest and not any(map(_is_unseen, words)):
                return words
        refuse(
            value,
            zh=f"1 至 {longest} 个字符的文字，不含控制字符",
            en=f"text of 1 to {longest} characters without control characters",
        )

    return Reader(read, {"type": "string", "minLength": 1})


def _is_unseen(character: str) -> bool:
    kind = unicodedata.category(character)
    return (kind in {"Cc", "Cs"} and character != "\n") or character in _TURNING


def word(pattern: str, *, zh: str, en: str) -> Reader[str]:
    """A string that matches the whole `pattern`."""
    compiled = re.compile(pattern)

    def read(value: object) -> str:
        if isinstance(value, str) and compiled.fullmatch(value):
            return value
        refuse(value, zh=zh, en=en)

    return Reader(read, {"type": "string", "pattern": f"^({pattern})$"})


def whole(low: int, high: int) -> Reader[int]:
    """A whole number from `low` to `high`."""

    def read(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        refuse(value, zh=f"{low} 至 {high} 的整数", en=f"a whole number from {low} to {high}")

    return Reader(read, {"type": "integer", "minimum": low, "maximum": high})


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    refuse(value, zh="true 或 false", en="true or false")


def choice(*options: str) -> Reader[str]:
    """One of a closed list of words."""
    listed = ", ".join(options)

    def read(value: object) -> str:
        if isinstance(value, str) and value in options:
            return value
        refuse(value, zh=f"以下之一：{listed}", en=f"one of: {listed}")

    return Reader(read, {"type": "string", "enum": list(options)})


def _day(value: object) -> date:
    if (
        isinstance(value, date)
        and not isinstance(value, datetime)
        and DAY_FIRST <= value <= DAY_LAST
    ):
        return value
    refuse(
        value,
        zh=f"{DAY_FIRST} 至 {DAY_LAST} 的日期，如 2018-11-27，不加引号、不带时间",
        en=f"a date from {DAY_FIRST} to {DAY_LAST} such as 2018-11-27, without quotes or time",
    )


def _money(value: object) -> Fen:
    written = str(value) if _is_plain_yuan(value) else value
    if isinstance(written, str):
        try:
            fen = parse_yuan(written)
        except ValueError:
            fen = Fen(0)
        if 0 < fen <= parse_yuan(str(YUAN_MAX)):
            return fen
    refuse(
        value,
        zh=f'大于 0、不超过 {YUAN_MAX} 的金额（元），写成整数或带引号的 "0.10"；'
        "不带引号的小数会丢失精度，故不接受",
        en=f'an amount in yuan above 0 and up to {YUAN_MAX}, as a whole number or quoted: "0.10"; '
        "a number with a point and no quotes is not exact, so it is refused",
    )


def _is_plain_yuan(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= YUAN_MAX


def _rate(value: object) -> Ratio:
    if isinstance(value, str):
        try:
            ratio = Ratio.parse(value)
        except ValueError:
            ratio = Ratio(2, 1)
        if ratio.numerator <= ratio.denominator:
            return ratio
    refuse(
        value,
        zh='0 至 1 的比例，须加引号，如 "0.08" 或 "1/3"；不带引号的小数不精确，故不接受',
        en='a rate from 0 to 1 in quotes such as "0.08" or "1/3"; '
        "a number with a point and no quotes is not exact, so it is refused",
    )


def blank_or(reader: Reader[str]) -> Reader[str]:
    """What `reader` reads, or the empty string."""
    return Reader(
        lambda value: "" if value == "" else reader(value),
        {"anyOf": [{"const": ""}, reader.schema]},
    )


def optional(reader: Reader[T]) -> Reader[T | None]:
    """What `reader` reads, or the word `"none"` where the terms know no such limit."""

    def read(value: object) -> T | None:
        if value == "none":
            return None
        try:
            return reader(value)
        except Wrong as wrong:
            raise Wrong(
                Fault(
                    at=fault.at,
                    found=fault.found,
                    expected=Text(
                        zh=fault.expected.zh + '；没有此限制时写 "none"',
                        en=fault.expected.en + '; or "none" where there is no such limit',
                    ),
                )
                for fault in wrong.faults
            ) from None

    return Reader(read, {"anyOf": [{"const": "none"}, reader.schema]})


def many(
    reader: Reader[T], *, fewest: int = 0, most: int, by: str | None = None
) -> Reader[tuple[T, ...]]:
    """A list of what `reader` reads, each once: the whole item, or its attribute `by`."""

    def read(value: object) -> tuple[T, ...]:
        if not isinstance(value, list) or not fewest <= len(value) <= most:
            refuse(value, zh=f"{fewest} 至 {most} 项的列表", en=f"a list of {fewest} to {most}")
        items: list[T] = []
        faults: list[Fault] = []
        for index, found in enumerate(value):
            try:
                items.append(reader(found))
            except Wrong as wrong:
                faults += [fault.under(f"[{index}]") for fault in wrong.faults]
        if faults:
            raise Wrong(faults)
        marks = [item if by is None else getattr(item, by) for item in items]
        twice = next((mark for mark in marks if marks.count(mark) > 1), None)
        if twice is not None:
            kind = (
                Text(zh=f"每个 {by} ", en=f"each {by}") if by else Text(zh="每项", en="each entry")
            )
            refuse(twice, zh=f"{kind.zh}只出现一次", en=f"{kind.en} only once")
        return tuple(items)

    return Reader(
        read,
        {"type": "array", "minItems": fewest, "maxItems": most, "items": reader.schema},
    )


def table(
    build: Callable[..., T],
    fields: Mapping[str, Reader[Any]],
    *,
    defaults: Mapping[str, object] | None = None,
) -> Reader[T]:
    """A table with exactly these fields (those in `defaults` may be left out), given to `build`."""

    def read(value: object) -> T:
        if not isinstance(value, dict):
            refuse(value, zh="一个表", en="a table")
        values: dict[str, object] = dict(defaults or {})
        faults = [unknown(f".{key}", value[key], fields) for key in value if key not in fields]
        for key, reader in fields.items():
            if key in value:
                try:
                    values[key] = reader(value[key])
                except Wrong as wrong:
                    faults += [fault.under(f".{key}") for fault in wrong.faults]
            elif key not in values:
                faults.append(missing(key).under(f".{key}"))
        if faults:
            raise Wrong(faults)
        return build(**values)

    required = [key for key in fields if key not in (defaults or {})]
    return Reader(read, object_schema({key: r.schema for key, r in fields.items()}, required))


def object_schema(
    properties: Mapping[str, Mapping[str, Any]], required: Iterable[str]
) -> dict[str, Any]:
    """The schema of a table with these keys and no other."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def missing(key: str) -> Fault:
    """The fault of a key that must be stated and is not."""
    expected = Text(zh=f"一个值：须填写 {key}", en=f"a value: {key} must be stated")
    return Fault(at="", found=MISSING, expected=expected)


def unknown(at: str, value: object, known: Iterable[str]) -> Fault:
    """The fault of a key that nothing reads."""
    listed = ", ".join(known)
    return Fault(
        at=shown_as(at).en,
        found=shown(value),
        expected=Text(
            zh=f"此处没有这个键；已知的键：{listed}", en=f"no such key here; known: {listed}"
        ),
    )


def _ages(value: object) -> tuple[int, int]:
    if isinstance(value, list) and len(value) == 2:
        low, high = (whole(0, AGE_MAX)(end) for end in value)
        if low <= high:
            return low, high
    refuse(
        value,
        zh="年龄段 [起, 止]，周岁，含两端，如 [40, 59]",
        en="a band of ages [from, to] in completed years, both included, such as [40, 59]",
    )


def _timezone(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(
        r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}", value
    ):
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            pass
        else:
            return value
    refuse(
        value,
        zh="时区名，如 Asia/Shanghai",
        en="the name of a time zone such as Asia/Shanghai",
    )


flag = Reader(_flag, {"type": "boolean"})
"""`true` or `false`."""
day = Reader(_day, {"type": "string", "format": "date"})
"""A civil day, written as a TOML date without quotes or time."""
money = Reader(
    _money,
    {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": YUAN_MAX},
            {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,2})?$"},
        ]
    },
)
"""A positive amount in yuan: a whole number (`300000`) or a string (`"0.10"`)."""
rate = Reader(
    _rate,
    {"type": "string", "pattern": r"^([01](\.[0-9]{1,9})?|[0-9]{1,9}/[1-9][0-9]{0,8})$"},
)
"""A decimal or a fraction from 0 to 1 as a string: `"0.08"`, `"1/3"`."""
ages = Reader(
    _ages,
    {
        "type": "array",
        "items": {"type": "integer", "minimum": 0, "maximum": AGE_MAX},
        "minItems": 2,
        "maxItems": 2,
    },
)
"""A band of completed years, both ends included: `[40, 59]`."""
timezone = Reader(_timezone, {"type": "string", "pattern": "^[A-Za-z0-9_+/-]+$"})
"""The name of a time zone that this machine knows."""
bilingual = table(Text, {"zh": text(longest=20_000), "en": text(longest=20_000)})
