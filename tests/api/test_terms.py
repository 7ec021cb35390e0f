"""The terms that the API tells are those of the rulebook, key by key."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_type_hints

import pytest

from sameboat.api.terms import TermsOut, mirrored
from sameboat.plans import catalogue
from sameboat.rules import terms
from sameboat.rules.money import Ratio
from sameboat.simulation.client import Client
from society import PLAN


def missing(shape: Any, of: Any) -> list[str]:
    """Fields of the rules that the shape does not tell, here and in what they hold."""
    told = {name.removesuffix("_fen"): field for name, field in shape.model_fields.items()}
    found = [f"{of.__name__}.{each.name}" for each in fields(of) if each.name not in told]
    for name, hint in get_type_hints(of).items():
        inner = innermost(hint)
        is_shape = isinstance(inner, type) and is_dataclass(inner)
        if is_shape and inner not in (terms.Text, Ratio) and name in told:
            found += missing(innermost(told[name].annotation), inner)
    return found


def innermost(hint: Any) -> Any:
    """What a list, a tuple or an optional holds."""
    while get_args(hint) and not isinstance(hint, type(None)):
        if isinstance(hint, UnionType) or get_args(hint)[-1] in (..., type(None)):
            hint = get_args(hint)[0]
        elif len(get_args(hint)) == 1:
            (hint,) = get_args(hint)
        else:
            break
    return hint


def test_every_key_of_a_version_is_told() -> None:
    assert missing(TermsOut, terms.PlanTerms) == []


@pytest.mark.parametrize("plan_id", catalogue.ids())
def test_every_plan_of_the_catalogue_can_be_told(plan_id: str) -> None:
    for version in catalogue.load(plan_id).versions:
        told = mirrored(TermsOut, version)
        assert [row.amount_fen for row in told.benefits.rows] == [
            row.amount for row in version.benefits.rows
        ]
        assert told.sharing.cap_per_year_fen == version.sharing.cap_per_year
        assert told.model_dump(mode="json")["sources"] == dict(version.sources)


def test_amounts_fractions_and_texts_have_their_one_form(api: Client) -> None:
    told = api.terms(PLAN)
    assert told["sharing"]["fee_rate"] == "8/100"
    assert told["benefits"]["rows"][0]["amount_fen"] == 30_000
    assert set(told["illnesses"][0]["name"]) == {"zh", "en"}
    assert told["joining"]["questions"] == api.questions(PLAN)["questions"]
