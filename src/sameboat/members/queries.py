"""Reads about memberships: who is a member, since when covered, and what proves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import cast

from django.db.models import Exists, OuterRef, Q, QuerySet

from sameboat.identity.queries import may_act_for
from sameboat.members import promises
from sameboat.members.actions.ending import NoSuchMembership
from sameboat.members.actions.returning import find_way_back, foreseen_way_back
from sameboat.members.actions.transferring import offered_plan
from sameboat.members.models import (
    BEGAN,
    Absence,
    MembersDay,
    Membership,
    Transfer,
    WindDown,
)
from sameboat.members.placing import place_in_day
from sameboat.plans.queries import in_force, plan, terms_on
from sameboat.proof.certificate import JoinReceipt as JoinFile
from sameboat.proof.entry import check_entry
from sameboat.proof.leaves import JoinLeaf
from sameboat.record.queries import receipt, recorded_at
from sameboat.rules.calendar import age_on, day_after, day_of, shares_at
from sameboat.rules.membership import (
    RECORD_ENDS_COVER,
    End,
    EndReason,
    Gap,
    WayBack,
    back_on,
    first_day_without_cover,
    gap_on,
)
from sameboat.rules.terms import ClosingRefund, Plan, PlanTerms, RunOffAid
from sameboat.rules.terms_diff import Change, changes_between, changes_for, is_for_joiners
from sameboat.rules.transfer import covered_in_turn, may_ask_from
from sameboat.rules.winding import WindDown as Announced


class CoverState(StrEnum):
    """Where a membership stands on a day."""

    STARTING = "starting"
    """Joined again or came back today, member from tomorrow."""
    WAITING = "waiting"
    UNCONFIRMED = "unconfirmed"
    """Not covered, because the adult for whom another one joined has not agreed yet."""
    COVERED = "covered"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The cover of a membership on a day."""

    state: CoverState
    covered_from: date
    """First day on which illness is covered."""
    days_left: int
    """Days until illness is covered; 0 when it is, or never will be."""
    ends_on: date
    """First day without cover: as it ended, or the day of becoming too old.

    After exclusion or default, the earliest such day while the end is not on the record.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """An announced version that is not in force yet, as a member reads it."""

    terms: PlanTerms
    mine: tuple[Change, ...]
    """What changes for this member."""
    later: tuple[Change, ...]
    """What changes for who joins from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOffer:
    """The way on into another plan, open in the last year before the age-out day."""

    into: Plan
    terms: PlanTerms
    """Those of the other plan on the day of coming."""
    on: date
    """The age-out day: from it on one would be a member there."""
    covered_from: date
    asked: Transfer | None
    """The wish that stands; None while nobody asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Until the day's entry is recorded: the operator's promise."""

    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinReceipt:
    """The three files that prove a join, for `sameboat verify`."""

    join: bytes
    """`N.join.json`: join leaf, salt, place in the day's tree."""
    proof: str
    """`N.tlog-proof` of the `members.day` entry."""
    entry: bytes
    """`N.entry.json`."""


def memberships_of(login_id: int) -> list[Membership]:
    """The memberships of the login's person and of everybody it may act for, newest first."""
    return list(
        Membership.objects.filter(_of_family(login_id))
        .select_related("person", "household__payer")
        .order_by("-joined_on", "-id")
        .distinct()
    )


def membership(*, login_id: int, ref: str) -> Membership:
    """One membership that the login may act for."""
    found = Membership.objects.select_related("person", "household").filter(ref=ref).first()
    if found is None or not may_act_for(login_id, found.person_id):
        raise NoSuchMembership()
    return found


def active_in_plan(login_id: int, plan_id: str) -> Membership | None:
    """The open membership of the login's own person in the plan."""
    return (
        Membership.objects.filter(plan=plan_id, ends_on=None, person__logins__id=login_id)
        .select_related("person", "household__payer")
        .first()
    )


def is_member(person_ref: str, plan_id: str) -> bool:
    """Whether the person has an open membership in the plan, whoever pays for it."""
    found = Membership.objects.filter(plan=plan_id, ends_on=None, person__ref=person_ref)
    return found.exists()


def active_count(plan_id: str, day: date) -> int:
    """How many memberships go on after `day`: those who share at a lock on the next day."""
    closed = MembersDay.objects.filter(plan=plan_id, day=day).first()
    if closed is not None:
        return closed.active
    after = Q(ends_on=None) | Q(ends_on__gt=_next(day))
    away = Absence.objects.filter(
        membership=OuterRef("id"), ends_on__lte=_next(day), returned_on__gt=day
    )
    found = Membership.objects.filter(BEGAN & after, plan=plan_id, joined_on__lte=day)
    return found.exclude(Exists(away)).count()


def is_member_at(lock: date, membership: Membership) -> bool:
    """Whether a membership exists at the lock of a day: whether it shares in that period."""
    return shares_at(lock, joined_on=membership.joined_on, ends_on=membership.ends_on) and not any(
        each.ends_on <= lock <= each.returned_on for each in membership.absences.all()
    )


def cover(membership: Membership, today: date) -> Cover:
    """Whether illness that begins on `today` is covered, and if not, from when."""
    ended_on = cover_ended_on(membership)
    ends_on = ended_on or max(membership.ends_on or membership.until_on, _next(today))
    if ended_on is not None and today >= ended_on:
        state = CoverState.ENDED
    elif today < membership.joined_on or gap_on(today, _away(membership)):
        state = CoverState.STARTING
    elif today < membership.covered_from:
        state = CoverState.WAITING
    elif membership.needs_consent and membership.consented_on is None:
        state = CoverState.UNCONFIRMED
    else:
        state = CoverState.COVERED
    waits = state in {CoverState.STARTING, CoverState.WAITING}
    waits = waits and (membership.ends_on is None or membership.covered_from < ends_on)
    return Cover(
        state=state,
        covered_from=membership.covered_from,
        days_left=max(0, (membership.covered_from - today).days) if waits else 0,
        ends_on=ends_on,
    )


def cover_ended_on(membership: Membership) -> date | None:
    """The first day without cover, fixed or foreseen by age; None where the record must say it.

    What the operator decides (exclusion, default) takes cover away only once it is recorded.
    """
    if membership.ends_on is None:
        return membership.until_on
    end = End(
        reason=EndReason(membership.end_reason),
        ends_on=membership.ends_on,
        cover_ends_on=membership.cover_ends_on or membership.ends_on,
    )
    return _first_day_without_cover(membership.plan, end)


def gaps(membership: Membership) -> tuple[Gap, ...]:
    """The days without cover: away between an end and a return, or not agreed to yet."""
    away = _away(membership)
    if not membership.needs_consent:
        return away
    agreed_on = membership.consented_on or date.max
    return (Gap(since=membership.joined_on, until=agreed_on, why="no_consent"), *away)


def wants_consent(membership: Membership) -> bool:
    """Whether an adult still has to agree to what somebody else joined for them."""
    return (
        membership.needs_consent and membership.consented_on is None and membership.ends_on is None
    )


def payer_wanted_until(membership: Membership) -> date | None:
    """Until when somebody must take over as payer, because the payer died; None while one pays."""
    paused_from = membership.household.paused_from
    if paused_from is None or membership.ends_on is not None:
        return None
    grace = terms_on(membership.plan, paused_from).defaulting.payer_grace_days
    return paused_from + timedelta(days=grace)


def _away(membership: Membership) -> tuple[Gap, ...]:
    found = []
    for absence in membership.absences.all():
        if absence.by_mistake:
            continue
        reason = EndReason(absence.end_reason)
        end = End(reason=reason, ends_on=absence.ends_on, cover_ends_on=absence.ends_on)
        since = _first_day_without_cover(membership.plan, end)
        if since is not None:
            found.append(Gap(since=since, until=back_on(absence.returned_on)))
    return tuple(found)


def way_back(membership: Membership, today: date) -> WayBack | None:
    """How the membership can still be had back today; None where it cannot."""
    way = find_way_back(membership, today)
    return way if way and today <= way.until else None


def way_back_after_leaving(membership: Membership, today: date) -> date | None:
    """Until when somebody who leaves today could come back; None where one could not."""
    way = foreseen_way_back(membership, EndReason.LEFT, ends_on=day_after(today), today=today)
    return way.until if way else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """The last return to a membership."""

    absence: Absence
    back_on: date
    """First day as a member again."""
    ticket: str
    """The operator's signed promise to record it."""


def last_return(*, login_id: int, membership_ref: str) -> Returned | None:
    """The last return to a membership, with its ticket again; None where there was none."""
    found = membership(login_id=login_id, ref=membership_ref)
    last = found.absences.order_by("-returned_on").first()
    if last is None:
        return None
    ticket = promises.return_ticket(bytes(last.return_leaf), returned_at=last.returned_at)
    return Returned(absence=last, back_on=back_on(last.returned_on), ticket=ticket)


def transfer_offer(membership: Membership, today: date) -> TransferOffer | None:
    """How the member can go on in another plan on becoming too old; None where they cannot, yet."""
    until_on = membership.until_on
    if membership.ends_on is not None or until_on <= today:
        return None
    into = offered_plan(membership, today)
    if into is None or wind_down(into.id) is not None:
        return None
    if today < may_ask_from(membership.born_on, until_on=until_on):
        return None
    asked = Transfer.objects.filter(membership=membership, to_plan=into.id, lapsed="").first()
    return TransferOffer(
        into=into,
        terms=in_force(into, max(until_on, into.versions[0].effective_on)),
        on=until_on,
        covered_from=covered_in_turn(membership.covered_from, joined_on=until_on),
        asked=asked,
    )


def _first_day_without_cover(plan_id: str, end: End) -> date | None:
    recorded_on = _recorded_on(plan_id, end) if end.reason in RECORD_ENDS_COVER else None
    return first_day_without_cover(end, recorded_on=recorded_on)


def _recorded_on(plan_id: str, end: End) -> date | None:
    """The day on which `members.day` of the last day reached the record."""
    last_day = end.ends_on - timedelta(days=1)
    last = MembersDay.objects.filter(plan=plan_id, day=last_day).first()
    at = recorded_at(bytes(last.entry_hash)) if last else None
    return day_of(at, plan(plan_id).timezone) if at else None


def wind_down(plan_id: str) -> Announced | None:
    """The announced end of a plan; None while it goes on."""
    found = WindDown.objects.filter(plan=plan_id, announced_on__isnull=False).first()
    if found is None or found.announced_on is None:
        return None
    return Announced(
        announced_on=found.announced_on,
        sharing_ends_on=found.sharing_ends_on,
        ends_on=found.ends_on,
        run_off_days=found.run_off_days,
        closing_refund=cast(ClosingRefund, found.closing_refund),
        run_off_aid=cast(RunOffAid, found.run_off_aid),
    )


def coming_terms(membership: Membership, today: date) -> tuple[Coming, ...]:
    """What each announced version that is not in force yet changes, for this member and others."""
    of = plan(membership.plan)
    before, found = in_force(of, today), []
    for after in (terms for terms in of.versions if terms.effective_on > today):
        age = age_on(membership.born_on, after.effective_on)
        others = changes_between(before, after)
        found.append(
            Coming(
                terms=after,
                mine=changes_for(before, after, age=age, tier=membership.tier),
                later=tuple(one for one in others if is_for_joiners(one)),
            )
        )
        before = after
    return tuple(found)


def wind_down_row(plan_id: str) -> WindDown | None:
    """The end of a plan as staff see it, with who proposed it; announced or not."""
    found = WindDown.objects.select_related("proposed_by", "announced_by")
    return found.filter(plan=plan_id).first()


def membership_key(membership: Membership) -> bytes:
    """The 32 bytes from which `claimant` and `objector` on the record are hashed."""
    return promises.membership_key(person_ref=membership.person.ref, membership_ref=membership.ref)


def join_opening(membership: Membership) -> tuple[JoinLeaf, bytes]:
    """The join leaf and its salt; refuses after the person was erased."""
    salt = promises.join_salt(person_ref=membership.person.ref, membership_ref=membership.ref)
    leaf = promises.join_leaf(membership)
    assert leaf.hash() == bytes(membership.join_leaf)
    return leaf, salt


def join_receipt(*, login_id: int, membership_ref: str) -> JoinReceipt | Ticket:
    """What proves the join: the receipt when its day is recorded, until then the ticket."""
    found = membership(login_id=login_id, ref=membership_ref)
    day = MembersDay.objects.filter(plan=found.plan, day=found.joined_on).first()
    recorded = receipt(bytes(day.entry_hash)) if day else None
    if day is None or recorded is None:
        return Ticket(ticket=promises.join_ticket(found))
    leaf, salt = join_opening(found)
    joins = check_entry(recorded.entry_bytes).body["joins"]
    assert isinstance(joins, dict)
    place = place_in_day(
        leaf.hash(),
        plan_id=found.plan,
        day=found.joined_on,
        count=day.joins,
        root=bytes.fromhex(str(joins["root"])),
    )
    file = JoinFile(leaf=leaf, salt=salt, place=place)
    return JoinReceipt(join=file.to_bytes(), proof=recorded.proof_text, entry=recorded.entry_bytes)


def leave_ticket(*, login_id: int, membership_ref: str) -> str | None:
    """The ticket of the leave request again; None where the membership did not end by leaving."""
    found = membership(login_id=login_id, ref=membership_ref)
    if found.end_reason != "left" or found.ended_at is None:
        return None
    return promises.leave_ticket(found, received_at=found.ended_at)


def to_review(plan_id: str) -> QuerySet[Membership]:
    """Open memberships at which a human should look: a score below what the terms ask for."""
    return Membership.objects.filter(plan=plan_id, ends_on=None).exclude(review_reasons="")


def _of_family(login_id: int) -> Q:
    return Q(person__logins__id=login_id) | Q(person__related_to__person__logins__id=login_id)


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
