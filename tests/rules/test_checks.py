"""The automatic checks of a sealed claim, at their boundaries."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rules.terms_factory import INFARCTION, SEVERE_CHILD, TERMS, terms
from sameboat.rules.checks import Check, ClaimFacts, check_claim
from sameboat.rules.money import Fen
from sameboat.rules.terms import PlanTerms

GOOD = ClaimFacts(
    born=date(1988, 3, 4),
    joined_on=date(2019, 1, 1),
    cover_ends_on=None,
    diagnosed_on=date(2019, 6, 1),
    reported_on=date(2019, 6, 10),
    accident=False,
    death_hours_after_accident=None,
    death_hours_missing=False,
    illness=INFARCTION,
    severity="severe",
    tier="",
    arrears=Fen(0),
    same_file_in=(),
    same_payee_in=(),
    same_phone_in=(),
    represented=False,
)
CODES = [
    "covered",
    "waiting",
    "listed",
    "benefit",
    "payments",
    "report_deadline",
    "accident_death",
    "arrears",
    "same_file",
    "same_payee",
    "same_phone",
    "soon_after_waiting",
    "authority",
]


def checked(plan_terms: PlanTerms = TERMS, **changes: Any) -> dict[str, Check]:
    return {check.code: check for check in check_claim(replace(GOOD, **changes), plan_terms)}


def diagnosed(on: date, **changes: Any) -> dict[str, Check]:
    return checked(diagnosed_on=on, reported_on=max(on, GOOD.reported_on), **changes)


def bad(checks: dict[str, Check]) -> dict[str, str]:
    return {code: check.outcome for code, check in checks.items() if check.outcome != "pass"}


def test_a_good_claim_passes_every_check() -> None:
    checks = checked()
    assert list(checks) == CODES
    assert bad(checks) == {}
    assert checks["benefit"].facts == {"row": "young", "age": 31, "aid": "300000.00"}


@pytest.mark.parametrize(
    ("on", "accident", "expected"),
    [
        (date(2018, 12, 31), False, {"covered": "fail"}),
        (date(2019, 1, 1), False, {"waiting": "fail"}),
        (date(2019, 4, 1), False, {"waiting": "fail"}),  # Day 90.
        (date(2019, 4, 2), False, {"soon_after_waiting": "attention"}),  # Day 91.
        (date(2019, 5, 1), False, {"soon_after_waiting": "attention"}),
        (date(2019, 5, 2), False, {}),
        (date(2019, 1, 1), True, {}),
        (date(2019, 4, 1), True, {}),
        (date(2019, 4, 2), True, {}),
        (date(2018, 12, 31), True, {"covered": "fail"}),
    ],
)
def test_waiting_by_day(on: date, accident: bool, expected: dict[str, str]) -> None:
    assert bad(diagnosed(on, accident=accident)) == expected


def test_an_accident_waits_where_the_terms_say_so() -> None:
    strict = terms(waiting={"accident_covered": False})
    found = checked(strict, diagnosed_on=date(2019, 2, 1), accident=True)
    assert bad(found) == {"waiting": "fail"}
    assert found["waiting"].rule == "waiting.days"


@pytest.mark.parametrize(("days_before_end", "outcome"), [(1, "pass"), (0, "fail")])
def test_cover_has_ended(days_before_end: int, outcome: str) -> None:
    end = GOOD.diagnosed_on + timedelta(days=days_before_end)
    assert checked(cover_ends_on=end)["covered"].outcome == outcome


@pytest.mark.parametrize(("days", "outcome"), [(0, "pass"), (180, "pass"), (181, "fail")])
def test_the_report_deadline_includes_its_last_day(days: int, outcome: str) -> None:
    reported_on = GOOD.diagnosed_on + timedelta(days=days)
    found = checked(reported_on=reported_on)["report_deadline"]
    assert found.outcome == outcome
    assert found.facts["last_day"] == "2019-11-28"


def test_an_illness_that_is_not_listed() -> None:
    assert bad(checked(illness=None)) == {"listed": "fail"}


@pytest.mark.parametrize(
    ("born", "outcome"), [(date(2001, 6, 2), "pass"), (date(2001, 6, 1), "fail")]
)
def test_a_childrens_illness(born: date, outcome: str) -> None:
    assert checked(born=born, illness=SEVERE_CHILD)["listed"].outcome == outcome


@pytest.mark.parametrize(
    ("born", "aid"), [(date(1979, 6, 2), "300000.00"), (date(1979, 6, 1), "100000.00")]
)
def test_the_age_band_gives_the_amount(born: date, aid: str) -> None:
    assert checked(born=born)["benefit"].facts["aid"] == aid


def test_no_row_of_the_table() -> None:
    assert bad(checked(severity="mild")) == {"benefit": "fail"}


@pytest.mark.parametrize(("hours", "outcome"), [(0, "fail"), (95, "fail"), (96, "pass")])
def test_death_soon_after_an_accident(hours: int, outcome: str) -> None:
    found = checked(accident=True, death_hours_after_accident=hours)
    assert found["accident_death"].outcome == outcome
    no_exclusion = terms(claims={"accident_death_excluded_hours": None})
    found = checked(no_exclusion, accident=True, death_hours_after_accident=hours)
    assert found["accident_death"].outcome == "pass"


def test_a_representative_asks_for_a_look_at_the_authority() -> None:
    assert bad(checked(represented=True)) == {"authority": "attention"}


def test_a_death_of_which_nobody_stated_the_hours_asks_for_a_look() -> None:
    assert bad(checked(accident=True, death_hours_missing=True)) == {"accident_death": "attention"}
    no_exclusion = terms(claims={"accident_death_excluded_hours": None})
    assert bad(checked(no_exclusion, accident=True, death_hours_missing=True)) == {}


@pytest.mark.parametrize("code", ["same_file", "same_payee", "same_phone"])
def test_what_is_seen_in_other_claims_asks_for_a_look(code: str) -> None:
    found = checked(TERMS, **{f"{code}_in": ("c1", "c2")})
    assert bad(found) == {code: "attention"}
    assert found[code].facts == {"claims": "c1, c2", "count": 2}


def test_arrears_are_told_with_their_amount() -> None:
    found = checked(arrears=Fen(123))
    assert bad(found) == {"arrears": "attention"}
    assert "1.23" in found["arrears"].text.zh
    assert "1.23" in found["arrears"].text.en


def test_every_failure_names_its_clause() -> None:
    failing = [
        diagnosed(date(2018, 2, 1))["covered"],
        diagnosed(date(2019, 2, 1))["waiting"],
        checked(illness=None)["listed"],
        checked(severity="mild")["benefit"],
        checked(reported_on=date(2020, 6, 1))["report_deadline"],
        checked(death_hours_after_accident=1)["accident_death"],
    ]
    assert all(check.outcome == "fail" and check.rule for check in failing)
