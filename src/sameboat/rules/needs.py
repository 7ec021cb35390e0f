"""What a claim needs before it can go on, and until when it can be appealed, by its terms."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sameboat.rules.claim import State
from sameboat.rules.terms import EXCLUSION, Claims


def required_evidence(claims: Claims, more: Collection[str] = ()) -> tuple[str, ...]:
    """The kinds of documents that are needed before sealing: by the terms, then `more`."""
    by_terms = claims.evidence_required
    return (*by_terms, *(kind for kind in more if kind not in by_terms))


def needs_investigation(claims: Claims, state: State) -> bool:
    """Whether a sealed claim must be investigated before anything is proposed."""
    return state is State.SEALED and claims.investigation_required


def appeal_ends_on(claims: Claims, *, declined_on: date) -> date:
    """The day at whose 00:00 the time to appeal ends: its last day is a whole one."""
    return declined_on + timedelta(days=claims.appeal_days + 1)


def own_clauses(claims: Claims) -> tuple[str, ...]:
    """The clauses that the plan has beside those of all plans: its exclusions."""
    return tuple(f"{EXCLUSION}{one.id}" for one in claims.exclusions)
