"""An identity provider of its own: the last character of the number decides.

    3  minor        4  deceased      5  mismatch     6  unknown      7  timeout
    0, 1, 2, 8, 9, X and any other letter: match

The name does not matter. A number that cannot be one of its kind is unknown. Birth and sex are
read from the number where it tells them (resident ID, household register).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice

from sameboat.gateways.identity_check import IdentityAnswer, Outcome
from sameboat.rules.documents import DocumentKind, Flaw, Sex, check_digit, read_number

OUTCOMES = {
    "3": Outcome.MINOR,
    "4": Outcome.DECEASED,
    "5": Outcome.MISMATCH,
    "6": Outcome.UNKNOWN,
    "7": Outcome.TIMEOUT,
}
# "Districts of Beijing": a heading of GB/T 2260 under which no ID was ever issued, so that no
# number made here is a living person's.
REGION = "110100"


def check(*, document_kind: DocumentKind, document_number: str, name: str) -> IdentityAnswer:
    """Answer by the last character of the number."""
    assert name.strip()
    number = read_number(document_kind, document_number)
    if isinstance(number, Flaw):
        return IdentityAnswer(Outcome.UNKNOWN)
    outcome = OUTCOMES.get(number.text[-1], Outcome.MATCH)
    if outcome in (Outcome.MATCH, Outcome.MINOR, Outcome.DECEASED):
        return IdentityAnswer(outcome, born_on=number.born_on, sex=number.sex)
    return IdentityAnswer(outcome)


def example(outcome: Outcome) -> tuple[DocumentKind, str, str]:
    """A resident ID that gives the outcome: of a child for MINOR, else of an adult."""
    born_on = date(2018, 5, 4) if outcome is Outcome.MINOR else date(1988, 5, 4)
    return DocumentKind.RESIDENT_ID, number_for(outcome, born_on=born_on, sex="f"), "安娜"


def number_for(
    outcome: Outcome, *, born_on: date, sex: Sex, region: str = REGION, serial: int = 0
) -> str:
    """The `serial`-th valid citizen number of that birth and sex that gives the outcome.

    There are about 270 a day, sex and region for MATCH and 45 for each other outcome; ValueError
    beyond the last.
    """
    assert serial >= 0
    found = next(islice(_numbers(outcome, born_on, sex, region), serial, None), None)
    if found is None:
        raise ValueError(f"no number {serial} for {outcome}: choose another birth date or region")
    return found


def _numbers(outcome: Outcome, born_on: date, sex: Sex, region: str) -> Iterator[str]:
    for sequence in range(1 if sex == "m" else 2, 1000, 2):
        first = f"{region}{born_on:%Y%m%d}{sequence:03d}"
        last = check_digit(first)
        if OUTCOMES.get(last, Outcome.MATCH) is outcome:
            yield first + last
