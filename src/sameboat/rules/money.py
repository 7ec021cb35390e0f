"""Money: whole minor units, and every division says where the rest goes.

`Fen` is an amount of the plan's one currency in its minor unit (1 yuan = 100 fen). There is no
float and no unrounded division here: `times` and `ceil_div` are the only places that divide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import gcd
from typing import Literal, NewType

Fen = NewType("Fen", int)

FEN_PER_YUAN = 100
_PLACES_MAX = 9
_YUAN = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,15})(\.(?P<part>[0-9]{1,2}))?\Z")
_FRACTION = re.compile(r"(?P<numerator>[0-9]{1,9})/(?P<denominator>[1-9][0-9]{0,8})\Z")
_DECIMAL = re.compile(r"(?P<whole>[0-9]{1,3})(\.(?P<part>[0-9]{1,9}))?\Z")


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact non-negative fraction, such as a fee rate of 8 % (8 / 100)."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        assert self.numerator >= 0
        assert self.denominator > 0

    @classmethod
    def parse(cls, text: str) -> Ratio:
        """Read a decimal such as `0.08` or a fraction such as `1/3`; ValueError for others."""
        fraction = _FRACTION.match(text)
        if fraction is not None:
            return cls(int(fraction["numerator"]), int(fraction["denominator"]))
        found = _DECIMAL.match(text)
        if found is None:
            raise ValueError(f"not a decimal fraction: {text!r}")
        part = found["part"] or ""
        return cls(int(found["whole"] + part), 10 ** len(part))

    def text(self) -> str:
        """The ratio as `parse` reads it: a decimal where there is one, else a fraction."""
        shared = gcd(self.numerator, self.denominator)
        numerator, denominator = self.numerator // shared, self.denominator // shared
        places = 0
        while 10**places % denominator and places < _PLACES_MAX:
            places += 1
        if 10**places % denominator:
            return f"{numerator}/{denominator}"
        digits = str(numerator * 10**places // denominator).zfill(places + 1)
        return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def times(amount: Fen, ratio: Ratio, *, rounding: Literal["floor", "ceil"]) -> Fen:
    """Multiply `amount` by `ratio`; the caller says which way the rest of a fen goes."""
    assert amount >= 0
    product = amount * ratio.numerator
    if rounding == "ceil":
        return Fen(ceil_div(product, ratio.denominator))
    return Fen(product // ratio.denominator)


def ceil_div(dividend: int, divisor: int) -> int:
    """Divide, rounding up: the pool may never fall short by the rest."""
    assert divisor > 0
    return -(-dividend // divisor)


def parse_yuan(text: str) -> Fen:
    """Read yuan as written by people (`300000`, `0.03`); raises ValueError for anything else."""
    found = _YUAN.match(text)
    if found is None:
        raise ValueError(f"not an amount in yuan: {text!r}")
    fen = int(found["whole"]) * FEN_PER_YUAN + int((found["part"] or "").ljust(2, "0"))
    return Fen(-fen if found["sign"] else fen)


def yuan(amount: int) -> str:
    """Write fen as yuan with two decimals always: 3 is `0.03`."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), FEN_PER_YUAN)
    return f"{sign}{whole}.{part:02d}"


def grouped_yuan(amount: int) -> str:
    """Fen as yuan for reading: 30000000 is `300,000.00`."""
    whole, _, part = yuan(amount).partition(".")
    return f"{int(whole):,}.{part}"


def percent(rate: Ratio) -> str:
    """A rate as a percentage without trailing zeros (8/100 is `8%`), or as the fraction it is."""
    written = Ratio(rate.numerator * 100, rate.denominator).text()
    return rate.text() if "/" in written else f"{written}%"
