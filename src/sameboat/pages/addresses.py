"""Parts of addresses that the faces share."""

from __future__ import annotations

from datetime import date


class DayConverter:
    """A civil day in an address: 2026-03-07."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()
