"""Everything that is kept of a person, read by the register: nothing in it can be left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db.models import Q

from sameboat.claims.checking import DETAIL_PLACE
from sameboat.claims.payees import PAYEE_PLACE
from sameboat.claims.stated import (
    APPEAL_PLACE,
    HOLD_PLACE,
    OBJECTION_PLACE,
    REASON_PLACE,
    REPORT_PLACE,
    STATED_PLACE,
)
from sameboat.identity.models import Person
from sameboat.identity.personal import open_text
from sameboat.identity.persons import NAME_PLACE, NUMBER_PLACE
from sameboat.identity.queries import PHONE_PLACE
from sameboat.members.actions.joining import ANSWERS_PLACE
from sameboat.rights.items import Form, Item, Table, form_of
from sameboat.rights.models import DataRequest
from sameboat.rights.register import REGISTER
from sameboat.settlement import queries as settlement

WORDS_PLACE = "rights_datarequest.sealed_words"
ANSWER_PLACE = "rights_datarequest.sealed_answer"

Opener = Callable[[Any, bytes], str]
Value = str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a membership was charged in one period; it stands in the period's file, not in a row."""

    plan: str
    publicity_on: date
    status: str
    amount: int
    """In fen."""


def _claims(place: str) -> Opener:
    """Of the claim to which the row belongs."""
    return lambda row, sealed: open_text("claim", row.claim.ref, place, sealed)


OPENERS: dict[str, Opener] = {
    "identity.Person.sealed_name": lambda row, sealed: open_text(
        "person", row.ref, NAME_PLACE, sealed
    ),
    "identity.Person.sealed_document_number": lambda row, sealed: open_text(
        "person", row.ref, NUMBER_PLACE, sealed
    ),
    "identity.Login.sealed_phone": lambda row, sealed: open_text(
        "login", row.name, PHONE_PLACE, sealed
    ),
    "members.HealthDeclaration.sealed_answers": lambda row, sealed: open_text(
        "person", row.membership.person.ref, ANSWERS_PLACE, sealed
    ),
    "claims.Claim.sealed_facts": lambda row, sealed: open_text(
        "claim", row.ref, STATED_PLACE, sealed
    ),
    "claims.Claim.sealed_payee": lambda row, sealed: open_text(
        "claim", row.ref, PAYEE_PLACE, sealed
    ),
    "claims.PayeeChange.sealed_payee": _claims(PAYEE_PLACE),
    "claims.CheckResult.sealed_detail": _claims(DETAIL_PLACE),
    "claims.Investigation.sealed_report": _claims(REPORT_PLACE),
    "claims.Decision.sealed_reason": _claims(REASON_PLACE),
    "claims.Objection.sealed_text": lambda row, sealed: open_text(
        "claim", row.claim.ref, f"{OBJECTION_PLACE}/{row.ref}", sealed
    ),
    "claims.Appeal.sealed_text": _claims(APPEAL_PLACE),
    "claims.Hold.sealed_reason": _claims(HOLD_PLACE),
    "rights.DataRequest.sealed_words": lambda row, sealed: open_text(
        "person", row.person.ref, WORDS_PLACE, sealed
    ),
    "rights.DataRequest.sealed_answer": lambda row, sealed: open_text(
        "person", row.person.ref, ANSWER_PLACE, sealed
    ),
}
"""How each sealed field is opened for the person it is about."""


def rows_of(table: Table, person: Person) -> list[Any]:
    """The rows of a table that are about the person, in their order."""
    if not table.of:
        return []
    asked = Q()
    for path in table.of:
        asked |= Q(pk=person.pk) if path == "self" else Q(**{path: person})
    model = apps.get_model(table.model)
    return list(model._default_manager.filter(asked).distinct().order_by("pk"))


def content_of(person: Person) -> list[tuple[Table, list[dict[str, Value]]]]:
    """Each table with its rows about the person, a value for each field that is not hidden."""
    found = []
    for table in REGISTER:
        rows = [_read(table, row) for row in rows_of(table, person)]
        if rows:
            found.append((table, rows))
    return found


def shares_of(person: Person) -> list[Share]:
    """What each membership was charged, by periods."""
    return [
        Share(
            plan=membership.plan,
            publicity_on=own.period.publicity_on,
            status=own.status,
            amount=own.amount,
        )
        for membership in person.memberships.order_by("id")
        for own in settlement.shares_of(membership, among=settlement.periods(membership.plan))
    ]


def told(items: tuple[Item, ...]) -> list[Item]:
    """The items that a copy shows."""
    return [item for item in items if not item.is_hidden]


def _read(table: Table, row: Any) -> dict[str, Value]:
    return {
        name: _value(table, row, name, form_of(item, name))
        for item in told(table.items)
        for name in item.fields
    }


def _value(table: Table, row: Any, name: str, form: Form) -> Value:
    value = getattr(row, name)
    if form is Form.SEALED and value:
        return OPENERS[f"{table.model}.{name}"](row, bytes(value))
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int) else str(value)


def words_of(request: DataRequest) -> str:
    """What was asked for in words; empty where there are none, and after erasure."""
    if request.sealed_words is None:
        return ""
    return open_text("person", request.person.ref, WORDS_PLACE, bytes(request.sealed_words))


def answer_of(request: DataRequest) -> str:
    """What staff answered; empty where there is nothing, and after erasure."""
    if request.sealed_answer is None:
        return ""
    return open_text("person", request.person.ref, ANSWER_PLACE, bytes(request.sealed_answer))
