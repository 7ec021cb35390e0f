"""Template filters of the faces: money, days, counts, and what kind of field a field is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils.functional import Promise

from sameboat.gateways.messaging.sandbox import outbox
from sameboat.pages import demo, formatting, words
from sameboat.pages.provinces import PROVINCES
from sameboat.plans import queries as plans
from sameboat.rules.claim import State
from sameboat.runtime.settings import settings

register = template.Library()

register.filter("money", formatting.money)
register.filter("day", formatting.day)
register.filter("moment", formatting.moment)
register.filter("count", formatting.count)
register.filter("phone", formatting.phone)
register.filter("percent", formatting.percent)
register.filter("paragraphs", formatting.paragraphs)


@register.filter
def in_language(text: Any) -> str:
    """The side of a `rules.terms.Text` that the reader reads."""
    return str(text.zh if formatting.language() == "zh" else text.en)


@register.simple_tag
def gap() -> str:
    """What stands between two sentences: a space, and in Chinese nothing."""
    return "" if formatting.language() == "zh" else " "


@register.simple_tag
def comma() -> str:
    """What stands between the members of a list: `、` or a comma and a space."""
    return formatting.comma()


@register.simple_tag
def colon() -> str:
    """What stands between a name and what is said of it: `：` or a colon and a space."""
    return formatting.colon()


@register.filter
def listed(values: Iterable[object]) -> str:
    """Several things after one another, as the language of the page has it."""
    return formatting.comma().join(str(value) for value in values)


@register.filter
def versions_told(versions: Iterable[str]) -> list[str]:
    """Versions of what was agreed to (`plan:version`, or a version alone) with the plan's name."""
    return [
        f"{plan_name(plan_id)} {version}" if version else plan_id
        for plan_id, _colon, version in (each.partition(":") for each in versions)
    ]


@register.filter
def plan_name(plan_id: str) -> str:
    """The name of a plan that runs here, in the language of the page."""
    return in_language(plans.plan(plan_id).name)


@register.filter
def is_choice_list(field: BoundField) -> bool:
    """Whether the field is a group of radio buttons or check boxes."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is one check box."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def word(code: Any, kind: str) -> str:
    """The word of a code, for example `{{ line.state|word:"DEBIT_STATE" }}` (`pages.words`)."""
    table: Mapping[str, Promise] = getattr(words, kind)
    return str(table.get(str(getattr(code, "value", code)), code))


@register.filter
def state_word(state: State) -> str:
    """The state of a claim in words."""
    return str(words.CLAIM_STATE[state.name])


@register.filter
def province(code: str) -> str:
    """The name of a province; empty for a code that is none."""
    return in_language(PROVINCES[code]) if code in PROVINCES else ""


@register.simple_tag
def sandbox_code(phone: str) -> str:
    """The sign-in code that was sent last to a phone: in the demonstration only."""
    if settings().mode != "demo":
        return ""
    sent = (one for one in outbox(to=phone) if one.template == "sign_in_code")
    last = next(sent, None)
    return last.data["code"] if last else ""


@register.simple_tag
def sandbox_phones() -> list[tuple[str, str]]:
    """Whom to try in the demonstration: phones and who they are."""
    return demo.people()
