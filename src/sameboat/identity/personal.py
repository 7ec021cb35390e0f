"""Personal data at rest: sealed under the key of whom it is about, found by a blind index.

A sealed value is bound to its place and its owner, so it does not open anywhere else. Destroying
the owner's key erases all of it, also in backups of the database.
"""

from __future__ import annotations

import phonenumbers

from sameboat.rules.documents import DocumentNumber, person_key
from sameboat.runtime.keys import Kind, keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.sealing import blind_index, open_sealed, seal

HOME_REGION = "CN"
"""A phone number without a country code is one of here."""


class BadPhone(Refusal):
    """The text is no phone number that can exist."""

    code = "bad_phone"
    en = "This is not a phone number. Give a mobile number, abroad with its country code (+852 …)."
    zh = "这不是有效的手机号。请填写手机号码，境外号码请加国家或地区代码（如 +852）。"


def seal_text(kind: Kind, owner: str, place: str, text: str) -> bytes:
    """Seal `text` for `place` (table and column) of `owner`, whose key must exist."""
    key = keystore().get(kind, owner)
    return seal(key, text.encode(), associated=_associated(place, owner))


def open_text(kind: Kind, owner: str, place: str, sealed: bytes | memoryview) -> str:
    """Open what `seal_text` sealed; refuses after the key was destroyed."""
    key = keystore().get(kind, owner)
    return open_sealed(key, bytes(sealed), associated=_associated(place, owner)).decode()


def document_digest(number: DocumentNumber) -> bytes:
    """The blind index of a person's document: equal for all documents with the same number."""
    return blind_index(_index_key(), "document", *person_key(number))


def phone_digest(phone: str) -> bytes:
    """The blind index of a phone number in E.164."""
    assert phone.startswith("+")
    return blind_index(_index_key(), "phone", phone)


def normal_phone(text: str) -> str:
    """The one form of a mobile number, E.164 (`+8613800138000`); refuses what is none.

    A digit too few is refused, and a landline, which receives no code.
    """
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        raise BadPhone() from None
    mobile = phonenumbers.PhoneNumberType.MOBILE
    if not phonenumbers.is_possible_number_for_type(number, mobile):
        raise BadPhone()
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written


def _index_key() -> bytes:
    return keystore().get_or_create("index", "blind")


def _associated(place: str, owner: str) -> bytes:
    return f"{place}\0{owner}".encode()
