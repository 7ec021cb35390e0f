"""What people state about a claim, always sealed: the illness, reasons, reports."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import NotRequired, TypedDict, get_args

from sameboat.claims.models import Claim
from sameboat.claims.reasons import Acting
from sameboat.identity.personal import open_text, seal_text
from sameboat.rules.documents import DocumentKind
from sameboat.rules.money import Fen
from sameboat.rules.terms import Severity
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.sealing import blind_index

STATED_PLACE = "claims_claim.sealed_facts"
REASON_PLACE = "claims_decision.sealed_reason"
REPORT_PLACE = "claims_investigation.sealed_report"
OBJECTION_PLACE = "claims_objection.sealed_text"
HOLD_PLACE = "claims_hold.sealed_reason"
APPEAL_PLACE = "claims_appeal.sealed_text"
SHORT_MAX = 100
LONG_MAX = 4_000
NO_BILLS = Fen(0)
BILLS_MAX = 10_000_000_000
"""A hundred million yuan."""


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


class DiagnosedLater(Refusal):
    """The day of first diagnosis has not come yet."""

    code = "diagnosed_later"
    en = "The day of first diagnosis, {diagnosed_on}, is in the future."
    zh = "初次确诊日 {diagnosed_on} 还没有到。"


class HoursWrong(Refusal):
    """The stated hours of an accident and a death cannot be right."""

    code = "hours_wrong"
    en = (
        "Give the hour of the accident, and after it the hour of death if the person died of it;"
        " both in the past."
    )
    zh = "请填写意外发生的时间；如因此身故，再填写身故时间，且不早于意外，均不能晚于现在。"


class BillsWrong(Refusal):
    """The sum of the bills is negative or beyond all measure."""

    code = "bills_wrong"
    en = "The sum of the bills cannot be right."
    zh = "账单总额有误。"


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
    accident_at: datetime | None = None
    """The hour of the accident, where one caused it."""
    died_at: datetime | None = None
    """The hour of death, where the member died of that accident."""
    bills: Fen = NO_BILLS
    """All bills of the illness so far, those of earlier instalments included."""
    acting: str = ""
    """Why a representative files for the member (`reasons.Acting`); empty where none does."""


class SaidPayee(TypedDict):
    """Who is to receive the aid, as the claimant says it; `payees.read_payee` judges it."""

    payee_name: str
    payee_phone: str
    payee_document_kind: NotRequired[DocumentKind | None]
    payee_document_number: NotRequired[str]
    """Of a payee who is not one of the verified family."""


class Said(SaidPayee):
    """What a claimant says, as it comes from a page or a program; `read_stated` judges it."""

    illness: str
    """The row's number in the plan's list (`rules.illness.find_illness` finds it)."""
    severity: str
    accident: bool
    diagnosed_on: date
    hospital: str
    statement: str
    accident_at: NotRequired[datetime | None]
    died_at: NotRequired[datetime | None]
    acting: NotRequired[str]
    bills_fen: NotRequired[int]
    follows: NotRequired[str]
    """Of a further instalment: the reference of the first claim of the illness."""


def read_stated(said: Said, *, today: date, now: datetime) -> Stated:
    """The illness as stated, or a refusal; `today` is the civil day of `now` in the plan's zone."""
    if said["diagnosed_on"] > today:
        raise DiagnosedLater(diagnosed_on=said["diagnosed_on"])
    accident_at, died_at = said.get("accident_at"), said.get("died_at")
    acting = said.get("acting", "")
    choice(acting, ("", *Acting), field="acting")
    _check_hours(accident_at, died_at, accident=said["accident"], now=now)
    return Stated(
        illness=text(said["illness"], field="illness", longest=SHORT_MAX),
        severity=severity_of(said["severity"]),
        accident=said["accident"],
        diagnosed_on=said["diagnosed_on"],
        hospital=text(said["hospital"], field="hospital", longest=SHORT_MAX),
        statement=text(said["statement"], field="statement", longest=LONG_MAX),
        accident_at=accident_at,
        died_at=died_at,
        acting=acting,
        bills=bills_of(said.get("bills_fen", 0)),
    )


def bills_of(fen: int) -> Fen:
    """The bills as stated; refuses what no hospital can have charged."""
    if not 0 <= fen <= BILLS_MAX:
        raise BillsWrong()
    return Fen(fen)


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
    fields = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(stated).items()
    }
    return seal_text("claim", ref, STATED_PLACE, json.dumps(fields, ensure_ascii=False))


def stated_of(claim: Claim) -> Stated:
    """What the claimant stated; refuses after erasure."""
    fields = json.loads(open_text("claim", claim.ref, STATED_PLACE, claim.sealed_facts))
    fields["diagnosed_on"] = date.fromisoformat(fields["diagnosed_on"])
    for name in ("accident_at", "died_at"):
        hour = fields.get(name)
        fields[name] = datetime.fromisoformat(hour) if hour else None
    return Stated(**fields)


def _check_hours(
    accident_at: datetime | None, died_at: datetime | None, *, accident: bool, now: datetime
) -> None:
    """First the accident, then the death, then now; a death is asked for after an accident only."""
    stated = [hour for hour in (accident_at, died_at) if hour is not None]
    if not stated:
        return
    if not accident or accident_at is None or sorted(stated) != stated or stated[-1] > now:
        raise HoursWrong()


def content_index(file_hash: bytes) -> bytes:
    """Equal for documents with the same bytes, in whatever claim."""
    return blind_index(_index_key(), "evidence", file_hash.hex())


def _index_key() -> bytes:
    return keystore().get_or_create("index", "blind")
