"""What people state about a claim, always sealed: illness, payee, reasons, reports."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import get_args

from sameboat.claims.models import Claim
from sameboat.identity.personal import normal_phone, open_text, phone_digest, seal_text
from sameboat.rules.terms import Severity
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.sealing import blind_index

STATED_PLACE = "claims_claim.sealed_facts"
PAYEE_PLACE = "claims_claim.sealed_payee"
REASON_PLACE = "claims_decision.sealed_reason"
REPORT_PLACE = "claims_investigation.sealed_report"
OBJECTION_PLACE = "claims_objection.sealed_text"
APPEAL_PLACE = "claims_appeal.sealed_text"
SHORT_MAX = 100
LONG_MAX = 4_000


class TextMissing(Refusal):
    """A text that is needed was left empty."""

    code = "text_missing"
    en = "Fill in {field}."
    zh = "请填写：{field}。"


class TextTooLong(Refusal):
    """A text is longer than the limit."""

    code = "text_too_long"
    en = "{field} may have {longest} characters at most."
    zh = "{field} 最多 {longest} 个字符。"


class NoSuchChoice(Refusal):
    """A value that is not on the closed list it must come from."""

    code = "no_such_choice"
    en = "{field} must be one of: {choices}."
    zh = "{field} 必须是其中之一：{choices}。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """The illness as the claimant states it."""

    illness: str
    """The row's number in the plan's list."""
    severity: Severity
    accident: bool
    diagnosed_on: date
    hospital: str = field(repr=False)
    statement: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Who is to receive the aid."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    """E.164."""


def text(value: str, *, field: str, longest: int) -> str:
    """The one form of a text that somebody wrote; refuses an empty or endless one."""
    clean = unicodedata.normalize("NFC", value).strip()
    if not clean:
        raise TextMissing(field=field)
    if len(clean) > longest:
        raise TextTooLong(field=field, longest=longest)
    return clean


def choice(value: str, choices: tuple[str, ...], *, field: str) -> str:
    """`value` itself, if it is one of `choices`."""
    if value not in choices:
        raise NoSuchChoice(field=field, choices=", ".join(choices))
    return value


def severity_of(value: str) -> Severity:
    """The severity of that name."""
    found: Severity = "severe" if value == "severe" else "mild"
    choice(value, get_args(Severity), field="severity")
    return found


def seal_stated(ref: str, stated: Stated) -> bytes:
    """Seal what is stated under the claim's key."""
    fields = asdict(stated) | {"diagnosed_on": stated.diagnosed_on.isoformat()}
    return seal_text("claim", ref, STATED_PLACE, json.dumps(fields, ensure_ascii=False))


def stated_of(claim: Claim) -> Stated:
    """What the claimant stated; refuses after erasure."""
    fields = json.loads(open_text("claim", claim.ref, STATED_PLACE, claim.sealed_facts))
    day = date.fromisoformat(fields.pop("diagnosed_on"))
    return Stated(diagnosed_on=day, **fields)


def payee(name: str, phone: str) -> Payee:
    """The payee as written by the claimant; refuses what is no name or phone."""
    return Payee(name=text(name, field="payee_name", longest=SHORT_MAX), phone=normal_phone(phone))


def seal_payee(ref: str, payee: Payee) -> bytes:
    """Seal the payee under the claim's key."""
    return seal_text("claim", ref, PAYEE_PLACE, json.dumps(asdict(payee), ensure_ascii=False))


def payee_of(claim: Claim) -> Payee:
    """Who is to receive the aid; refuses after erasure."""
    assert claim.sealed_payee is not None
    return Payee(**json.loads(open_text("claim", claim.ref, PAYEE_PLACE, claim.sealed_payee)))


def payee_index(payee: Payee) -> bytes:
    """Equal for payees of one name, however it is spaced."""
    name = "".join(unicodedata.normalize("NFKC", payee.name).casefold().split())
    return blind_index(_index_key(), "payee", name)


def phone_index(payee: Payee) -> bytes:
    """Equal to the index of a login with the same phone."""
    return phone_digest(payee.phone)


def content_index(file_hash: bytes) -> bytes:
    """Equal for documents with the same bytes, in whatever claim."""
    return blind_index(_index_key(), "evidence", file_hash.hex())


def _index_key() -> bytes:
    return keystore().get_or_create("index", "blind")
