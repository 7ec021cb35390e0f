"""Template filters of the open pages."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

GROUPS: Mapping[str, Promise] = {
    "blood": _("Blood"),
    "cancer": _("Cancer"),
    "child": _("Children's illnesses"),
    "circulatory": _("Heart and circulation"),
    "death": _("Death"),
    "digestive": _("Digestion and liver"),
    "endocrine": _("Hormones"),
    "immune_connective": _("Immune system and joints"),
    "infection": _("Infections"),
    "injury_disability": _("Injury and disability"),
    "metabolic_genetic": _("Metabolism and inherited illnesses"),
    "neurological": _("Brain and nerves"),
    "other": _("Other"),
    "procedure": _("Operations and transplants"),
    "rare": _("Rare diseases"),
    "renal": _("Kidneys"),
    "respiratory": _("Lungs"),
    "sensory": _("Eyes and ears"),
    "spending": _("High medical spending"),
}


@register.filter
def group_name(category: str) -> str:
    """A group of illnesses in words; the code itself where a rulebook has one of its own."""
    return str(GROUPS.get(category, category))
