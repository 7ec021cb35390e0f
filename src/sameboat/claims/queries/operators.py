"""What the operator of the machine sees from the command line: the course of a claim, no person.

Whoever has a shell here is no reviewer: no name, no illness, no word of anybody is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sameboat.claims.access import NoSuchClaim
from sameboat.claims.models import Claim
from sameboat.record.queries import EntryLine, chain_entries
from sameboat.rules.claim import State
from sameboat.rules.money import Fen

LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseLine:
    """A claim in a list."""

    ref: str
    plan: str
    state: State
    version: str
    drafted_at: datetime
    aid: Fen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A claim's course: what was done when and by which login, and its entries of the record."""

    line: CourseLine
    clause: str
    publicity_ends_at: datetime | None
    appeal_ends_at: datetime | None
    evidence: tuple[tuple[str, str, int, str], ...]
    """Reference, kind, bytes, hashed by whom."""
    checks: tuple[tuple[str, str], ...]
    """Code and outcome."""
    decisions: tuple[tuple[str, str, str], ...]
    """Kind, first login, second login; the last empty while it waits, `dropped` if it was."""
    objections: tuple[tuple[str, str], ...]
    """Reason and outcome."""
    history: tuple[EntryLine, ...]


def courses(*, plan_id: str = "", state: State | None = None) -> list[CourseLine]:
    """The newest claims, of one plan or state if given."""
    found = Claim.objects.order_by("-id")
    if plan_id:
        found = found.filter(plan=plan_id)
    if state is not None:
        found = found.filter(state=state.name)
    return [_line(claim) for claim in found[:LISTED_MAX]]


def course(ref: str) -> Course:
    """The course of one claim."""
    claim = Claim.objects.filter(ref=ref).first()
    if claim is None:
        raise NoSuchClaim()
    evidence = claim.evidence.order_by("id")
    decisions = claim.decisions.select_related("first_login", "second_login").order_by("id")
    return Course(
        line=_line(claim),
        clause=claim.decline_clause,
        publicity_ends_at=claim.publicity_ends_at,
        appeal_ends_at=claim.appeal_ends_at,
        evidence=tuple((row.ref, row.kind, row.length, row.hashed_by) for row in evidence),
        checks=tuple(claim.checks.order_by("id").values_list("code", "outcome")),
        decisions=tuple(
            (
                row.kind,
                row.first_login.name,
                row.second_login.name if row.second_login else "dropped" if row.dropped_at else "",
            )
            for row in decisions
        ),
        objections=tuple(claim.objections.order_by("id").values_list("reason_code", "outcome")),
        history=tuple(chain_entries(bytes.fromhex(ref))),
    )


def _line(claim: Claim) -> CourseLine:
    return CourseLine(
        ref=claim.ref,
        plan=claim.plan,
        state=State[claim.state],
        version=claim.governing_version,
        drafted_at=claim.drafted_at,
        aid=Fen(claim.aid) if claim.aid is not None else None,
    )
