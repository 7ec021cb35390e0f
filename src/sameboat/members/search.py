"""Finding a member by a phone number or a document, as staff do when somebody calls.

Nothing personal is stored in the clear, so there is no search by parts of a name: the blind index
answers for a whole number only, and every search leaves an audit row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sameboat.identity.actions import audit
from sameboat.identity.models import Person
from sameboat.identity.persons import find_person
from sameboat.identity.queries import login_by_phone, name_of, require_role
from sameboat.identity.roles import Role
from sameboat.members.models import Membership
from sameboat.rules.documents import DocumentKind, DocumentNumber, read_number

SEARCHERS = (Role.CASE_HANDLER, Role.SECOND_DECIDER, Role.SUPERVISOR, Role.FINANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A person with their memberships, newest first."""

    name: str
    person: Person
    memberships: tuple[Membership, ...]


def by_phone(*, login_id: int, phone: str, now: datetime) -> Found | None:
    """Whose login has this phone number; refuses what is no phone number."""
    require_role(login_id, *SEARCHERS)
    login = login_by_phone(phone)
    return _found(login_id, login.person if login else None, now)


def by_document(*, login_id: int, kind: str, number: str, now: datetime) -> Found | None:
    """Whom a document names; None also for a number that cannot be one of its kind."""
    require_role(login_id, *SEARCHERS)
    read = read_number(DocumentKind(kind), number)
    person = find_person(read) if isinstance(read, DocumentNumber) else None
    return _found(login_id, person, now)


def _found(login_id: int, person: Person | None, now: datetime) -> Found | None:
    # The subject names whom was found, never what was typed.
    audit(
        login_id=login_id,
        verb="member.search",
        subject=person.ref if person else "nobody",
        now=now,
    )
    if person is None or person.erased_at is not None:
        return None
    own = Membership.objects.filter(person=person).select_related("household__payer")
    return Found(
        name=name_of(person),
        person=person,
        memberships=tuple(own.order_by("-joined_on", "-id")),
    )
