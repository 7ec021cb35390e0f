"""Template filters of the staff pages."""

from __future__ import annotations

from datetime import date

from django import template

from sameboat.console import words

register = template.Library()


@register.filter
def words_for(code: object, subject: str) -> str:
    """The words for a code: `{{ claim.state|words_for:"state" }}`."""
    return words.words(str(code), subject)


@register.filter
def outcome_style(outcome: str) -> str:
    """How the result of a check is coloured."""
    return words.OUTCOME_STYLE[outcome]


@register.filter
def account_of(code: str) -> str:
    """What a ledger account is about: the last part of its code."""
    return code.rpartition(":")[2]


@register.filter
def short(reference: str) -> str:
    """The first eight characters of a reference: enough to tell claims apart by ear."""
    return reference[:8]


@register.filter
def days_until(day: date, today: date) -> int:
    """Whole days from `today` to `day`; negative when it is past."""
    return (day - today).days
