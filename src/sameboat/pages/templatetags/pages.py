"""Template filters of the faces: money, days, counts, and what kind of field a field is."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.forms import BoundField

from sameboat.pages import formatting

register = template.Library()

register.filter("money", formatting.money)
register.filter("day", formatting.day)
register.filter("moment", formatting.moment)
register.filter("count", formatting.count)
register.filter("phone", formatting.phone)


@register.filter
def in_language(text: Any) -> str:
    """The side of a `rules.terms.Text` that the reader reads."""
    return str(text.zh if formatting.language() == "zh" else text.en)


@register.filter
def is_choice_list(field: BoundField) -> bool:
    """Whether the field is a group of radio buttons or check boxes."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is one check box."""
    return isinstance(field.field.widget, forms.CheckboxInput)
