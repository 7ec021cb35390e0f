"""Numbers of documents: the form of each kind, and what a citizen number tells."""

from __future__ import annotations

from datetime import date

import pytest
from stdnum.cn import ric

from sameboat.rules.documents import (
    KINDS,
    DocumentKind,
    DocumentNumber,
    Flaw,
    check_digit,
    normalise,
    person_key,
    read_number,
)

# The example of GB 11643, which everybody prints.
PRINTED_EXAMPLE = "11010519491231002X"


def read(kind: DocumentKind, number: str) -> DocumentNumber:
    found = read_number(kind, number)
    assert isinstance(found, DocumentNumber), found
    return found


def test_a_resident_id_tells_birth_sex_and_province() -> None:
    found = read(DocumentKind.RESIDENT_ID, " 110105 19491231 002x ")
    assert found.text == PRINTED_EXAMPLE
    assert found.born_on == date(1949, 12, 31)
    assert found.sex == "f"
    assert found.province == "11"


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (DocumentKind.HOUSEHOLD_REGISTER, PRINTED_EXAMPLE),
        (DocumentKind.BIRTH_CERTIFICATE, "r440123456"),
        (DocumentKind.HK_MACAO_PERMIT, "H12345678"),
        (DocumentKind.HK_MACAO_PERMIT, "m 1234 5678"),
        (DocumentKind.TAIWAN_PERMIT, "01234567"),
        (DocumentKind.FOREIGN_PERMIT, "911124198108030024"),
        (DocumentKind.FOREIGN_PERMIT, "USA110078010101"),
        (DocumentKind.PASSPORT, "e12345678"),
    ],
)
def test_a_number_of_its_kind_is_read(kind: DocumentKind, number: str) -> None:
    assert read(kind, number).text == normalise(number)


@pytest.mark.parametrize(
    ("kind", "number", "flaw"),
    [
        (DocumentKind.RESIDENT_ID, "", Flaw.WRONG_FORM),
        (DocumentKind.RESIDENT_ID, "11010519491231002", Flaw.WRONG_FORM),
        (DocumentKind.RESIDENT_ID, PRINTED_EXAMPLE + "\n1", Flaw.WRONG_FORM),
        (DocumentKind.RESIDENT_ID, "١١010519491231002X", Flaw.WRONG_FORM),
        (DocumentKind.RESIDENT_ID, "110105194912310021", Flaw.WRONG_CHECK_DIGIT),
        (DocumentKind.RESIDENT_ID, "99" + PRINTED_EXAMPLE[2:], Flaw.NO_SUCH_PROVINCE),
        (
            DocumentKind.RESIDENT_ID,
            "11010519490229002" + check_digit("11010519490229002"),
            Flaw.NO_SUCH_DAY,
        ),
        (DocumentKind.BIRTH_CERTIFICATE, "4401234567", Flaw.WRONG_FORM),
        (DocumentKind.HK_MACAO_PERMIT, "H1234567801", Flaw.WRONG_FORM),
        (DocumentKind.TAIWAN_PERMIT, "1234567", Flaw.WRONG_FORM),
        (DocumentKind.FOREIGN_PERMIT, "811124198108030024", Flaw.WRONG_FORM),
        (DocumentKind.PASSPORT, "ABCDEFGH", Flaw.WRONG_FORM),
    ],
)
def test_a_flaw_is_named(kind: DocumentKind, number: str, flaw: Flaw) -> None:
    assert read_number(kind, number) is flaw


def test_every_kind_has_a_name_and_a_form_in_both_languages() -> None:
    assert list(KINDS) == list(DocumentKind)
    assert all(kind.zh and kind.en and kind.form_zh and kind.form_en for kind in KINDS.values())


def test_check_digits_agree_with_an_independent_library() -> None:
    for serial in range(0, 1000, 7):
        first = f"11010120000229{serial:03d}"
        assert ric.is_valid(first + check_digit(first))


def test_one_person_is_found_by_either_document_with_the_citizen_number() -> None:
    card = read(DocumentKind.RESIDENT_ID, PRINTED_EXAMPLE)
    register = read(DocumentKind.HOUSEHOLD_REGISTER, PRINTED_EXAMPLE)
    assert person_key(card) == person_key(register)
    assert person_key(read(DocumentKind.PASSPORT, "E12345678"))[0] == "passport"


def test_the_number_stays_out_of_repr() -> None:
    shown = repr(read(DocumentKind.RESIDENT_ID, PRINTED_EXAMPLE))
    assert "002X" not in shown
    assert "1949" not in shown
