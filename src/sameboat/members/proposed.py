"""Reads of proposed rulebooks: what waits for a second person, and what it would change."""

from __future__ import annotations

from dataclasses import dataclass

from sameboat.members.actions.adopting import NoProposedRulebook, files_of
from sameboat.members.models import ProposedRulebook
from sameboat.plans.queries import first_adopted, plan
from sameboat.rules.rulebook import parse
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.terms_diff import Change, changes_between


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerms:
    """A version of a proposed rulebook, and what it changes for whom."""

    terms: PlanTerms
    changes: tuple[Change, ...]
    """Against the version before it; empty for the first one of a new plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A proposed rulebook as the second person reads it."""

    row: ProposedRulebook
    plan: Plan
    versions: tuple[NewTerms, ...]
    """Only those that are not adopted yet."""
    is_new: bool
    """Whether the plan does not run here yet."""


def proposed_rulebooks() -> tuple[Proposed, ...]:
    """The rulebooks that wait for a second person."""
    rows = ProposedRulebook.objects.select_related("proposed_by").order_by("plan")
    return tuple(_proposed(row) for row in rows)


def proposed_rulebook(plan_id: str) -> Proposed:
    """That of one plan; refuses where none waits."""
    row = ProposedRulebook.objects.select_related("proposed_by").filter(plan=plan_id).first()
    if row is None:
        raise NoProposedRulebook(plan=plan_id)
    return _proposed(row)


def _proposed(row: ProposedRulebook) -> Proposed:
    files = files_of(row)
    after = parse(files, name=next(iter(files)))
    is_new = first_adopted(row.plan) is None
    known = set() if is_new else {terms.version for terms in plan(row.plan).versions}
    found = [
        NewTerms(terms=terms, changes=changes_between(before, terms) if before else ())
        for before, terms in zip((None, *after.versions), after.versions, strict=False)
        if terms.version not in known
    ]
    return Proposed(row=row, plan=after, versions=tuple(found), is_new=is_new)
