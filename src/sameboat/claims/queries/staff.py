"""What staff see: what there is to do for them, and a claim with all that is needed to judge it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Min, Q, QuerySet

from sameboat.claims.access import REVIEWERS, NoSuchClaim, is_assigned, refuse_party
from sameboat.claims.checking import AidDue, StoredCheck, aids_possible, stored_checks
from sameboat.claims.children import (
    born_after,
    holds_childrens_role,
    is_childs,
    refuse_without_childrens_role,
)
from sameboat.claims.clauses import clauses_of, quote
from sameboat.claims.consents import refuse_without_consent
from sameboat.claims.life import terms_of
from sameboat.claims.models import Claim, Decision, Investigation, Objection
from sameboat.claims.payees import Payee, payee_of
from sameboat.claims.queries.assisting import AssistanceLine, assistance_line
from sameboat.claims.queries.claimants import (
    AskLine,
    ClaimLine,
    Decline,
    EvidenceLine,
    PayeeState,
    ask_lines,
    claim_line,
    decline_of,
    events_of,
    evidence_lines,
    payee_state,
)
from sameboat.claims.reasons import WORDS, Finding, ObjectionReason
from sameboat.claims.stated import (
    APPEAL_PLACE,
    OBJECTION_PLACE,
    REASON_PLACE,
    REPORT_PLACE,
    Stated,
    stated_of,
)
from sameboat.identity.actions import audit
from sameboat.identity.models import Login
from sameboat.identity.personal import open_text
from sameboat.identity.queries import require_role, roles_of
from sameboat.identity.roles import Role
from sameboat.plans.queries import plan
from sameboat.record.queries import EntryLine, chain_entries
from sameboat.rules.calendar import day_of
from sameboat.rules.claim import State
from sameboat.rules.money import Fen
from sameboat.rules.needs import needs_investigation
from sameboat.rules.terms import Text

RELEASE = "release"
"""What can be done with a claim on hold, beside the events of `rules.claim`."""
CHANGE_PAYEE = "change_payee"
"""Another payee was asked for after the decision, and waits for a supervisor."""
_NEVER = "9" * 20
QUEUE_MAX = 500
"""So many items at most, the oldest first: nobody works from a longer list."""


class Todo(StrEnum):
    """What a claim waits for."""

    ASSIGN = "assign"
    INVESTIGATE = "investigate"
    DECIDE = "decide"
    CONFIRM = "confirm"
    ANSWER_OBJECTION = "answer_objection"
    AWAIT_EVIDENCE = "await_evidence"
    ON_HOLD = "on_hold"
    """The record refused an entry; a supervisor puts the claim back."""
    CHANGE_PAYEE = "change_payee"
    """Another payee was asked for; a supervisor agrees after the wait."""
    APPEAL_WAITS = "appeal_waits"
    """For the review board, which does not exist yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One line of the work queue; it names nobody."""

    ref: str
    plan: str
    state: State
    todo: Todo
    sealed_at: datetime | None
    due_on: date | None
    """The last day for what was asked for, or of the publicity; None where no day was set."""
    is_childs: bool
    """It is about a child under 14."""
    may_open: bool
    """False where it waits for somebody who holds the role for children's data."""

    @property
    def mark(self) -> str:
        """Where it stands in the queue: the marks are in the order of the items."""
        since = f"{self.sealed_at:%Y%m%d%H%M%S%f}" if self.sealed_at else _NEVER
        return f"{since}.{self.ref}.{self.todo.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """An entry that the record refused, and whether the claim was put back since."""

    entry: str
    """Its type, such as `publicity.open`."""
    code: str
    """The broken rule (docs/rules/record.md)."""
    began_at: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDecision:
    """A decision that waits for its second person."""

    id: int
    claim_ref: str
    kind: str
    benefit_row: str
    aid: Fen | None
    clause: str
    quoted: Text | None
    """The clause as it will be quoted to the claimant; None where none is named."""
    reason_code: str
    words: str
    first_login: str
    first_at: datetime
    objection_ref: str
    is_mine: bool
    """The reader decided first, so somebody else must confirm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionLine:
    """An objection, without who made it."""

    ref: str
    claim_ref: str
    reason: Text
    words: str
    received_at: datetime
    outcome: str
    answering: bool
    """An answer waits for its second person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestigationLine:
    """An assignment and what came of it."""

    investigator: str
    assigned_at: datetime
    finding: Text | None
    report: str
    reported_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffView:
    """A claim as staff judge it."""

    line: ClaimLine
    membership_id: int
    household_id: int
    """For what the household owes: `payments.queries.owed_by`."""
    born_on: str
    joined_on: str
    governing_version: str
    stated: Stated
    illness_name: Text | None
    payee: Payee
    payee_state: PayeeState
    evidence: tuple[EvidenceLine, ...]
    checks: tuple[StoredCheck, ...]
    asks: tuple[AskLine, ...]
    investigations: tuple[InvestigationLine, ...]
    decisions: tuple[WaitingDecision, ...]
    """Those that wait."""
    objections: tuple[ObjectionLine, ...]
    rows: tuple[AidDue, ...]
    """Rows of the benefit table that may be proposed, with what each pays."""
    clauses: tuple[tuple[str, Text], ...]
    """Clauses under which it may be declined, as they are quoted."""
    decline: Decline | None
    appeals: tuple[str, ...]
    publicity_ends_at: datetime | None
    events: frozenset[str]
    holds: tuple[HoldLine, ...]
    """What the record refused of it, oldest first."""
    assisted: AssistanceLine | None
    """Who helped to fill it in."""
    others: tuple[ClaimLine, ...]
    """Other claims of the household, newest first."""
    history: tuple[EntryLine, ...]


def work_queue(
    *, login_id: int, after: str = "", limit: int = QUEUE_MAX, now: datetime
) -> list[WorkItem]:
    """What this login can do now, by its roles; the oldest claims first.

    Claims of children are among them for everybody, so that none waits unseen. `after` is the mark
    of the last one of the page before.
    """
    require_role(login_id, *Role)
    children = holds_childrens_role(login_id)
    found = [
        _item(claim, todo, children=children, now=now)
        for claim, todo in _waiting_for(login_id, roles_of(login_id))
    ]
    found.sort(key=lambda item: item.mark)
    return [item for item in found[:QUEUE_MAX] if item.mark > after][:limit]


def _waiting_for(login_id: int, held: frozenset[Role]) -> list[tuple[Claim, Todo]]:
    found: list[tuple[Claim, Todo]] = []
    if Role.INSURER in held:
        found += [(claim, Todo.ASSIGN) for claim in _to_assign()]
    if Role.INVESTIGATOR in held:
        found += [(claim, Todo.INVESTIGATE) for claim in _to_investigate(login_id)]
    if held & {Role.CASE_HANDLER, Role.SUPERVISOR}:
        found += _to_handle()
    if Role.SUPERVISOR in held:
        changing = Claim.objects.exclude(payee_held_at=None)
        found += [(claim, Todo.CHANGE_PAYEE) for claim in _oldest(changing)]
    if Role.SECOND_DECIDER in held:
        waiting = _waiting().values("claim")
        confirming = Claim.objects.filter(id__in=waiting)
        found += [(claim, Todo.CONFIRM) for claim in _oldest(confirming)]
    return found


def claim_for_staff(*, login_id: int, ref: str, now: datetime) -> StaffView:
    """A claim for those who assess it, its investigators and the insurer; leaves an audit row."""
    require_role(login_id, *REVIEWERS, Role.INSURER, Role.INVESTIGATOR)
    claim = (
        Claim.objects.select_related("membership__person", "membership__household")
        .filter(ref=ref)
        .exclude(state__in=[State.DRAFT.name, State.COLLECTING.name])
        .first()
    )
    if claim is None or not _may_see(login_id, claim):
        raise NoSuchClaim()
    refuse_party(login_id, claim)
    refuse_without_childrens_role(login_id, claim, now=now)
    from_outside = not roles_of(login_id) & REVIEWERS
    refuse_without_consent(claim, from_outside=from_outside)
    audit(login_id=login_id, verb="claim.view", subject=claim.ref, now=now)
    return _view(login_id, claim)


def decisions_waiting(
    login_id: int, *, after: int = 0, limit: int = QUEUE_MAX, now: datetime
) -> list[WaitingDecision]:
    """Decisions that wait for a second person, oldest first; also one's own.

    Those about children are listed for who may read them. `after` is the id of the last one of
    the page before.
    """
    require_role(login_id, *REVIEWERS)
    waiting = _waiting().filter(_readable(login_id, now), id__gt=after).order_by("id")
    return [_decision(login_id, row) for row in waiting[:limit]]


def objections_open(
    *, login_id: int, plan_id: str, after: str = "", limit: int = QUEUE_MAX, now: datetime
) -> list[ObjectionLine]:
    """Objections of a plan's published claims that nobody answered yet, oldest first.

    Those about children are listed for who may read them. `after` is the reference of the last one
    of the page before.
    """
    require_role(login_id, *REVIEWERS)
    unanswered = Objection.objects.filter(_readable(login_id, now), claim__plan=plan_id, outcome="")
    found = unanswered.filter(claim__state=State.PUBLISHED.name).select_related("claim")
    if after:
        found = found.filter(id__gt=Objection.objects.filter(ref=after).values("id"))
    return [_objection(row) for row in found.order_by("id")[:limit]]


def claims_of_households(*, login_id: int, households: Iterable[int]) -> list[ClaimLine]:
    """The claims that these households handed in, each one's newest first.

    Empty for whoever may find a member but does not assess claims.
    """
    if not roles_of(login_id) & REVIEWERS:
        return []
    return [line for household in sorted(set(households)) for line in _of_household(household)]


def investigators(*, login_id: int) -> list[tuple[int, str]]:
    """Whom the insurer may assign: login id and name."""
    require_role(login_id, Role.INSURER)
    found = Login.objects.filter(roles__role=Role.INVESTIGATOR.value, is_active=True, is_staff=True)
    return list(found.order_by("name").values_list("id", "name"))


def _readable(login_id: int, now: datetime) -> Q:
    """Of what belongs to claims, what this login may read: of children only with the role."""
    if holds_childrens_role(login_id):
        return Q()
    return Q(claim__membership__born_on__lte=born_after(now))


def _may_see(login_id: int, claim: Claim) -> bool:
    held = roles_of(login_id)
    return bool(held & (REVIEWERS | {Role.INSURER})) or is_assigned(login_id, claim)


def _view(login_id: int, claim: Claim) -> StaffView:
    terms, stated = terms_of(claim), stated_of(claim)
    names = [row.name for row in terms.illnesses if row.number == stated.illness]
    waiting = _waiting().filter(claim=claim).order_by("id")
    return StaffView(
        line=claim_line(claim),
        membership_id=claim.membership_id,
        household_id=claim.membership.household_id,
        born_on=claim.membership.born_on.isoformat(),
        joined_on=claim.membership.joined_on.isoformat(),
        governing_version=claim.governing_version,
        stated=stated,
        illness_name=names[0] if names else None,
        payee=payee_of(claim),
        payee_state=payee_state(claim),
        evidence=evidence_lines(claim),
        checks=tuple(stored_checks(claim)),
        asks=ask_lines(claim),
        investigations=tuple(
            _investigation(row)
            for row in claim.investigations.select_related("investigator").order_by("id")
        ),
        decisions=tuple(_decision(login_id, row) for row in waiting),
        objections=tuple(_objection(row) for row in claim.objections.order_by("id")),
        rows=tuple(aids_possible(claim)),
        clauses=tuple((clause, quote(clause, terms)) for clause in clauses_of(terms)),
        decline=decline_of(claim),
        appeals=tuple(
            open_text("claim", claim.ref, APPEAL_PLACE, row.sealed_text)
            for row in claim.appeals.order_by("id")
        ),
        publicity_ends_at=claim.publicity_ends_at,
        events=events_of(claim)
        | ({RELEASE} if claim.held_at else set())
        | ({CHANGE_PAYEE} if claim.payee_held_at else set()),
        holds=tuple(
            HoldLine(
                entry=row.entry.type,
                code=row.entry.refused_code,
                began_at=row.began_at,
                released_at=row.released_at,
            )
            for row in claim.holds.select_related("entry").order_by("id")
        ),
        assisted=assistance_line(claim),
        others=tuple(
            line for line in _of_household(claim.membership.household_id) if line.ref != claim.ref
        ),
        history=tuple(chain_entries(bytes.fromhex(claim.ref))),
    )


def _item(claim: Claim, todo: Todo, *, children: bool, now: datetime) -> WorkItem:
    childs = is_childs(claim, now=now)
    return WorkItem(
        ref=claim.ref,
        plan=claim.plan,
        state=State[claim.state],
        todo=todo,
        sealed_at=claim.sealed_at,
        due_on=_due_on(claim, todo),
        is_childs=childs,
        may_open=children or not childs,
    )


def _due_on(claim: Claim, todo: Todo) -> date | None:
    if todo is Todo.AWAIT_EVIDENCE:
        asked = claim.asks.filter(answered_at=None)
        first: date | None = asked.aggregate(first=Min("due_on"))["first"]
        return first
    if todo is Todo.ANSWER_OBJECTION and claim.publicity_ends_at is not None:
        # It ends at 00:00: the last day is the one before.
        return day_of(claim.publicity_ends_at, plan(claim.plan).timezone) - timedelta(days=1)
    return None


def _of_household(household_id: int) -> list[ClaimLine]:
    claims = Claim.objects.filter(membership__household=household_id)
    handed_in = claims.exclude(state__in=[State.DRAFT.name, State.COLLECTING.name])
    found = handed_in.select_related("membership__person").order_by("-drafted_at", "-id")
    return [claim_line(claim) for claim in found]


def _oldest(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    return claims.select_related("membership").order_by("sealed_at", "id")[:QUEUE_MAX]


def _moving() -> QuerySet[Claim]:
    """All but the claims on hold."""
    return Claim.objects.filter(held_at=None)


def _to_assign() -> list[Claim]:
    sealed = _oldest(_moving().filter(state=State.SEALED.name))
    return [claim for claim in sealed if needs_investigation(terms_of(claim).claims, State.SEALED)]


def _to_investigate(login_id: int) -> list[Claim]:
    under_way = (
        _moving()
        .filter(state=State.INVESTIGATION.name, investigations__investigator_id=login_id)
        .distinct()
    )
    return [
        claim
        for claim in _oldest(under_way)
        if claim.investigations.latest("id").investigator_id == login_id
    ]


def _to_handle() -> list[tuple[Claim, Todo]]:
    """Claims for the case handler, each with what it waits for."""
    decided = _waiting().filter(objection=None).values("claim")
    judged = _moving().filter(state__in=[State.SEALED.name, State.REPORTED.name])
    held = _oldest(Claim.objects.exclude(held_at=None))
    found = [(claim, Todo.ON_HOLD) for claim in held]
    for claim in _oldest(judged.exclude(id__in=decided)):
        asked = claim.asks.filter(answered_at=None).exists()
        found.append((claim, Todo.AWAIT_EVIDENCE if asked else Todo.DECIDE))
    answering = _waiting().exclude(objection=None).values("objection")
    doubted = Objection.objects.filter(outcome="").exclude(id__in=answering).values("claim")
    published = _moving().filter(state=State.PUBLISHED.name, id__in=doubted)
    found += [(claim, Todo.ANSWER_OBJECTION) for claim in _oldest(published)]
    board = _moving().filter(state=State.BOARD.name)
    found += [(claim, Todo.APPEAL_WAITS) for claim in _oldest(board)]
    return found


def _waiting() -> QuerySet[Decision]:
    # One made while the claimant withdrew waits for nothing.
    waiting = Decision.objects.filter(second_at=None, dropped_at=None).exclude(
        claim__state=State.WITHDRAWN.name
    )
    return waiting.select_related("claim", "first_login", "objection")


def _decision(login_id: int, row: Decision) -> WaitingDecision:
    reader = Login.objects.values_list("person_id", flat=True).get(id=login_id)
    return WaitingDecision(
        id=row.id,
        claim_ref=row.claim.ref,
        kind=row.kind,
        benefit_row=row.benefit_row,
        aid=Fen(row.aid) if row.aid is not None else None,
        clause=row.clause,
        quoted=quote(row.clause, terms_of(row.claim)) if row.clause else None,
        reason_code=row.reason_code,
        words=open_text("claim", row.claim.ref, REASON_PLACE, row.sealed_reason),
        first_login=row.first_login.name,
        first_at=row.first_at,
        objection_ref=row.objection.ref if row.objection else "",
        is_mine=row.first_person_id == reader,
    )


def _objection(row: Objection) -> ObjectionLine:
    place = f"{OBJECTION_PLACE}/{row.ref}"
    return ObjectionLine(
        ref=row.ref,
        claim_ref=row.claim.ref,
        reason=WORDS[ObjectionReason(row.reason_code)],
        words=open_text("claim", row.claim.ref, place, row.sealed_text),
        received_at=row.received_at,
        outcome=row.outcome,
        answering=row.decisions.filter(second_at=None, dropped_at=None).exists(),
    )


def _investigation(row: Investigation) -> InvestigationLine:
    report = ""
    if row.sealed_report is not None:
        report = open_text("claim", row.claim.ref, REPORT_PLACE, row.sealed_report)
    return InvestigationLine(
        investigator=row.investigator.name,
        assigned_at=row.assigned_at,
        finding=WORDS[Finding(row.finding)] if row.finding else None,
        report=report,
        reported_at=row.reported_at,
    )
