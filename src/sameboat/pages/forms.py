"""What the forms of all faces share: dates that are typed, and fields that explain themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sameboat.rules.calendar import hour_of

_PARTS = (
    ("year", _("Year")),
    ("month", _("Month")),
    ("day", pgettext_lazy("part of a date", "Day")),
)


class TypedDateWidget(forms.MultiWidget):
    """Year, month and day as three numbers to type: quicker than a picker and it works anywhere."""

    template_name = "pages/typed_date.html"

    parts: tuple[tuple[str, Promise], ...] = _PARTS

    def __init__(self) -> None:
        number = {"inputmode": "numeric", "autocomplete": "off", "class": "short"}
        super().__init__([forms.TextInput(attrs=dict(number)) for _name in self.parts])

    def decompress(self, value: Any) -> list[str | None]:
        if isinstance(value, date):
            return [str(value.year), str(value.month), str(value.day)]
        return [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for widget, (_part, label) in zip(context["widget"]["subwidgets"], self.parts, strict=True):
            widget["part_label"] = label
        return context

    def id_for_label(self, id_: str | None, index: str | None = None) -> str:
        return f"{id_}_0"


class TypedDateField(forms.MultiValueField):
    """A civil day typed as year, month and day."""

    widget = TypedDateWidget

    def __init__(self, **kwargs: Any) -> None:
        wrong = _("Type the day as numbers, for example 2019 4 2.")
        parts = [forms.IntegerField(error_messages={"invalid": wrong}) for _name in _PARTS]
        super().__init__(fields=parts, **kwargs)

    def compress(self, data_list: Sequence[int | None]) -> date | None:
        if not data_list:
            return None
        year, month, day = data_list
        try:
            return date(year or 0, month or 0, day or 0)
        except ValueError:
            raise ValidationError(
                _("There is no such day. Check the year, month and day.")
            ) from None


class TypedHourWidget(TypedDateWidget):
    """A day as it is typed, and the full hour on the clock."""

    parts = (*_PARTS, ("hour", _("Hour (0–23)")))
    timezone = "UTC"

    def decompress(self, value: Any) -> list[str | None]:
        if not isinstance(value, datetime):
            return [None, None, None, None]
        local = value.astimezone(ZoneInfo(self.timezone))
        return [*super().decompress(local), str(local.hour)]


class TypedHourField(forms.MultiValueField):
    """An instant, typed as a day and the full hour that the clocks of a time zone show."""

    widget = TypedHourWidget
    timezone = "UTC"

    def __init__(self, **kwargs: Any) -> None:
        wrong = _("Type the day and the hour as numbers, for example 2019 4 2 and 14.")
        parts = [
            forms.IntegerField(error_messages={"invalid": wrong}, required=False)
            for _part, _label in TypedHourWidget.parts
        ]
        super().__init__(fields=parts, require_all_fields=False, **kwargs)

    def by_the_clocks_of(self, timezone: str) -> None:
        """Whose clocks are meant; each form says it before it is used."""
        self.timezone = timezone
        cast(TypedHourWidget, self.widget).timezone = timezone

    def compress(self, data_list: Sequence[int | None]) -> datetime | None:
        if not data_list:
            return None
        year, month, day, hour = data_list
        if hour is None:
            raise ValidationError(_("Type the hour too; a guess is enough."))
        try:
            return hour_of(date(year or 0, month or 0, day or 0), hour, self.timezone)
        except ValueError:
            raise ValidationError(
                _("There is no such hour. Check the year, month, day and hour.")
            ) from None
