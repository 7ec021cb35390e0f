"""The staff audit trail as supervisors and auditors read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sameboat.identity.models import AuditRow
from sameboat.identity.queries import require_role
from sameboat.identity.roles import Role

READERS = (Role.SUPERVISOR, Role.AUDITOR)
PAGE_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """One thing that somebody of the staff did or looked at."""

    id: int
    at: datetime
    login: str
    verb: str
    subject: str
    """A reference; never a name."""


def trail(
    *,
    login_id: int,
    of_login: str = "",
    subject: str = "",
    before: int | None = None,
    rows: int = PAGE_ROWS,
) -> list[TrailLine]:
    """The newest `rows`, narrowed by whose they are or what they are about.

    `before` is the id of the last row of the page before: pages go back in time.
    """
    require_role(login_id, *READERS)
    found = AuditRow.objects.select_related("login").order_by("-id")
    if of_login:
        found = found.filter(login__name=of_login)
    if subject:
        found = found.filter(subject=subject)
    if before is not None:
        found = found.filter(id__lt=before)
    return [
        TrailLine(id=row.id, at=row.at, login=row.login.name, verb=row.verb, subject=row.subject)
        for row in found[:rows]
    ]
