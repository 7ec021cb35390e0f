"""What a claimant sees of their own claim: everything that was said, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sameboat.claims import documents
from sameboat.claims.access import claim_to_file, membership_to_file
from sameboat.claims.clauses import quote
from sameboat.claims.life import terms_of
from sameboat.claims.models import Assistance, Claim, Evidence
from sameboat.claims.payees import (
    AFTER_THE_DECISION,
    BEFORE_THE_DECISION,
    Payee,
    family,
    opened_payee,
    outcome_of,
    payee_of,
    told_of,
)
from sameboat.claims.queries.stored import NoSuchEvidence
from sameboat.claims.reasons import WORDS, AskReason, DeclineReason
from sameboat.claims.representing import required_kinds
from sameboat.claims.stated import REASON_PLACE, Stated, stated_of
from sameboat.identity.personal import open_text
from sameboat.identity.queries import name_of
from sameboat.members.queries import memberships_of
from sameboat.record.queries import EntryLine, chain_entries
from sameboat.rules.benefit import needs_bills
from sameboat.rules.claim import Event, State, possible_events
from sameboat.rules.money import Fen
from sameboat.rules.terms import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """One document, as it is listed."""

    ref: str
    kind: str
    media_type: str
    length: int
    hashed_by: str
    commitment: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLine:
    """A request for more evidence."""

    kinds: tuple[str, ...]
    reason: Text
    due_on: date
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """Why the claim was declined, with the clause quoted, and what can be done."""

    clause: str
    quoted: Text
    reason: Text
    words: str
    appeal_ends_at: datetime
    appealed: bool
    gives_back: bool
    """Whether the terms give the shares back to whoever is declined under the clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeChangeLine:
    """Another payee who was asked for after the decision."""

    payee: Payee
    outcome: str
    """What the identity gateway says of them; empty until it answers."""
    asked_at: datetime
    waits_until: datetime | None
    """Before this it does not take effect; None until the code was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeState:
    """How far the identity gateway is with the payee."""

    outcome: str
    """Empty while it has not answered."""
    attempts: int
    """How often it gave no answer."""
    told: Text | None
    """What is wrong, and what to do; None while nothing is."""
    may_change: bool
    """Whether another payee may be named now."""
    may_ask: bool
    """Whether another one may be asked for, now that the aid is decided."""
    change: PayeeChangeLine | None
    """Another payee who was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """A claim in the claimant's list."""

    ref: str
    plan: str
    state: State
    member: str
    """The ill member's full name."""
    drafted_at: datetime
    aid: Fen | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimantView:
    """The whole of a claim, for whoever files it."""

    line: ClaimLine
    membership_ref: str
    governing_version: str
    """Empty until the claim is opened."""
    stated: Stated
    payee: Payee
    payee_state: PayeeState
    evidence: tuple[EvidenceLine, ...]
    kinds_required: tuple[str, ...]
    """Kinds of documents without which it cannot be handed in; empty until it is opened."""
    kinds_missing: tuple[str, ...]
    """Those of them that are not there."""
    asks: tuple[AskLine, ...]
    publicity_ends_at: datetime | None
    decline: Decline | None
    events: frozenset[str]
    """What can happen to it now (`rules.claim.Event`)."""
    unfunded: Fen
    """What of the aid the money left at the plan's end did not reach."""
    held_at: datetime | None
    """Since when it is on hold: the record refused an entry, and the operator puts it back."""
    helped_until: datetime | None
    """Until when somebody helps to fill it in; None where nobody does now."""
    is_assisted: bool
    """Whether somebody helped, now or before."""
    follows: str | None
    """The first claim of the illness, of which this one is a further instalment."""
    may_follow: bool
    """Whether a further instalment may follow it now."""
    waits_for_board: bool
    """An appeal waits in the queue: there is no review board yet."""
    history: tuple[EntryLine, ...]
    """Its entries on the record."""


def my_claims(login_id: int) -> list[ClaimLine]:
    """The claims of everybody this login acts for, newest first."""
    claims = Claim.objects.filter(membership__in=memberships_of(login_id))
    found = claims.select_related("membership__person").order_by("-drafted_at", "-id")
    return [claim_line(claim) for claim in found]


def claim_for_claimant(*, login_id: int, ref: str) -> ClaimantView:
    """A claim for whoever files it; refuses with `NoSuchClaim` for anybody else."""
    claim = claim_to_file(login_id, ref)
    evidence = evidence_lines(claim)
    return ClaimantView(
        line=claim_line(claim),
        membership_ref=claim.membership.ref,
        governing_version=claim.governing_version,
        stated=stated_of(claim),
        payee=payee_of(claim),
        payee_state=payee_state(claim),
        evidence=evidence,
        kinds_required=required_kinds(claim) if claim.governing_version else (),
        kinds_missing=_missing(claim, evidence),
        asks=ask_lines(claim),
        publicity_ends_at=claim.publicity_ends_at,
        decline=decline_of(claim),
        events=events_of(claim),
        unfunded=Fen(claim.unfunded),
        held_at=claim.held_at,
        helped_until=_helped_until(claim),
        is_assisted=Assistance.objects.filter(claim=claim).exists(),
        follows=claim.follows.ref if claim.follows else None,
        may_follow=_may_follow(claim),
        waits_for_board=claim.state == State.BOARD.name,
        history=tuple(chain_entries(bytes.fromhex(claim.ref))),
    )


def _helped_until(claim: Claim) -> datetime | None:
    found = Assistance.objects.filter(claim=claim, ended_at=None)
    return found.order_by("-expires_at").values_list("expires_at", flat=True).first()


def payees_known(*, login_id: int, membership_ref: str) -> tuple[str, ...]:
    """Names that may be given as payee without a document: the verified of the family."""
    ill = membership_to_file(login_id, membership_ref)
    return tuple(name_of(person) for person in family(login_id, ill))


def claim_of_evidence(*, login_id: int, evidence_ref: str) -> tuple[ClaimantView, EvidenceLine]:
    """One's own document, and the claim that it belongs to."""
    row = Evidence.objects.select_related("claim").filter(ref=evidence_ref).first()
    if row is None:
        raise NoSuchEvidence()
    view = claim_for_claimant(login_id=login_id, ref=row.claim.ref)
    return view, next(line for line in view.evidence if line.ref == evidence_ref)


def evidence_opening(*, login_id: int, evidence_ref: str) -> bytes:
    """The file `N.opening.json` of one's own document, for `sameboat verify`.

    With the original file in hand it shows that the commitment on the record is to that file.
    """
    row = Evidence.objects.select_related("claim").filter(ref=evidence_ref).first()
    if row is None:
        raise NoSuchEvidence()
    claim_to_file(login_id, row.claim.ref)
    _, opening = documents.original(row)
    return opening.to_bytes()


def claim_line(claim: Claim) -> ClaimLine:
    """The claim as one line of a list."""
    return ClaimLine(
        ref=claim.ref,
        plan=claim.plan,
        state=State[claim.state],
        member=name_of(claim.membership.person),
        drafted_at=claim.drafted_at,
        aid=Fen(claim.aid) if claim.aid is not None else None,
    )


def events_of(claim: Claim) -> frozenset[str]:
    """What can happen to a claim now (`rules.claim.Event`)."""
    possible = frozenset(event.value for event in possible_events(State[claim.state]))
    return possible & {Event.WITHDRAW.value} if claim.held_at else possible


def _may_follow(claim: Claim) -> bool:
    if claim.state != State.PAID.name or claim.follows_id is not None:
        return False
    benefits = terms_of(claim).benefits
    if not needs_bills(benefits):
        return False
    most = benefits.instalments_max
    paid = claim.instalments.exclude(paid_at=None).count() + 1
    return most is None or paid < most


def payee_state(claim: Claim) -> PayeeState:
    """How far the identity gateway is with the payee of a claim."""
    return PayeeState(
        outcome=outcome_of(claim),
        attempts=claim.payee_attempts,
        told=told_of(outcome_of(claim)),
        may_change=State[claim.state] in BEFORE_THE_DECISION,
        may_ask=State[claim.state] in AFTER_THE_DECISION,
        change=_change(claim),
    )


def _change(claim: Claim) -> PayeeChangeLine | None:
    row = claim.payee_changes.select_related("payee_person").filter(outcome="").first()
    if row is None:
        return None
    return PayeeChangeLine(
        payee=opened_payee(claim.ref, row),
        outcome=outcome_of(row),
        asked_at=row.asked_at,
        waits_until=row.waits_until,
    )


def evidence_lines(claim: Claim) -> tuple[EvidenceLine, ...]:
    """The documents of a claim in the order in which they came."""
    return tuple(
        EvidenceLine(
            ref=row.ref,
            kind=row.kind,
            media_type=row.media_type,
            length=row.length,
            hashed_by=row.hashed_by,
            commitment=bytes(row.commitment).hex(),
            added_at=row.added_at,
        )
        for row in claim.evidence.order_by("id")
    )


def ask_lines(claim: Claim) -> tuple[AskLine, ...]:
    """What was asked for, in order."""
    return tuple(
        AskLine(
            kinds=tuple(row.kinds),
            reason=WORDS[AskReason(row.reason_code)],
            due_on=row.due_on,
            answered=row.answered_at is not None,
        )
        for row in claim.asks.order_by("id")
    )


def decline_of(claim: Claim) -> Decline | None:
    """Why the claim was declined; None if it was not, or the decline was undone."""
    if not claim.decline_clause:
        return None
    assert claim.appeal_ends_at is not None
    last = claim.decisions.filter(kind="decline", second_at__isnull=False).latest("second_at")
    terms = terms_of(claim)
    return Decline(
        clause=claim.decline_clause,
        quoted=quote(claim.decline_clause, terms),
        reason=WORDS[DeclineReason(last.reason_code)],
        words=open_text("claim", claim.ref, REASON_PLACE, last.sealed_reason),
        appeal_ends_at=claim.appeal_ends_at,
        appealed=claim.appeals.filter(decision=last).exists(),
        gives_back=claim.decline_clause in terms.claims.refunded_clauses,
    )


def _missing(claim: Claim, evidence: tuple[EvidenceLine, ...]) -> tuple[str, ...]:
    if not claim.governing_version:
        return ()
    there = {line.kind for line in evidence}
    return tuple(kind for kind in required_kinds(claim) if kind not in there)
