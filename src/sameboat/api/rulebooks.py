"""New terms of a plan: one of the staff proposes a rulebook, another one adopts it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import StringConstraints

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import done, once
from sameboat.api.errors import answers
from sameboat.api.members import ChangeOut
from sameboat.api.shapes import Done, In, Key, Out, PlanPath, both
from sameboat.identity.queries import require_role
from sameboat.identity.roles import Role
from sameboat.identity.scopes import Area
from sameboat.members import actions, proposed
from sameboat.members.proposed import Proposed
from sameboat.rules.rulebook_files import BYTES_MAX
from sameboat.runtime import clock

router = Router(tags=["rulebooks"], auth=Bearer(Area.STAFF))


class RulebookIn(In):
    """A rulebook file with every version that was adopted before, and new ones."""

    toml: Annotated[str, StringConstraints(max_length=BYTES_MAX)]


class NewVersionOut(Out):
    """A version that is not adopted yet, and what it changes, in words."""

    version: str
    effective_on: date
    notice_days: int
    changes: list[ChangeOut]
    """Against the version before; empty for the first version of a new plan."""


class RulebookOut(Out):
    """A rulebook that waits for a second person."""

    plan: str
    is_new: bool
    """Whether the plan does not run here yet."""
    content_hash: str
    """SHA-256 of the rulebook, as the record will name it."""
    proposed_by: str
    proposed_at: datetime
    versions: list[NewVersionOut]


@router.get("/rulebooks", response=answers(list[RulebookOut]))
def rulebooks(request: Request) -> list[RulebookOut]:
    """The rulebooks that wait for a second person (staff)."""
    require_role(request.auth.id, *Role)
    return [_rulebook(each) for each in proposed.proposed_rulebooks()]


@router.post("/rulebooks", response=answers(RulebookOut, 201))
def propose(request: Request, idempotency_key: Key, body: RulebookIn) -> HttpResponse:
    """Propose a rulebook (role plan_designer); every fault of it is told at once."""

    def do() -> RulebookOut:
        row = actions.propose_rulebook(
            login_id=request.auth.id, content=body.toml.encode(), now=clock.now()
        )
        return _rulebook(proposed.proposed_rulebook(row.plan))

    return once(request, idempotency_key, body, do, status=201)


@router.post("/rulebooks/{plan}/adopt", response=answers(Done))
def adopt(request: Request, idempotency_key: Key, plan: PlanPath) -> HttpResponse:
    """Adopt what another person proposed (role supervisor): it is announced and on the record."""
    return done(request, idempotency_key, actions.adopt_rulebook, plan_id=plan)


@router.post("/rulebooks/{plan}/drop", response=answers(Done))
def drop(request: Request, idempotency_key: Key, plan: PlanPath) -> HttpResponse:
    """Take the proposal back, or do not agree: the terms stay as they are."""
    return done(request, idempotency_key, actions.drop_rulebook, plan_id=plan)


def _rulebook(found: Proposed) -> RulebookOut:
    return RulebookOut(
        plan=found.plan.id,
        is_new=found.is_new,
        content_hash=found.plan.content_hash,
        proposed_by=found.row.proposed_by.name,
        proposed_at=found.row.proposed_at,
        versions=[
            NewVersionOut(
                version=new.terms.version,
                effective_on=new.terms.effective_on,
                notice_days=new.terms.notice_days,
                changes=[
                    ChangeOut(
                        key=one.key,
                        what=both(one.what),
                        before=both(one.before),
                        after=both(one.after),
                    )
                    for one in new.changes
                ],
            )
            for new in found.versions
        ],
    )
