"""What every identity provider must do, and the sandbox's table of last digits."""

from __future__ import annotations

from datetime import date
from typing import cast

import pytest
from stdnum.cn import ric

from sameboat import gateways
from sameboat.gateways.identity_check import IdentityProvider, Outcome, sandbox
from sameboat.rules.documents import DocumentKind, Sex, read_number

_: IdentityProvider = sandbox


@pytest.fixture(params=gateways.providers("identity_check"))
def provider(request: pytest.FixtureRequest) -> IdentityProvider:
    return cast(IdentityProvider, gateways.load("identity_check", request.param))


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_can_come(provider: IdentityProvider, outcome: Outcome) -> None:
    kind, number, name = provider.example(outcome)
    answer = provider.check(document_kind=kind, document_number=number, name=name)
    assert answer.outcome is outcome


def test_a_match_tells_birth_and_sex_of_a_citizen(provider: IdentityProvider) -> None:
    kind, number, name = provider.example(Outcome.MATCH)
    answer = provider.check(document_kind=kind, document_number=number, name=name)
    assert answer.born_on is not None
    assert answer.sex in ("f", "m")


@pytest.mark.parametrize("outcome", [Outcome.MISMATCH, Outcome.UNKNOWN, Outcome.TIMEOUT])
def test_without_a_match_nothing_is_told(provider: IdentityProvider, outcome: Outcome) -> None:
    kind, number, name = provider.example(outcome)
    answer = provider.check(document_kind=kind, document_number=number, name=name)
    assert answer.born_on is None
    assert answer.sex is None


def test_a_number_of_the_wrong_form_is_no_match(provider: IdentityProvider) -> None:
    answer = provider.check(
        document_kind=DocumentKind.RESIDENT_ID, document_number="12", name="Ana"
    )
    assert answer.outcome is Outcome.UNKNOWN


def test_the_answer_shows_no_birth_date_in_repr(provider: IdentityProvider) -> None:
    kind, number, name = provider.example(Outcome.MATCH)
    answer = provider.check(document_kind=kind, document_number=number, name=name)
    assert "date" not in repr(answer)


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        ("0", Outcome.MATCH),
        ("1", Outcome.MATCH),
        ("2", Outcome.MATCH),
        ("3", Outcome.MINOR),
        ("4", Outcome.DECEASED),
        ("5", Outcome.MISMATCH),
        ("6", Outcome.UNKNOWN),
        ("7", Outcome.TIMEOUT),
        ("8", Outcome.MATCH),
        ("9", Outcome.MATCH),
    ],
)
def test_the_last_digit_decides_in_the_sandbox(last: str, outcome: Outcome) -> None:
    answer = sandbox.check(
        document_kind=DocumentKind.PASSPORT, document_number=f"e1234567{last}", name="Bo"
    )
    assert answer.outcome is outcome
    assert answer.born_on is None


def test_the_last_letter_x_is_a_match_in_the_sandbox() -> None:
    answer = sandbox.check(
        document_kind=DocumentKind.RESIDENT_ID, document_number="11010519491231002x", name="Bo"
    )
    assert answer.outcome is Outcome.MATCH
    assert answer.born_on == date(1949, 12, 31)
    assert answer.sex == "f"


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("sex", ["f", "m"])
def test_numbers_can_be_made_for_every_outcome(outcome: Outcome, sex: Sex) -> None:
    made = [
        sandbox.number_for(outcome, born_on=date(2000, 2, 29), sex=sex, serial=serial)
        for serial in range(30)
    ]
    assert len(set(made)) == 30
    for number in made:
        assert ric.is_valid(number)
        answer = sandbox.check(
            document_kind=DocumentKind.RESIDENT_ID, document_number=number, name="Cai"
        )
        assert answer.outcome is outcome
        read = read_number(DocumentKind.RESIDENT_ID, number)
        assert (getattr(read, "born_on", None), getattr(read, "sex", None)) == (
            date(2000, 2, 29),
            sex,
        )


def test_when_the_numbers_of_a_day_are_used_up_it_says_so() -> None:
    with pytest.raises(ValueError, match="another birth date"):
        sandbox.number_for(Outcome.MINOR, born_on=date(2015, 1, 1), sex="m", serial=60)
