"""Parts of addresses that the faces share."""

from __future__ import annotations

from datetime import date

from django.urls.converters import IntConverter, StringConverter


class DayConverter:
    """A civil day in an address: 2026-03-07."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


class ReferenceConverter(StringConverter):
    """A reference of 32 hexadecimal digits."""

    regex = "[0-9a-f]{32}"


class PlanConverter(StringConverter):
    """A plan's id."""

    regex = "[a-z0-9][a-z0-9-]{0,63}"


class NumberConverter(IntConverter):
    """A row's number: no longer than the database can hold."""

    regex = "[0-9]{1,18}"
