"""How numbers, days and states are written for people, in the language of the page."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import get_language

from sameboat.rules.money import Ratio, yuan
from sameboat.runtime.refusals import Language

CHINA = ZoneInfo("Asia/Shanghai")


def language() -> Language:
    """The language of the page: `zh` or `en`."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def comma() -> str:
    """What stands between the members of a list."""
    return "、" if language() == "zh" else ", "


def colon() -> str:
    """What stands between a name and what is said of it."""
    return "：" if language() == "zh" else ": "


def money(fen: int) -> str:
    """Fen as people read them: `¥1,234.50`, always with two decimals."""
    sign = "−" if fen < 0 else ""
    whole, part = yuan(abs(fen)).split(".")
    return f"{sign}¥{int(whole):,}.{part}"


def day(value: date) -> str:
    """A civil day: 2019年1月21日, or 21 January 2019."""
    if language() == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return formats.date_format(value, "j F Y")


def moment(value: datetime) -> str:
    """An instant in the plan's time zone, to the minute."""
    local = value.astimezone(CHINA)
    return f"{day(local.date())} {local:%H:%M}"


def count(value: int) -> str:
    """A head count with separators: 23,000,000."""
    return f"{value:,}"


def phone(value: str) -> str:
    """A mobile number in groups of 3-4-4, as it is read aloud."""
    digits = value.removeprefix("+86")
    if len(digits) != 11:
        return value
    return f"{digits[:3]} {digits[3:7]} {digits[7:]}"


def percent(rate: Ratio) -> str:
    """A rate as a percentage without trailing zeros: 8/100 is `8%`."""
    hundredths = Decimal(rate.numerator * 100) / rate.denominator
    return f"{hundredths.normalize():f}%"


def paragraphs(text: str) -> list[str]:
    """A text of the rulebook by its lines: each is a paragraph."""
    return [line for line in text.strip().splitlines() if line]
