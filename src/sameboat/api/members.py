"""Memberships: join, cover, what proves it, leave."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import once
from sameboat.api.errors import answers
from sameboat.api.shapes import (
    DONE,
    Bool,
    Code,
    Done,
    In,
    Key,
    Line,
    Out,
    PhoneIn,
    Ref,
    RefPath,
    TextOut,
    both,
)
from sameboat.identity.queries import name_of
from sameboat.identity.scopes import Area
from sameboat.members import actions, queries
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.plans.queries import plan
from sameboat.rules.calendar import day_of
from sameboat.rules.terms_diff import Change
from sameboat.runtime import clock

router = Router(tags=["memberships"], auth=Bearer(Area.MEMBERSHIPS))


class JoinIn(In):
    """A verified person, a plan, and what was answered and accepted."""

    person_ref: Ref
    plan: Code
    answers: Annotated[dict[Code, Bool], Field(max_length=100)]
    """The health declaration: each question's id with yes (true) or no."""
    questions_version: Line
    disclosure_version: Line
    occupation_class: Line = ""
    region: Line = ""
    tier: Line = ""
    """One of the plan's tiers; empty for the ordinary one."""


class JoinedOut(Out):
    """A new membership. There is nothing to pay."""

    ref: str
    joined_on: date
    covered_from: date
    """First day on which illness is covered."""
    ticket: str
    """The operator's signed promise to record the join."""


class CoverOut(Out):
    """Whether illness that begins today is covered."""

    state: str
    """`starting`, `waiting`, `unconfirmed`, `covered` or `ended`."""
    covered_from: date
    days_left: int
    ends_on: date


class WayBackOut(Out):
    """How an ended membership can be had back, with the days since the old joining counted."""

    until: date
    """The last day for it."""
    after_arrears: bool
    """Whether what is unpaid must be paid first."""


class MembershipOut(Out):
    """A membership of oneself or a relative."""

    ref: str
    plan: str
    version: str
    person_ref: str
    name: str
    joined_on: date
    ends_on: date | None
    """First day without membership."""
    end_reason: str
    wants_consent: bool
    """Whether the adult for whom somebody else joined must still agree; no cover before that."""
    payer_died: bool
    """Whether a new payer is wanted: nobody is debited meanwhile."""
    way_back: WayBackOut | None
    transfer: TransferOut | None
    """Open in the last year before the age-out day, where the terms lead into another plan."""
    """With an ended membership that can be had back."""
    cover: CoverOut


class LeftOut(Out):
    """A membership that was ended at the member's wish."""

    ends_on: date
    ticket: str


class AgreeIn(In):
    """The code from the message; null where the member is signed in themselves."""

    code: Line | None


class AgreedOut(Out):
    """Whether the member has agreed; false after a wrong code."""

    agreed: bool


class CameBackOut(Out):
    """An old membership that was had back."""

    ref: str
    back_on: date
    """First day as a member again."""
    covered_from: date
    ticket: str
    """The operator's signed promise to record the return."""


class TransferIn(In):
    """Agreement to go on in the other plan."""

    disclosure_version: Line
    """The other plan's disclosure that was read."""


class TransferOut(Out):
    """The plan in which the member can go on, or will, on becoming too old for this one."""

    plan: str
    disclosure_version: str
    on: date
    """The age-out day, from which one would be a member there."""
    covered_from: date
    asked: bool


class ProofOut(Out):
    """What proves the join: the ticket at first; the three files once the day is recorded."""

    recorded: bool
    ticket: str | None
    join: str | None
    """The file `N.join.json` for `sameboat verify`."""
    proof: str | None
    """The file `N.tlog-proof`."""
    entry: str | None
    """The file `N.entry.json`."""


@router.post("", response=answers(JoinedOut, 201))
def join(request: Request, idempotency_key: Key, body: JoinIn) -> HttpResponse:
    """Join a plan, for oneself or a verified relative; the signed-in person pays."""

    def do() -> JoinedOut:
        joined = actions.join(
            login_id=request.auth.id,
            person_ref=body.person_ref,
            plan_id=body.plan,
            answers=body.answers,
            questions_version=body.questions_version,
            disclosure_version=body.disclosure_version,
            occupation_class=body.occupation_class,
            region=body.region,
            tier=body.tier,
            now=clock.now(),
        )
        return JoinedOut(
            ref=joined.membership_ref,
            joined_on=joined.joined_on,
            covered_from=joined.covered_from,
            ticket=joined.ticket,
        )

    return once(request, idempotency_key, body, do, status=201)


class ChangeOut(Out):
    """One clause that changes, in words."""

    key: str
    """As in the rulebook, such as `sharing.fee_rate`."""
    what: TextOut
    before: TextOut
    after: TextOut


class ComingOut(Out):
    """An announced version that is not in force yet."""

    version: str
    effective_on: date
    for_the_member: list[ChangeOut]
    for_who_joins_later: list[ChangeOut]


@router.get("", response=answers(list[MembershipOut]))
def memberships(request: Request) -> list[MembershipOut]:
    """One's own and the relatives' memberships, newest first."""
    return [_membership(each) for each in queries.memberships_of(request.auth.id)]


@router.get("/{ref}", response=answers(MembershipOut))
def membership(request: Request, ref: RefPath) -> MembershipOut:
    """One membership with its cover today."""
    return _membership(queries.membership(login_id=request.auth.id, ref=ref))


@router.get("/{ref}/new-terms", response=answers(list[ComingOut]))
def new_terms(request: Request, ref: RefPath) -> list[ComingOut]:
    """The announced versions that are not in force yet, and what each changes for this member."""
    found = queries.membership(login_id=request.auth.id, ref=ref)
    today = day_of(clock.now(), plan(found.plan).timezone)
    return [
        ComingOut(
            version=coming.terms.version,
            effective_on=coming.terms.effective_on,
            for_the_member=[_change(one) for one in coming.mine],
            for_who_joins_later=[_change(one) for one in coming.later],
        )
        for coming in queries.coming_terms(found, today)
    ]


@router.post("/{ref}/leave", response=answers(LeftOut))
def leave(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Leave the plan; today is the last day."""

    def do() -> LeftOut:
        left = actions.leave(login_id=request.auth.id, membership_ref=ref, now=clock.now())
        return LeftOut(ends_on=left.ends_on, ticket=left.ticket)

    return once(request, idempotency_key, b"", do)


@router.post("/{ref}/come-back", response=answers(CameBackOut))
def come_back(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Have an ended membership back, where the terms give it; it goes on from tomorrow."""

    def do() -> CameBackOut:
        back = payments.come_back(login_id=request.auth.id, membership_ref=ref, now=clock.now())
        return CameBackOut(
            ref=back.membership_ref,
            back_on=back.back_on,
            covered_from=back.covered_from,
            ticket=back.ticket,
        )

    return once(request, idempotency_key, b"", do)


@router.post("/{ref}/take-over", response=answers(Done))
def take_over(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Pay from the next lock on for the household of this membership, whose payer has died."""

    def do() -> Done:
        actions.take_over(login_id=request.auth.id, membership_ref=ref, now=clock.now())
        return DONE

    return once(request, idempotency_key, b"", do)


@router.post("/{ref}/transfer", response=answers(Done))
def ask_transfer(
    request: Request, idempotency_key: Key, ref: RefPath, body: TransferIn
) -> HttpResponse:
    """Agree to go on in the plan that `transfer` of the membership names, on becoming too old."""

    def do() -> Done:
        actions.ask_transfer(
            login_id=request.auth.id,
            membership_ref=ref,
            disclosure_version=body.disclosure_version,
            now=clock.now(),
        )
        return DONE

    return once(request, idempotency_key, body, do)


@router.post("/{ref}/drop-transfer", response=answers(Done))
def drop_transfer(request: Request, idempotency_key: Key, ref: RefPath) -> HttpResponse:
    """Take that back; the membership then ends by age, and nothing follows."""

    def do() -> Done:
        actions.drop_transfer(login_id=request.auth.id, membership_ref=ref)
        return DONE

    return once(request, idempotency_key, b"", do)


@router.post("/{ref}/ask-consent", response=answers(Done, 202))
def ask_consent(
    request: Request, idempotency_key: Key, ref: RefPath, body: PhoneIn
) -> HttpResponse:
    """Send the adult for whom one joined a code to their own phone, by which they agree."""

    def do() -> Done:
        actions.ask_consent(
            login_id=request.auth.id, membership_ref=ref, phone=body.phone, now=clock.now()
        )
        return DONE

    return once(request, idempotency_key, body, do, status=202)


@router.post("/{ref}/agree", response=answers(AgreedOut))
def agree(request: Request, idempotency_key: Key, ref: RefPath, body: AgreeIn) -> HttpResponse:
    """Agree to a membership that somebody else joined: signed in oneself, or by the code."""

    def do() -> AgreedOut:
        login, now = request.auth.id, clock.now()
        if body.code is None:
            actions.agree(login_id=login, membership_ref=ref, now=now)
            return AgreedOut(agreed=True)
        agreed = actions.agree_by_code(login_id=login, membership_ref=ref, code=body.code, now=now)
        return AgreedOut(agreed=agreed)

    return once(request, idempotency_key, body, do)


@router.get("/{ref}/receipt", response=answers(ProofOut))
def receipt(request: Request, ref: RefPath) -> ProofOut:
    """The ticket, or from the next day on the receipt, that proves the join."""
    found = queries.join_receipt(login_id=request.auth.id, membership_ref=ref)
    if isinstance(found, queries.Ticket):
        return ProofOut(recorded=False, ticket=found.ticket, join=None, proof=None, entry=None)
    return ProofOut(
        recorded=True,
        ticket=None,
        join=found.join.decode(),
        proof=found.proof,
        entry=found.entry.decode(),
    )


def _membership(found: Membership) -> MembershipOut:
    today = day_of(clock.now(), plan(found.plan).timezone)
    cover, way = queries.cover(found, today), queries.way_back(found, today)
    return MembershipOut(
        ref=found.ref,
        plan=found.plan,
        version=found.version,
        person_ref=found.person.ref,
        name=name_of(found.person),
        joined_on=found.joined_on,
        ends_on=found.ends_on,
        end_reason=found.end_reason,
        wants_consent=queries.wants_consent(found),
        payer_died=queries.payer_wanted_until(found) is not None,
        way_back=WayBackOut(until=way.until, after_arrears=way.after_arrears) if way else None,
        transfer=_offer(queries.transfer_offer(found, today)),
        cover=CoverOut(
            state=cover.state.value,
            covered_from=cover.covered_from,
            days_left=cover.days_left,
            ends_on=cover.ends_on,
        ),
    )


def _offer(found: queries.TransferOffer | None) -> TransferOut | None:
    if found is None:
        return None
    return TransferOut(
        plan=found.into.id,
        disclosure_version=found.into.disclosure_version,
        on=found.on,
        covered_from=found.covered_from,
        asked=found.asked is not None,
    )


def _change(one: Change) -> ChangeOut:
    return ChangeOut(
        key=one.key, what=both(one.what), before=both(one.before), after=both(one.after)
    )
