"""Reads of settlement: what is due, how a period was divided, what a member was charged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from django.db.models import Q, Sum

from sameboat.claims.models import Claim
from sameboat.claims.queries import is_any_undecided
from sameboat.claims.queries.groups import OTHER
from sameboat.members.models import MembersDay, Membership
from sameboat.members.queries import join_opening, wind_down
from sameboat.plans.queries import first_adopted, in_force, terms_on
from sameboat.plans.queries import plan as plan_of
from sameboat.proof.certificate import ShareCertificate
from sameboat.proof.leaves import ShareClass, ShareLeaf, share_salt
from sameboat.record.queries import receipt, state_of
from sameboat.rules.calendar import (
    day_of,
    debit_day,
    next_publicity_day,
    previous_publicity_day,
    shares_at,
    start_of,
)
from sameboat.rules.money import Fen
from sameboat.rules.quote import Quote, explain
from sameboat.rules.share import Share
from sameboat.rules.winding import PlanState, is_borne, plan_state
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.settlement.charged import charged_before, charged_before_leaving
from sameboat.settlement.dividing import divide_among
from sameboat.settlement.engine import (
    Lock,
    Standing,
    charged_of,
    share_rows,
)
from sameboat.settlement.files import files_of
from sameboat.settlement.models import (
    EXTRA,
    RECOVERED,
    GroupCount,
    MoneyFact,
    Period,
    PeriodClaim,
    StageMark,
)
from sameboat.settlement.proving import ClassTree, place_in_class
from sameboat.settlement.waiting import Wait

ORDER = ("lock", "snapshot", "close", "share", "certify", "announce")
RECORDED = ("RECORDED", "WITNESSED")


class NoSuchPeriod(Refusal):
    """The plan has no period of that publicity day."""

    code = "no_such_period"
    en = "There is no period of {publicity_on} in this plan."
    zh = "该计划没有 {publicity_on} 这一期。"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberShare:
    """What one membership was charged in one period."""

    period: Period
    payer: int
    """The household that paid for it at the lock; another one may pay today."""
    status: str
    weight: int
    amount: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The three files of one share: anybody can check them offline."""

    share: bytes
    proof: str
    entry: bytes


# What is due


def next_publicity_on(plan_id: str) -> date:
    """The publicity day of the period that is to be locked next."""
    plan = plan_of(plan_id)
    last = Period.objects.filter(plan=plan_id).order_by("-publicity_on").first()
    if last is not None:
        return next_publicity_day(plan, after=last.publicity_on)
    adopted = first_adopted(plan_id)
    assert adopted is not None
    return next_publicity_day(plan, after=day_of(adopted.adopted_at, plan.timezone))


def due_stage(plan_id: str, now: datetime) -> tuple[str, date] | None:
    """The next stage to run for a plan and its publicity day; None if nothing is due."""
    unfinished = Period.objects.filter(plan=plan_id, state__in=("LOCKED", "CLOSED", "SETTLED"))
    for period in unfinished.order_by("publicity_on"):
        stage = next_stage(period)
        if stage is not None and why_not_due(period, stage, now) is None:
            return stage, period.publicity_on
    publicity_on = next_publicity_on(plan_id)
    if now >= start_of(publicity_on, plan_of(plan_id).timezone):
        return "lock", publicity_on
    return None


def next_stage(period: Period) -> str | None:
    """The first stage of a period that has no end mark."""
    done = set(StageMark.objects.filter(period=period).values_list("stage", flat=True))
    return next((stage for stage in ORDER if stage not in done), None)


def why_not_due(period: Period, stage: str, now: datetime) -> Wait | None:
    """Why a stage cannot run yet; None if it can."""
    expected = next_stage(period)
    if expected is None:
        return Wait.ANNOUNCED
    if stage != expected:
        is_later = ORDER.index(stage) > ORDER.index(expected)
        return Wait.LATER if is_later else Wait.STAGE_DONE
    timezone = plan_of(period.plan).timezone
    if stage == "snapshot" and _members_day(period) is None:
        return Wait.DAY_BEFORE_OPEN
    if stage == "close":
        if now < start_of(period.publicity_ends_on, timezone):
            return Wait.PUBLICITY
        before = _before(period)
        if before is not None and before.settle_entry_hash is None:
            return Wait.PERIOD_BEFORE
    if stage == "announce":
        # Who only looks may have read the row before the mark that came with the hash.
        settled = period.settle_entry_hash
        if settled is None or state_of(bytes(settled)) not in RECORDED:
            return Wait.NOT_RECORDED
    return None


def active_at_lock(period: Period) -> int:
    """How many memberships exist at the lock, as the record says."""
    day = _members_day(period)
    assert day is not None
    return day.active


# How a period is divided


def lock_of(period: Period) -> Lock:
    """What decides who shares in a period and in which class."""
    plan = plan_of(period.plan)
    return Lock(
        plan=period.plan,
        publicity_on=period.publicity_on,
        previous_publicity_on=previous_publicity_day(plan, before=period.publicity_on),
        terms=in_force(plan, period.publicity_on),
        aided=_aided(period),
        charged_before=charged_before(period),
        charged_before_leaving=charged_before_leaving(period),
    )


def divide(period: Period, standings: Sequence[Standing], *, claims: Sequence[Fen]) -> Share:
    """The share of a period, by `rules.share`, for the members counted in `standings`."""
    before = _before(period)
    return divide_among(
        standings,
        terms=terms_on(period.plan, period.publicity_on).sharing,
        claims=claims,
        carried_in=Fen(before.carried_out or 0) if before else Fen(0),
        recovered=_facts_sum(period, RECOVERED),
        extra=_facts_sum(period, EXTRA),
        is_borne=period.is_borne,
    )


def falls_to_sponsor(period: Period) -> bool:
    """Whether the plan winds down and has no debit left for this period, as it was planned."""
    planned_on = debit_day(terms_on(period.plan, period.publicity_on), period.publicity_on)
    return is_borne(wind_down(period.plan), debit_on=planned_on)


def pays_what_is_left(period: Period) -> bool:
    """Whether the aid of the period is paid only as far as the money left reaches."""
    ending = wind_down(period.plan)
    in_proportion = ending is not None and ending.run_off_aid == "pro_rata"
    return in_proportion and falls_to_sponsor(period)


def waits_for_the_last_claim(period: Period, now: datetime) -> bool:
    """Whether aid that is paid from what is left waits: everybody gets one proportion of it.

    Nobody knows it before nobody can claim any more and every claim that was handed in is decided.
    """
    if not pays_what_is_left(period):
        return False
    today = day_of(now, plan_of(period.plan).timezone)
    is_over = plan_state(wind_down(period.plan), today) is PlanState.ENDED
    return not is_over or is_any_undecided(period.plan, now=now)


def left_over(period: Period) -> Fen:
    """What is there for the claims of a period that nobody shares: the carry and what came back."""
    before = _before(period)
    carried_in = Fen(before.carried_out or 0) if before else Fen(0)
    return Fen(carried_in + _facts_sum(period, RECOVERED))


def published_aid(period: Period) -> list[Fen]:
    """The aid of each claim now shown to the members: what the provisional share is made of."""
    claims = Claim.objects.filter(plan=period.plan, state__in=("PUBLISHED", "ACCEPTED"))
    return [Fen(aid) for aid in claims.order_by("pk").values_list("aid", flat=True) if aid]


def settled_aid(period: Period) -> list[Fen]:
    """The aid of each claim of a closed period that costs it anything."""
    costing = period.claims.filter(aid__gt=0).order_by("pk")
    return [Fen(aid) for aid in costing.values_list("aid", flat=True)]


# What a reader asks


def periods(plan_id: str, *, before: date | None = None, limit: int | None = None) -> list[Period]:
    """The periods of a plan, the newest first: all, or `limit` of those published before a day."""
    found = Period.objects.filter(plan=plan_id)
    if before is not None:
        found = found.filter(publicity_on__lt=before)
    return list(found.order_by("-publicity_on")[:limit])


def period(plan_id: str, publicity_on: date) -> Period:
    """One period of a plan; refuses a day that is no publicity day of a period that began."""
    found = Period.objects.filter(plan=plan_id, publicity_on=publicity_on).first()
    if found is None:
        raise NoSuchPeriod(plan=plan_id, publicity_on=publicity_on)
    return found


def settled_by_group(plan_id: str) -> Counter[str]:
    """How many claims of a plan were settled, by group of illnesses.

    These are exact counts: nothing is published before `rules.small_cells` merged them. Claims
    settled before counts were kept stand under `OTHER`.
    """
    counts = GroupCount.objects.filter(plan=plan_id).values_list("group", "claims")
    found = Counter(dict(counts))
    settled = PeriodClaim.objects.filter(period__plan=plan_id)
    claims = settled.filter(period__settle_entry_hash__isnull=False).values("claim").distinct()
    uncounted = claims.count() - found.total()
    return found + Counter({OTHER: uncounted})


def share_of(membership: Membership, period: Period) -> MemberShare | None:
    """What a membership was charged in a period; None where it had no part in it.

    Nothing is stored per member: this looks into the period's shares file.
    """
    return next((s for s in shares_of(membership, among=[period])), None)


def shares_of(
    membership: Membership, *, among: Sequence[Period] | None = None
) -> list[MemberShare]:
    """What a membership was charged in each settled period, the newest first."""
    chosen = periods(membership.plan) if among is None else among
    found = []
    for each in chosen:
        if each.settle_entry_hash is None or not shares_at(
            each.publicity_on, joined_on=membership.joined_on, ends_on=membership.ends_on
        ):
            continue
        rows = share_rows(files_of(each.plan, each.publicity_on).shares, [membership.pk])
        if membership.pk in rows:
            payer, status, weight, amount = rows[membership.pk]
            found.append(
                MemberShare(period=each, payer=payer, status=status, weight=weight, amount=amount)
            )
    return found


def charged_this_year(membership: Membership, period: Period) -> Fen:
    """What a membership was charged in the period's calendar year, this period included.

    The year is that of the planned debit day.
    """
    shares = files_of(period.plan, period.publicity_on).shares
    return charged_of(shares, [membership.pk]).get(membership.pk, Fen(0))


def certificate(*, membership: Membership, period: Period) -> Certificate | None:
    """What proves a membership's share to anybody: None where it had no part in the period.

    None too where nothing was due: then nobody was charged, and the entry has no classes.
    """
    own = share_of(membership, period)
    assert period.settle_entry_hash is not None
    recorded = receipt(bytes(period.settle_entry_hash))
    classes = list(period.classes.order_by("status", "weight", "amount"))
    if own is None or recorded is None or not classes:
        return None
    leaf = _share_leaf(membership, own)
    number = [(c.status, c.weight, c.amount) for c in classes].index(
        (own.status, own.weight, own.amount)
    )
    place = place_in_class(
        leaf.hash(),
        files_of(period.plan, period.publicity_on),
        ClassTree(number, classes[number].members, bytes(classes[number].root)),
        members=[each.members for each in classes],
    )
    join, salt = join_opening(membership)
    certified = ShareCertificate(leaf=leaf, place=place, join=join, salt=salt)
    return Certificate(
        share=certified.to_bytes(), proof=recorded.proof_text, entry=recorded.entry_bytes
    )


def payer_debits(period: Period) -> Path:
    """The Parquet file of what each payer owes in a period: `payer` (household), `amount`."""
    return files_of(period.plan, period.publicity_on).debits


def _share_leaf(membership: Membership, own: MemberShare) -> ShareLeaf:
    period = own.period
    joined = bytes(membership.join_leaf)
    key = keystore().get("period", f"{period.plan}:{period.publicity_on}")
    return ShareClass(
        plan=period.plan,
        period=period.publicity_on.isoformat(),
        status=own.status,
        weight=own.weight,
        amount=own.amount,
    ).leaf(join_leaf=joined, salt=share_salt(key, joined))


def working(period: Period, language: Literal["zh", "en"]) -> list[str]:
    """How the share of a settled period was computed, sentence by sentence, with its figures."""
    return explain(quote_of(period), language)


def quote_of(period: Period) -> Quote:
    """A settled period's division, computed again by `rules.share` from the groups it was made of.

    It is the very same function and the very same groups, so it gives the very same figures.
    """
    mark = StageMark.objects.get(period=period, stage="share")
    standings = [Standing(**row) for row in mark.facts["standings"]]
    divided = divide(period, standings, claims=settled_aid(period))
    assert divided.charged == (period.charged or 0) + period.waived
    return Quote(
        plan=period.plan,
        version=period.version,
        on=period.publicity_on,
        terms=terms_on(period.plan, period.publicity_on).sharing,
        claims=tuple(settled_aid(period)),
        share=divided,
    )


def next_event_at(plan_id: str, now: datetime) -> datetime:
    """When something is due next for a plan: a lock, an end of publicity, a debit, a payout.

    `now`, where all that is known of is due already and waits to be done.
    """
    timezone = plan_of(plan_id).timezone
    days = [next_publicity_on(plan_id)]
    for each in Period.objects.filter(plan=plan_id).exclude(state="DONE"):
        days += [each.publicity_ends_on, each.debit_on, each.payout_from, each.retries_until]
    instants = [start_of(day, timezone) for day in days]
    return min((instant for instant in instants if instant > now), default=now)


def _before(period: Period) -> Period | None:
    earlier = Period.objects.filter(plan=period.plan, publicity_on__lt=period.publicity_on)
    return earlier.order_by("-publicity_on").first()


def _members_day(period: Period) -> MembersDay | None:
    day = period.publicity_on - timedelta(days=1)
    return MembersDay.objects.filter(plan=period.plan, day=day).first()


def _aided(period: Period) -> tuple[int, ...]:
    """Members aided by this period, or settled earlier and not yet paid."""
    claims = Claim.objects.filter(
        Q(settled_in__period=period) | Q(plan=period.plan, state="SETTLED")
    )
    return tuple(sorted(set(claims.values_list("membership_id", flat=True))))


def _facts_sum(period: Period, kinds: Sequence[str]) -> Fen:
    found = MoneyFact.objects.filter(period=period, kind__in=kinds).aggregate(total=Sum("amount"))
    return Fen(found["total"] or 0)
