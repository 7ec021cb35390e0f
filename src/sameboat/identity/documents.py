"""By which document a person is known, and new ones that wait for a second look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sameboat.identity.actions.verification import DOCUMENT_DECIDERS, stated_of
from sameboat.identity.models import Person, Verification
from sameboat.identity.outcomes import Outcome
from sameboat.identity.queries import document_of, name_of, require_role
from sameboat.rules.documents import KINDS, KindOfDocument

_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A document as its holder sees it again: the kind, and the end of the number."""

    kind: KindOfDocument
    ends_with: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """A new document that bears another name than the one by which the person is known."""

    ref: str
    requested_at: datetime
    old_kind: KindOfDocument
    old_name: str = field(repr=False)
    new_kind: KindOfDocument
    new_name: str = field(repr=False)
    is_own: bool
    """Whether it is the reader's own: somebody else must look."""


def known_by(person: Person) -> Known:
    """The document by which a person is known now."""
    number = document_of(person)
    return Known(kind=KINDS[number.kind], ends_with=number.text[-_SHOWN:])


def to_look_at(login_id: int) -> list[NewDocument]:
    """The new documents that a member of staff must compare, the oldest first."""
    require_role(login_id, *DOCUMENT_DECIDERS)
    waiting = Verification.objects.filter(outcome=Outcome.SECOND_LOOK.value)
    return [
        _new_document(each, login_id)
        for each in waiting.select_related("replaces").order_by("requested_at")[:100]
    ]


def _new_document(request: Verification, login_id: int) -> NewDocument:
    person, stated = request.replaces, stated_of(request)
    assert person is not None
    return NewDocument(
        ref=request.ref,
        requested_at=request.requested_at,
        old_kind=KINDS[document_of(person).kind],
        old_name=name_of(person),
        new_kind=KINDS[stated.number.kind],
        new_name=stated.name,
        is_own=person.logins.filter(person__logins=login_id).exists(),
    )
