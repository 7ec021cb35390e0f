"""Becoming too old for one plan and going on in another: asked for before, done by itself.

Whoever asks agrees to the other plan. On the age-out day they are a member there, with the days
that they have waited and the answers that they have given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from importlib import resources

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from sameboat.identity.personal import open_text
from sameboat.identity.persons import NUMBER_PLACE
from sameboat.identity.queries import may_act_for
from sameboat.members.actions.ending import AlreadyEnded, NoSuchMembership
from sameboat.members.actions.joining import AlreadyMember, DisclosureOutdated, PlanEnds
from sameboat.members.holding import hold
from sameboat.members.models import MembersDay, Membership, Transfer, WindDown
from sameboat.members.promises import agreed, join_leaf, join_salt
from sameboat.plans import queries as plans
from sameboat.proof.leaves import who
from sameboat.rules.benefit import tiers_of
from sameboat.rules.calendar import age_out_on, day_after, day_of, start_of
from sameboat.rules.documents import DocumentKind
from sameboat.rules.membership import EndReason, joins_on
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.transfer import Lapse, covered_in_turn, may_ask_from, takes_in
from sameboat.runtime.ids import reference
from sameboat.runtime.refusals import Refusal

_BATCH = 10_000
_WRITE = resources.files("sameboat.members").joinpath("sql/transfer_write.sql").read_text()


class NoTransfer(Refusal):
    """The terms lead this member into no other plan."""

    code = "no_transfer"
    en = "From this plan one does not go on in another one when becoming too old for it."
    zh = "本计划到龄后没有可转入的计划。"


class TransferTooEarly(Refusal):
    """A transfer is asked for in the last year before the age-out day."""

    code = "transfer_too_early"
    en = "This can be asked for from {opens_on} on."
    zh = "自 {opens_on} 起可以申请转入。"


class NoTransferAsked(Refusal):
    """No transfer of this membership waits to be carried out."""

    code = "no_transfer_asked"
    en = "No transfer of this membership is asked for."
    zh = "该成员资格没有待办的转入申请。"


@transaction.atomic
def ask_transfer(
    *, login_id: int, membership_ref: str, disclosure_version: str, now: datetime
) -> Transfer:
    """Agree to go on in the plan that the terms name, from the age-out day on.

    `disclosure_version` is the other plan's. Asking again replaces what was asked before.
    """
    membership = _own(login_id, membership_ref)
    today = day_of(now, plans.plan(membership.plan).timezone)
    if membership.ends_on is not None or membership.until_on <= today:
        raise AlreadyEnded(ends_on=membership.ends_on or membership.until_on)
    into = offered_plan(membership, today)
    if into is None:
        raise NoTransfer()
    opens_on = may_ask_from(membership.born_on, until_on=membership.until_on)
    if today < opens_on:
        raise TransferTooEarly(opens_on=opens_on)
    if disclosure_version != into.disclosure_version:
        raise DisclosureOutdated(version=into.disclosure_version)
    if _ends(into.id):
        raise PlanEnds(plan=into.id)
    if Membership.objects.filter(plan=into.id, person=membership.person, ends_on=None).exists():
        raise AlreadyMember(plan=into.id)
    asked, _made = Transfer.objects.update_or_create(
        membership=membership,
        defaults={
            "to_plan": into.id,
            "disclosure_version": disclosure_version,
            "asked_by_id": login_id,
            "asked_at": now,
        },
    )
    return asked


@transaction.atomic
def drop_transfer(*, login_id: int, membership_ref: str) -> None:
    """Take the wish back: the membership then ends by age, and nothing follows."""
    membership = _own(login_id, membership_ref)
    standing = Transfer.objects.filter(membership=membership, into=None, lapsed="")
    dropped, _rows = standing.filter(membership__ends_on=None).delete()
    if not dropped:
        raise NoTransferAsked()


def offered_plan(membership: Membership, today: date) -> Plan | None:
    """The plan into which the terms of today lead the member; None where none here takes them."""
    plan_id = plans.terms_on(membership.plan, today).joining.transfer_to
    into = next((each for each in plans.plans() if each.id == plan_id), None)
    if into is None:
        return None
    comes_on = max(membership.until_on, into.versions[0].effective_on)
    terms = plans.in_force(into, comes_on)
    return into if takes_in(terms, born=membership.born_on, on=comes_on) else None


def transfer_aged_out(*, plan_id: str, day: date, now: datetime) -> int:
    """Carry out the transfers of those whose last day by age was `day`; how many were.

    What cannot be carried out lapses, with the reason.
    """
    offered = plans.terms_on(plan_id, day).joining.transfer_to
    due = Transfer.objects.filter(
        membership__plan=plan_id,
        membership__ends_on=day_after(day),
        membership__end_reason=EndReason.AGED_OUT.value,
        into=None,
        lapsed="",
    )
    due.exclude(to_plan=offered or "").update(lapsed=Lapse.NOT_OFFERED.value)
    if offered is None or not due.exists():
        return 0
    if _ends(offered):
        due.update(lapsed=Lapse.PLAN_ENDS.value)
        return 0
    into, transferred = plans.plan(offered), 0
    first_day = max(day_after(day), _first_open_day(into.id))
    hold(into.id, first_day)
    while batch := _batch(due):
        transferred += _transfer(batch, into, first_day, now)
    return transferred


def _batch(due: QuerySet[Transfer]) -> list[Transfer]:
    rows = due.select_related("membership__person", "asked_by")
    return list(rows.order_by("pk")[:_BATCH])


def _transfer(batch: Sequence[Transfer], into: Plan, first_day: date, now: datetime) -> int:
    """Make the memberships of a batch; whoever is a member there already has one."""
    terms = plans.in_force(into, first_day)
    ended_on = _last_ends(into.id, (asked.membership.person_id for asked in batch))
    made: dict[int, Membership] = {}
    lapses: dict[Lapse, list[int]] = defaultdict(list)
    for asked in batch:
        old = asked.membership
        joined_on = joins_on(first_day, last_ends_on=ended_on.get(old.person_id))
        if takes_in(terms, born=old.born_on, on=joined_on):
            made[asked.pk] = _membership(asked, into, terms, joined_on, now)
        else:
            lapses[Lapse.WRONG_AGE].append(asked.pk)
    Membership.objects.bulk_create(made.values(), ignore_conflicts=True)
    written = _written(made)
    lapses[Lapse.ALREADY_MEMBER] = [pk for pk in made if pk not in written]
    for lapse, ids in lapses.items():
        Transfer.objects.filter(pk__in=ids).update(lapsed=lapse.value)
    return len(written)


def _written(made: Mapping[int, Membership]) -> set[int]:
    """The transfers whose membership stands now, with all that comes with it."""
    refs = [membership.ref for membership in made.values()]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {"transfers": list(made), "refs": refs})
        return {transfer for (transfer,) in cursor.fetchall()}


def _membership(
    asked: Transfer, into: Plan, terms: PlanTerms, joined_on: date, now: datetime
) -> Membership:
    """The membership of the other plan with its join leaf, not written yet."""
    old, ref = asked.membership, reference()
    person = old.person
    assert person.sealed_document_number is not None, "whoever was erased is no member"
    number = open_text("person", person.ref, NUMBER_PLACE, bytes(person.sealed_document_number))
    salt = join_salt(person_ref=person.ref, membership_ref=ref)
    tiers = tiers_of(terms.benefits)
    membership = Membership(
        ref=ref,
        plan=into.id,
        version=terms.version,
        person=person,
        household_id=old.household_id,
        born_on=old.born_on,
        tier=old.tier if old.tier in tiers else tiers[0],
        joined_on=joined_on,
        # Agreed to before: a lock after the first day sees it, however late it is written down.
        joined_at=min(now, start_of(joined_on, into.timezone)),
        covered_from=covered_in_turn(old.covered_from, joined_on=joined_on),
        until_on=age_out_on(old.born_on, terms.joining),
        terms_hash=agreed(into),
        # Who asked for another adult has not agreed for them.
        needs_consent=asked.asked_by.person_id != person.pk,
        who=who(salt, DocumentKind(person.document_kind), number),
    )
    membership.join_leaf = join_leaf(membership).hash()
    return membership


def _ends(plan_id: str) -> bool:
    return WindDown.objects.filter(plan=plan_id, announced_on__isnull=False).exists()


def _first_open_day(plan_id: str) -> date:
    last = MembersDay.objects.filter(plan=plan_id).aggregate(last=Max("day"))["last"]
    return date.min if last is None else last + timedelta(days=1)


def _last_ends(plan_id: str, persons: Iterable[int]) -> dict[int, date]:
    """When the last membership of these persons in a plan ended, of those who had one."""
    earlier = Membership.objects.filter(plan=plan_id, person__in=list(persons))
    rows = earlier.exclude(ends_on=None).values_list("person").annotate(Max("ends_on"))
    return dict(rows.order_by())


def _own(login_id: int, membership_ref: str) -> Membership:
    found = Membership.objects.select_related("person").filter(ref=membership_ref).first()
    if found is None or not may_act_for(login_id, found.person_id):
        raise NoSuchMembership()
    return found
