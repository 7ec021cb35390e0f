"""What waits for staff of what people ask about their data, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sameboat.identity.models import Login, Person
from sameboat.identity.persons import HOME_TIMEZONE
from sameboat.identity.queries import name_of, require_role
from sameboat.members.models import Membership
from sameboat.rights.actions.correcting import ANSWERERS, CORRECTABLE
from sameboat.rights.actions.holding import HOLDERS, NoSuchHold
from sameboat.rights.content import answer_of, words_of
from sameboat.rights.models import OPEN_STATES, DataRequest, RetentionHold
from sameboat.rights.waiting import Wait, waits_for
from sameboat.rules.calendar import day_of
from sameboat.rules.terms import Text

SHOWN_MAX = 200
_MARKED = Text(zh="成员资格上的标记", en="The mark at a membership")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request, as whoever answers it sees it."""

    ref: str
    kind: str
    person_ref: str
    name: str = field(repr=False)
    about: Text | None
    """What is to be corrected, or that a mark is asked about."""
    present: str = field(repr=False)
    """What stands there now."""
    wanted: str = field(repr=False)
    words: str = field(repr=False)
    asked_at: datetime
    due_on: date
    days_left: int
    waits: tuple[Wait, ...]
    """Of an erasure: what it waits for."""
    accepts: bool | None
    answer: str = field(repr=False)
    for_me: bool
    """Whether the reader may answer or confirm it: not their own, not twice by one person."""


def waiting(*, login_id: int, now: datetime) -> list[Waiting]:
    """The open requests, those due first at the top."""
    require_role(login_id, *ANSWERERS)
    reader = Login.objects.values_list("person_id", flat=True).get(id=login_id)
    found = DataRequest.objects.filter(state__in=OPEN_STATES).exclude(state="READY")
    rows = found.select_related("person").order_by("due_on", "id")[:SHOWN_MAX]
    return [_line(row, reader, day_of(now, HOME_TIMEZONE)) for row in rows]


def holds_of(*, login_id: int, person_ref: str) -> list[RetentionHold]:
    """The holds that stand for a person, in the order in which they were set."""
    require_role(login_id, *HOLDERS)
    if not Person.objects.filter(ref=person_ref, erased_at=None).exists():
        raise NoSuchHold()
    standing = RetentionHold.objects.filter(person__ref=person_ref, lifted_at=None)
    return list(standing.order_by("id"))


def _line(row: DataRequest, reader: int | None, today: date) -> Waiting:
    person: Person = row.person
    wanted, _, words = words_of(row).partition("\n")
    is_answered = row.kind in ("correction", "reasons")
    return Waiting(
        ref=row.ref,
        kind=row.kind,
        person_ref=person.ref,
        name=name_of(person),
        about=_about(row),
        present=_present(row),
        wanted=wanted,
        words=words,
        asked_at=row.asked_at,
        due_on=row.due_on,
        days_left=(row.due_on - today).days,
        waits=waits_for(person, today) if row.kind == "erasure" else (),
        accepts=row.accepts,
        answer=answer_of(row),
        for_me=is_answered and reader not in (person.id, row.first_person_id),
    )


def _about(row: DataRequest) -> Text | None:
    if row.kind == "reasons":
        return _MARKED
    return CORRECTABLE[row.subject].name if row.kind == "correction" else None


def _present(row: DataRequest) -> str:
    person: Person = row.person
    match row.kind, row.subject:
        case "correction", "name":
            return name_of(person)
        case "correction", "sex":
            return person.sex
        case "correction", "born_on":
            return person.born_on.isoformat()
        case "correction", "province":
            return person.province
        case "correction", "occupation":
            return person.occupation_class
        case "reasons", ref:
            return Membership.objects.values_list("review_reasons", flat=True).get(ref=ref)
        case _:
            return ""
