"""What changes for whom, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import rulebook_example as example
from rules.terms_factory import TERMS, terms
from rules.test_rulebook_keys import REFERENCE
from sameboat.plans import catalogue
from sameboat.rules.money import Fen, Ratio
from sameboat.rules.rulebook import parse
from sameboat.rules.rulebook_keys import KEYS
from sameboat.rules.rulebook_words import WORDS
from sameboat.rules.terms import PlanTerms, ShareClass
from sameboat.rules.terms_diff import changes_between


def sentences(before: PlanTerms, after: PlanTerms) -> tuple[list[str], list[str]]:
    changes = changes_between(before, after)
    return [c.sentence("en") for c in changes], [c.sentence("zh") for c in changes]


def test_every_key_has_words() -> None:
    assert set(KEYS) - set(WORDS) == set()
    assert REFERENCE.exists()


def test_nothing_changes_between_the_same_terms() -> None:
    assert changes_between(TERMS, TERMS) == ()
    same = terms(sharing={"fee_rate": Ratio(4, 50)})
    assert changes_between(TERMS, same) == (), "8/100 written in another way"


def test_the_fee_and_a_cap_concern_the_payers() -> None:
    after = terms(sharing={"fee_rate": Ratio(6, 100), "cap_per_year": None})
    assert sentences(TERMS, after) == (
        [
            "Payers: the fee, as a part of the aid changes from 8% to 6%.",
            "Payers: the most for a year changes from 188.00 yuan to none.",
        ],
        ["付款人：管理费比例由 8% 变为 6%。", "付款人：每人每年上限由 188.00 元变为无。"],
    )


def test_a_new_benefit_is_told_to_those_whose_age_it_concerns() -> None:
    young, older = TERMS.benefits.rows
    after = terms(benefits={"rows": (young, replace(older, amount=Fen(15_000_000)))})
    english, chinese = sentences(TERMS, after)
    (told,) = english
    assert told.startswith("A member of 45: the aid for a severe illness changes ")
    assert told.endswith(" from 100,000.00 yuan to 150,000.00 yuan.")
    assert chinese == ["45 周岁的成员：重度疾病的互助金由 100,000.00 元变为 150,000.00 元。"]


def test_weights_are_told_by_age() -> None:
    classes = (
        ShareClass(name="young", weight=500, age_from_years=0, age_to_years=39),
        ShareClass(name="old", weight=1000, age_from_years=40, age_to_years=59),
    )
    english, _ = sentences(TERMS, terms(sharing={"classes": classes}))
    assert [line.partition(":")[0] for line in english] == ["A member of 5", "A member of 25"]
    assert all("from 1 to 0.5." in line for line in english)


def test_a_longer_wait_concerns_who_joins_at_that_age() -> None:
    english, _ = sentences(TERMS, terms(waiting={"days": 180}))
    assert [line.partition(":")[0] for line in english] == [
        f"A member of {age}" for age in (5, 25, 45)
    ]


def test_illnesses_that_come_are_named() -> None:
    after = terms(illnesses=(TERMS.illnesses[0],))
    (english,), (chinese,) = sentences(TERMS, after)
    assert english.endswith("to 1 (gone: severe hand, foot and mouth disease).")
    assert chinese.endswith("由 2 变为 1（减少：重症手足口病）。")


@pytest.mark.parametrize("plan_id", catalogue.ids())
def test_any_two_plans_can_be_told_apart(plan_id: str) -> None:
    """Every kind of value has words: none is shown as a program writes it."""
    (last,) = catalogue.load(plan_id).versions[-1:]
    wide = parse(example.files(), name=example.NAME).versions[0]
    for before, after in ((wide, last), (last, wide)):
        for line in (line for both in sentences(before, after) for line in both):
            assert not any(mark in line for mark in ("Text(", "Ratio(", "True", "None", "_from"))
