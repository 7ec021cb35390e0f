"""What the forms of all faces share: dates that are typed, and fields that explain themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_PARTS = (
    ("year", _("Year")),
    ("month", _("Month")),
    ("day", pgettext_lazy("part of a date", "Day")),
)


class TypedDateWidget(forms.MultiWidget):
    """Year, month and day as three numbers to type: quicker than a picker and it works anywhere."""

    template_name = "pages/typed_date.html"

    def __init__(self) -> None:
        number = {"inputmode": "numeric", "autocomplete": "off", "class": "short"}
        super().__init__([forms.TextInput(attrs=dict(number)) for _name in _PARTS])

    def decompress(self, value: Any) -> list[str | None]:
        if isinstance(value, date):
            return [str(value.year), str(value.month), str(value.day)]
        return [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for widget, (_part, label) in zip(context["widget"]["subwidgets"], _PARTS, strict=True):
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
