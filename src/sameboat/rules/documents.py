"""Documents that name a person: the closed list of kinds, and what a number of each looks like.

A number is compared, hashed and sent on in one form only: Unicode NFC, upper case, no spaces.
Whether a person of that number exists is for the identity gateway to say; here stands what can be
seen from the number alone.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

Sex = Literal["f", "m"]


class DocumentKind(StrEnum):
    """The closed list; its values are hashed into join leaves and never change."""

    RESIDENT_ID = "resident_id"
    BIRTH_CERTIFICATE = "birth_certificate"
    HOUSEHOLD_REGISTER = "household_register"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_PERMIT = "foreign_permit"
    PASSPORT = "passport"


class Flaw(StrEnum):
    """Why a number cannot be one of its kind."""

    WRONG_FORM = "wrong_form"
    NO_SUCH_PROVINCE = "no_such_province"
    NO_SUCH_DAY = "no_such_day"
    WRONG_CHECK_DIGIT = "wrong_check_digit"


@dataclass(frozen=True, slots=True)
class KindOfDocument:
    """How people call a kind of document, and the form of its number in words."""

    zh: str
    en: str
    form_zh: str
    form_en: str


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A number that can be one of its kind; born, sex and province where the number tells them."""

    kind: DocumentKind
    text: str = field(repr=False)
    """In the one form; personal, so it never appears in `repr`."""
    born_on: date | None = field(default=None, repr=False)
    sex: Sex | None = None
    province: str | None = None
    """GB/T 2260 code of two digits."""


KINDS: dict[DocumentKind, KindOfDocument] = {
    DocumentKind.RESIDENT_ID: KindOfDocument(
        "居民身份证", "Resident ID card", "18 位，末位可为 X", "18 characters, the last may be X"
    ),
    DocumentKind.BIRTH_CERTIFICATE: KindOfDocument(
        "出生医学证明", "Birth certificate", "1 个字母加 9 位数字", "one letter and 9 digits"
    ),
    DocumentKind.HOUSEHOLD_REGISTER: KindOfDocument(
        "户口簿",
        "Household register",
        "户口簿本人页上的 18 位公民身份号码",
        "the 18-character citizen number on the person's own page",
    ),
    DocumentKind.HK_MACAO_PERMIT: KindOfDocument(
        "港澳居民来往内地通行证",
        "Mainland travel permit for Hong Kong and Macao residents",
        "H 或 M 加 8 位数字（不含换证次数）",
        "H or M and 8 digits, without the two digits that count renewals",
    ),
    DocumentKind.TAIWAN_PERMIT: KindOfDocument(
        "台湾居民来往大陆通行证",
        "Mainland travel permit for Taiwan residents",
        "8 位数字",
        "8 digits",
    ),
    DocumentKind.FOREIGN_PERMIT: KindOfDocument(
        "外国人永久居留身份证",
        "Foreign permanent resident ID card",
        "9 开头的 18 位号码，或旧证的 3 个字母加 12 位数字",
        "18 characters beginning with 9, or 3 letters and 12 digits on older cards",
    ),
    DocumentKind.PASSPORT: KindOfDocument(
        "护照", "Passport", "5 至 17 位字母或数字", "5 to 17 letters and digits"
    ),
}
# A household register shows the citizen number, which is the resident ID's number.
_CITIZEN = (DocumentKind.RESIDENT_ID, DocumentKind.HOUSEHOLD_REGISTER)
_CITIZEN_FORM = r"[1-9][0-9]{16}[0-9X]"
_FORMS = {
    DocumentKind.RESIDENT_ID: _CITIZEN_FORM,
    DocumentKind.BIRTH_CERTIFICATE: r"[A-Z][0-9]{9}",
    DocumentKind.HOUSEHOLD_REGISTER: _CITIZEN_FORM,
    DocumentKind.HK_MACAO_PERMIT: r"[HM][0-9]{8}",
    DocumentKind.TAIWAN_PERMIT: r"[0-9]{8}",
    DocumentKind.FOREIGN_PERMIT: r"9[0-9]{16}[0-9X]|[A-Z]{3}[0-9]{12}",
    DocumentKind.PASSPORT: r"(?=[A-Z]*[0-9])[A-Z0-9]{5,17}",
}
# GB/T 2260; 81 to 83 are the residence permits of Hong Kong, Macao and Taiwan residents.
PROVINCES = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 83),
    )
    for code in codes
)
# GB 11643, after ISO 7064 MOD 11-2.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


def normalise(number: str) -> str:
    """The one form of a number: Unicode NFC, upper case, no spaces."""
    return "".join(unicodedata.normalize("NFC", number).upper().split())


def read_number(kind: DocumentKind, number: str) -> DocumentNumber | Flaw:
    """Read a number as people write it, or say what is wrong with it."""
    text = normalise(number)
    if re.fullmatch(_FORMS[kind], text) is None:
        return Flaw.WRONG_FORM
    if kind not in _CITIZEN:
        return DocumentNumber(kind=kind, text=text)
    if text[:2] not in PROVINCES:
        return Flaw.NO_SUCH_PROVINCE
    if check_digit(text[:17]) != text[17]:
        return Flaw.WRONG_CHECK_DIGIT
    try:
        born_on = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return Flaw.NO_SUCH_DAY
    sex: Sex = "m" if int(text[16]) % 2 else "f"
    return DocumentNumber(kind=kind, text=text, born_on=born_on, sex=sex, province=text[:2])


def check_digit(first: str) -> str:
    """The last character of the citizen number that begins with these 17 digits."""
    assert len(first) == len(_WEIGHTS)
    total = sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True))
    return _CHECK_DIGITS[total % 11]


def person_key(number: DocumentNumber) -> tuple[str, str]:
    """What two documents of one person share: look-ups go by it.

    A resident ID and a household register carry the same citizen number, so a person who joins
    with the one is found by the other.
    """
    kind = DocumentKind.RESIDENT_ID if number.kind in _CITIZEN else number.kind
    return kind.value, number.text
