"""What people see of their data rights: whom they decide for, requests, what erasure would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sameboat.identity.actions.consents import NoSuchConsent
from sameboat.identity.models import Person
from sameboat.identity.persons import HOME_TIMEZONE
from sameboat.identity.queries import name_of, relatives
from sameboat.rights.consents import (
    Standing,
    claims_to_withdraw,
    memberships_to_leave,
    standing_of,
)
from sameboat.rights.content import answer_of, words_of
from sameboat.rights.keeping import Mark, mark_of
from sameboat.rights.looks import Look, looks_at
from sameboat.rights.models import OPEN_STATES, DataRequest
from sameboat.rights.proving import decides_for, person_to_decide
from sameboat.rights.waiting import Wait, waits_for
from sameboat.rules.calendar import day_of
from sameboat.rules.terms import Text

SHOWN_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Somebody about whose data the reader decides."""

    ref: str
    name: str
    relation: str
    """`self` or `child`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request, as whoever asked sees it."""

    ref: str
    kind: str
    name: str
    """Whose data it is about."""
    state: str
    subject: str
    asked_at: datetime
    due_on: date
    is_open: bool
    words: str
    answer: str
    waits: tuple[Wait, ...]
    """Of an erasure: what is finished first."""
    expires_at: datetime | None
    """Of a copy: until when it can be fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the erasure of a person would do now."""

    name: str
    waits: tuple[Wait, ...]
    mark: Mark | None
    """What outlasts it, and until when."""
    memberships: tuple[tuple[str, date], ...]
    """Open memberships that are left first: plan, and since when."""


def charges(login_id: int, *, now: datetime) -> list[Charge]:
    """The login's own person and the children under 18 whom it is the guardian of."""
    return [
        Charge(ref=person.ref, name=name_of(person), relation=kind)
        for kind, person in relatives(login_id)
        if decides_for(login_id, person, now=now)
    ]


def requests_of(login_id: int, *, now: datetime) -> list[RequestLine]:
    """What was asked about the data of the login's charges, the newest first."""
    mine = [person for _, person in relatives(login_id) if decides_for(login_id, person, now=now)]
    found = DataRequest.objects.filter(person__in=mine).select_related("person")
    return [_line(row, now) for row in found.order_by("-id")[:SHOWN_MAX]]


def outlook(*, login_id: int, person_ref: str, now: datetime) -> Outlook:
    """What an erasure would wait for, and what would stay of it."""
    person = person_to_decide(login_id, person_ref, now=now)
    today = day_of(now, HOME_TIMEZONE)
    return Outlook(
        name=name_of(person),
        waits=waits_for(person, today),
        # As it would be done: at the earliest tomorrow.
        mark=mark_of(person, today + timedelta(days=1)),
        memberships=tuple(person.memberships.filter(ends_on=None).values_list("plan", "joined_on")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingBack:
    """What taking a consent back would do, told before it is done."""

    name: str
    standing: Standing
    claims: tuple[str, ...]
    """The claims that would be withdrawn."""
    memberships: tuple[str, ...]
    """The plans that would be left."""


def consents_of(*, login_id: int, person_ref: str, now: datetime) -> tuple[str, list[Standing]]:
    """Whose consents, and each purpose with what they said to it."""
    person = person_to_decide(login_id, person_ref, now=now)
    return name_of(person), standing_of(person)


def taking_back(*, login_id: int, person_ref: str, purpose: str, now: datetime) -> TakingBack:
    """What taking this consent back would do; refuses a purpose to which nothing stands."""
    person = person_to_decide(login_id, person_ref, now=now)
    found = next((each for each in standing_of(person) if each.code == purpose), None)
    if found is None or not found.versions:
        raise NoSuchConsent(purpose=purpose)
    return TakingBack(
        name=name_of(person),
        standing=found,
        claims=tuple(claim.ref for claim in claims_to_withdraw(person, purpose)),
        memberships=tuple(each.plan for each in memberships_to_leave(person, purpose)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A membership at which a human should look, and why."""

    membership_ref: str
    plan: str
    reasons: tuple[Text, ...]


MARKS: dict[str, Text] = {
    "score_missing": Text(
        zh="加入时没有信用分；仅此不影响加入和互助", en="there was no score when joining"
    ),
    "score_below": Text(
        zh="加入时的信用分档低于条款所述；仅此不影响加入和互助",
        en="the score band when joining was below what the terms name",
    ),
}
"""What each code of `Membership.review_reasons` says to the member."""


def marks_of(*, login_id: int, person_ref: str, now: datetime) -> tuple[str, list[Marked]]:
    """Whose memberships, and those that are marked by a score, with the reasons in words."""
    person = person_to_decide(login_id, person_ref, now=now)
    marked = person.memberships.exclude(review_reasons="").order_by("id")
    return name_of(person), [
        Marked(
            membership_ref=each.ref,
            plan=each.plan,
            reasons=tuple(
                MARKS.get(code, Text(zh=code, en=code)) for code in each.review_reasons.split(",")
            ),
        )
        for each in marked
    ]


def looks(*, login_id: int, person_ref: str, now: datetime) -> tuple[str, list[Look]]:
    """Whose data, and who of the staff looked at them or worked on them."""
    person = person_to_decide(login_id, person_ref, now=now)
    return name_of(person), looks_at(person)


def _line(row: DataRequest, now: datetime) -> RequestLine:
    person: Person = row.person
    is_erasure = row.kind == "erasure" and row.state == "OPEN"
    return RequestLine(
        ref=row.ref,
        kind=row.kind,
        name=name_of(person),
        state=row.state,
        subject=row.subject,
        asked_at=row.asked_at,
        due_on=row.due_on,
        is_open=row.state in OPEN_STATES,
        words=words_of(row),
        # What one person proposed is no answer before another has agreed.
        answer="" if row.state == "PROPOSED" else answer_of(row),
        waits=waits_for(person, day_of(now, HOME_TIMEZONE)) if is_erasure else (),
        expires_at=row.expires_at,
    )
