"""Who may join: each criterion, its rule, and the score that never turns anybody down alone."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules.terms_factory import TERMS, terms
from sameboat.rules.eligibility import (
    Applicant,
    is_refused,
    needs_human,
    reasons_against_joining,
)
from sameboat.rules.terms import PlanTerms

ON = date(2019, 6, 1)
ANA = Applicant(
    born=date(1988, 3, 4),
    deceased=False,
    occupation_class="2",
    region="33",
    score=700,
    questions_version="1",
    answers={"cancer": False},
)


def codes(plan_terms: PlanTerms = TERMS, **changes: Any) -> list[str]:
    found = reasons_against_joining(replace(ANA, **changes), plan_terms, ON)
    return [reason.code for reason in found]


def test_ana_may_join() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"born": date(2019, 5, 2)}, []),  # 30 days.
        ({"born": date(2019, 5, 3)}, ["too_young"]),
        ({"born": date(2019, 7, 1)}, ["too_young"]),
        ({"born": date(1959, 6, 2)}, []),  # 59.
        ({"born": date(1959, 6, 1)}, ["too_old"]),
        ({"deceased": True, "score": 1}, ["applicant_deceased"]),
        ({"answers": {"cancer": True}}, ["health_answer"]),
        ({"answers": {}}, ["question_unanswered"]),
        ({"questions_version": "0"}, ["questions_outdated"]),
        ({"occupation_class": "6"}, ["occupation_excluded"]),
        ({"occupation_class": ""}, ["occupation_missing"]),
        ({"score": 650}, []),
        ({"score": 649}, ["score_below"]),
        ({"score": None}, ["score_missing"]),
        (
            {"born": date(1950, 1, 1), "answers": {"cancer": True}, "occupation_class": "6"},
            ["too_old", "health_answer", "occupation_excluded"],
        ),
    ],
)
def test_reasons(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(**changes) == expected


def test_regions() -> None:
    limited = terms(joining={"regions": ("11", "31")})
    assert codes(limited) == ["region_excluded"]
    assert codes(limited, region="") == ["region_missing"]
    assert codes(limited, region="31") == []


def test_no_criterion_that_the_terms_do_not_have() -> None:
    open_to_all = terms(joining={"occupation_classes": (), "score_min": None})
    assert codes(open_to_all, occupation_class="", score=None) == []


def test_a_score_alone_asks_for_a_human_and_refuses_nobody() -> None:
    by_score = reasons_against_joining(replace(ANA, score=1), TERMS, ON)
    assert needs_human(by_score)
    assert not is_refused(by_score)
    with_age = reasons_against_joining(replace(ANA, score=1, born=date(1950, 1, 1)), TERMS, ON)
    assert is_refused(with_age)
    assert not needs_human(with_age)
    assert not needs_human(())


def test_a_reason_names_the_rule_and_its_value_in_both_languages() -> None:
    (reason,) = reasons_against_joining(replace(ANA, born=date(1959, 6, 1)), TERMS, ON)
    assert (reason.rule, reason.value) == ("joining.age_max_years", "59")
    assert reason.text.en == "One may join up to the age of 59; it is 60 now."
    assert reason.text.zh == "加入时不得超过 59 周岁；现在是 60 周岁。"
