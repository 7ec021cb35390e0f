"""How `sameboat plan` writes a value: as JSON, and in words for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from rich.table import Table

from sameboat.rules.money import Ratio, yuan
from sameboat.rules.rulebook_keys import MONEY_KEYS
from sameboat.rules.terms import (
    BenefitRow,
    Exclusion,
    Grade,
    Illness,
    Question,
    ShareClass,
    Text,
    Tier,
    WaitingStep,
)

_MONEY = frozenset({"amount", *(key.rpartition(".")[2] for key in MONEY_KEYS)})


class Lang(StrEnum):
    zh = "zh"
    en = "en"


def plain(name: str, value: object) -> object:
    """A value as JSON knows it: money in yuan and rates as strings, days in ISO form."""
    if name in _MONEY and isinstance(value, int):
        return yuan(value)
    if isinstance(value, Ratio):
        return value.text()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain("", item) for item in value]
    if is_dataclass(value):
        return {each.name: plain(each.name, getattr(value, each.name)) for each in fields(value)}
    return value


def source_words(source: str, lang: Lang) -> str:
    """The word says that a value is assumed; the colour only repeats it."""
    return source.replace("assumed: ", "假定：", 1) if lang is Lang.zh else source


def lines(name: str, value: object, lang: Lang) -> Iterator[str]:
    """A value in words for people, a line for each of several."""
    if name == "illnesses" and isinstance(value, tuple):
        yield _counted(value, lang)
    elif isinstance(value, tuple):
        for item in value:
            yield from lines("", item, lang)
        if not value:
            yield "–"
    else:
        yield _line(name, value, lang)


def _line(name: str, value: object, lang: Lang) -> str:
    chinese = lang is Lang.zh
    match value:
        case bool():
            return ("是" if value else "否") if chinese else ("yes" if value else "no")
        case None:
            return "无" if chinese else "none"
        case int() if name in _MONEY:
            return f"{yuan(value)} {'元' if chinese else 'yuan'}"
        case Ratio():
            return value.text()
        case BenefitRow():
            tier = f" {value.tier}" if value.tier else ""
            ages = f"{value.age_from_years}-{value.age_to_years}"
            amount = _line("amount", value.amount, lang)
            return f"{value.id}: {ages} {value.severity}{tier} {amount}"
        case ShareClass():
            ages = f"{value.age_from_years}-{value.age_to_years}"
            tier = "" if value.tier is None else f" {value.tier or '–'}"
            return f"{value.name}: {ages}{tier} × {Decimal(value.weight) / 1000}"
        case Grade():
            return f"≥ {value.at_least}: {value.rate.text()}"
        case WaitingStep():
            unit = "周岁起" if chinese else "years and older"
            return f"{value.from_years} {unit}: {value.days}"
        case Tier() | Exclusion():
            return f"{value.id or '–'}: {said(value.text, lang)}"
        case Question():
            return said(value.text, lang)
    return str(plain(name, value))


def _counted(illnesses: tuple[Illness, ...], lang: Lang) -> str:
    confirmed = sum(illness.confirmed for illness in illnesses)
    if lang is Lang.zh:
        return f"{len(illnesses)} 项，其中 {confirmed} 项有据可查"
    return f"{len(illnesses)}, of which {confirmed} confirmed"


def said(text: Text, lang: Lang) -> str:
    return text.zh if lang is Lang.zh else text.en


def new_table(headings: tuple[str, ...]) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
