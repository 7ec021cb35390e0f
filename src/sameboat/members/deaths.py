"""Deaths, and mistakes about them, that one of the staff entered and another has not.

Who and when is told, never which day or by what paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sameboat.identity.queries import masked_name, require_role
from sameboat.members.actions.deaths import DEATH_RECORDERS
from sameboat.members.models import DeathEntry

SHOWN_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DeathWaiting:
    """An entry that waits for a second person."""

    person_ref: str
    name: str
    """Masked: whoever has the certificate knows whose it is."""
    entered_by: str
    entered_at: datetime
    is_undoing: bool
    """That the death on record was a mistake."""


def deaths_waiting(*, login_id: int) -> list[DeathWaiting]:
    """Every entry that waits, the oldest first."""
    require_role(login_id, *DEATH_RECORDERS)
    found = DeathEntry.objects.select_related("person", "entered_by").order_by("entered_at")
    return [_waiting(entry) for entry in found[:SHOWN_MAX]]


def death_waiting(*, login_id: int, person_ref: str) -> DeathWaiting | None:
    """The entry about one person; None where there is none."""
    require_role(login_id, *DEATH_RECORDERS)
    found = DeathEntry.objects.select_related("person", "entered_by")
    entry = found.filter(person__ref=person_ref).first()
    return _waiting(entry) if entry else None


def _waiting(entry: DeathEntry) -> DeathWaiting:
    return DeathWaiting(
        person_ref=entry.person.ref,
        name=masked_name(entry.person),
        entered_by=entry.entered_by.name,
        entered_at=entry.entered_at,
        is_undoing=entry.died_on is None,
    )
