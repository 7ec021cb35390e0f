"""Who receives the aid: sealed under the claim's key, and verified by the identity gateway.

Whoever of the family was verified already is known by name. Anybody else is named with a document,
and the gateway is asked about it by a job; until it has answered no aid is decided.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sameboat.claims.models import Claim, NamesPayee
from sameboat.claims.stated import SHORT_MAX, SaidPayee, text
from sameboat.identity.models import Person
from sameboat.identity.outcomes import TOLD, Outcome
from sameboat.identity.personal import normal_phone, open_text, phone_digest, seal_text
from sameboat.identity.persons import ADULT_YEARS, HOME_TIMEZONE, find_person
from sameboat.identity.queries import check_number, name_of, relatives
from sameboat.members.models import Membership
from sameboat.rules.calendar import age_on, day_of
from sameboat.rules.claim import State
from sameboat.rules.documents import DocumentKind
from sameboat.rules.terms import Text
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.sealing import blind_index

PAYEE_PLACE = "claims_claim.sealed_payee"
BEFORE_THE_DECISION = (
    State.DRAFT,
    State.COLLECTING,
    State.SEALED,
    State.INVESTIGATION,
    State.REPORTED,
)
AFTER_THE_DECISION = (State.PROPOSED, State.PUBLISHED, State.ACCEPTED, State.SETTLED)
"""When another payee needs a second factor, a wait and a supervisor."""
BEFORE = "before"
"""The outcome of claims that were decided before payees were verified."""
_MINOR = Text(
    zh="收款人未满 18 周岁，不能收款。请填写其父母或监护人。",
    en="The payee is under 18. Name a parent or guardian instead.",
)


class PayeeDocumentMissing(Refusal):
    """A payee who is not one of the verified family was named without a document."""

    code = "payee_document_missing"
    en = "Nobody verified of your family has that name; give the payee's document and its number."
    zh = "您已实名的家人中没有此人，请填写收款人的证件类型和号码。"


class PayeeRefused(Refusal):
    """The payee cannot receive the aid; somebody else, or the right number, is named."""

    code = "payee_refused"
    en = "The payee was not confirmed. {told_en}"
    zh = "收款人未通过核验。{told_zh}"


class PayeeNotVerified(Refusal):
    """The identity gateway has not confirmed the payee, so no aid is decided."""

    code = "payee_not_verified"
    en = "The payee is not verified yet; no aid can be decided before that."
    zh = "收款人尚未通过实名核验，核验前不能作出互助决定。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Who is to receive the aid."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    """E.164."""
    document_kind: str = ""
    document_number: str = field(default="", repr=False)
    """In the one form; both empty for one of the verified family."""


def read_payee(said: SaidPayee) -> Payee:
    """The payee as the claimant wrote it; refuses what is no name, phone or document number."""
    kind, number = said.get("payee_document_kind"), said.get("payee_document_number", "").strip()
    return Payee(
        name=text(said["payee_name"], field="payee_name", longest=SHORT_MAX),
        phone=normal_phone(said["payee_phone"]),
        document_kind=kind.value if kind and number else "",
        document_number=check_number(kind, number).text if kind and number else "",
    )


def named(
    ref: str, payee: Payee, *, login_id: int, ill: Membership, now: datetime
) -> dict[str, object]:
    """The columns of a claim whose payee is `payee`: verified already, or to be asked about.

    Each payee has a reference of their own, so that a late answer about the one before is nobody's.
    """
    person = (
        find_person(check_number(DocumentKind(payee.document_kind), payee.document_number))
        if payee.document_number
        else _known(payee, login_id=login_id, ill=ill, now=now)
    )
    outcome = "" if payee.document_number else Outcome.MATCH.value
    return {
        "sealed_payee": seal_payee(ref, payee),
        "payee_index": payee_index(payee),
        "payee_person": person,
        "phone_index": phone_digest(payee.phone),
        "payee_ref": reference(),
        "payee_outcome": outcome,
        "payee_answered_at": now if outcome else None,
        "payee_attempts": 0,
    }


def family(login_id: int, ill: Membership) -> list[Person]:
    """Who may be named as payee without a document: the ill person, the payer, and whom the login
    acts for. Each was verified here."""
    people = [ill.person, ill.household.payer, *(person for _, person in relatives(login_id))]
    return list({person.id: person for person in people if person.sealed_name}.values())


def seal_payee(ref: str, payee: Payee) -> bytes:
    """Seal the payee under the claim's key."""
    return seal_text("claim", ref, PAYEE_PLACE, json.dumps(asdict(payee), ensure_ascii=False))


def payee_of(claim: Claim) -> Payee:
    """Who is to receive the aid; refuses after erasure."""
    return opened_payee(claim.ref, claim)


def opened_payee(claim_ref: str, names: NamesPayee) -> Payee:
    """The payee whom a claim, or a change of its payee, names; refuses after erasure."""
    assert names.sealed_payee is not None
    return Payee(**json.loads(open_text("claim", claim_ref, PAYEE_PLACE, names.sealed_payee)))


def payee_index(payee: Payee) -> bytes:
    """Equal for payees of one name, however it is spaced."""
    key = keystore().get_or_create("index", "blind")
    return blind_index(key, "payee", _folded(payee.name))


def outcome_of(names: NamesPayee) -> str:
    """What is known of the payee: what the gateway said, or that they died since."""
    if names.payee_person is not None and names.payee_person.deceased_on is not None:
        return Outcome.DECEASED.value
    return names.payee_outcome


def told_of(outcome: str) -> Text | None:
    """What a payee's outcome means to the claimant; None while it is good or not known."""
    if outcome in ("", Outcome.MATCH, BEFORE):
        return None
    return _MINOR if outcome == Outcome.MINOR else TOLD[Outcome(outcome)]


def refuse_bad_payee(claim: Claim) -> None:
    """Refuse with `PayeeRefused` where the gateway said no; while it is silent nothing is refused:
    the ill hand in what they have."""
    told = told_of(outcome_of(claim))
    if told is not None:
        raise PayeeRefused(told_en=told.en, told_zh=told.zh)


def refuse_unverified_payee(claim: Claim) -> None:
    """Refuse with `PayeeNotVerified` unless the gateway has confirmed the payee, who lives."""
    refuse_unverified(Claim.objects.select_related("payee_person").get(id=claim.id))


def refuse_unverified(names: NamesPayee) -> None:
    """The same for whatever names a payee."""
    outcome = outcome_of(names)
    if outcome == Outcome.DECEASED:
        told = TOLD[Outcome.DECEASED]
        raise PayeeRefused(told_en=told.en, told_zh=told.zh)
    if outcome not in (Outcome.MATCH, BEFORE):
        raise PayeeNotVerified()


def _known(payee: Payee, *, login_id: int, ill: Membership, now: datetime) -> Person:
    """Who of the verified family is meant; refuses a name that is nobody's there."""
    named_so = [one for one in family(login_id, ill) if _is_called(one, payee.name)]
    if not named_so:
        raise PayeeDocumentMissing()
    able = [one for one in named_so if _is_adult(one, now) and one.deceased_on is None]
    if not able:
        told = _MINOR if named_so[0].deceased_on is None else TOLD[Outcome.DECEASED]
        raise PayeeRefused(told_en=told.en, told_zh=told.zh)
    return able[0]


def _is_called(person: Person, name: str) -> bool:
    return _folded(name_of(person)) == _folded(name)


def _is_adult(person: Person, now: datetime) -> bool:
    return age_on(person.born_on, day_of(now, HOME_TIMEZONE)) >= ADULT_YEARS


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
