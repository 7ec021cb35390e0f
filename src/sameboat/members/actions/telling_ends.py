"""Telling members that a membership ended, once its day is on the record, or soon will by age.

Of becoming too old they are told as long before as of new terms, so that they can go on elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from sameboat.gateways.messaging import SEND_MAX, Message, link, provider
from sameboat.gateways.resting import asking
from sameboat.identity.queries import Reader, readers_of
from sameboat.members.models import EndsTold, MembersDay, Membership
from sameboat.plans.queries import plan as plan_of
from sameboat.plans.queries import terms_on
from sameboat.record.queries import state_of
from sameboat.rules.membership import EndReason
from sameboat.runtime.failpoints import reach

NOT_TOLD = (EndReason.LEFT.value, EndReason.DIED.value)
"""Whoever left knows it, and a family that mourns is not written to by a machine."""
_ENDS_AT_ONCE = SEND_MAX // 2
"""Of each end at most two are told: the member and who pays for them."""
_DAY = timedelta(days=1)


def tell_ended(*, plan_id: str, now: datetime) -> int:
    """Tell of every end that was recorded since the last time, and of those by age that are coming;
    the number of messages.

    Killed and run again, or run twice at once, nobody is told twice: each message has a key.
    """
    mark, _ = EndsTold.objects.get_or_create(plan=plan_id)
    reach("members.tell.mark")
    told = 0
    while (day := _recorded_after(mark)) is not None:
        messages, last = _messages_after(mark, day)
        if messages:
            with asking("messaging", now=now):
                provider().send(*messages, now=now)
            reach("members.tell.sent")
        after = {"up_to": last} if last else {"day": day.day, "up_to": 0}
        standing = EndsTold.objects.filter(pk=mark.pk, day=mark.day, up_to=mark.up_to)
        moved = standing.update(**after)
        reach("members.tell.up_to")
        if moved != 1:
            break  # Another worker tells the rest.
        mark.refresh_from_db()
        told += len(messages)
    return told


def _recorded_after(mark: EndsTold) -> MembersDay | None:
    """The next day whose ends are to be told; None while it is not on the record."""
    days = MembersDay.objects.filter(plan=mark.plan)
    if mark.day is not None:
        days = days.filter(day__gt=mark.day)
    following = days.order_by("day").first()
    if following is None or state_of(bytes(following.entry_hash)) != "RECORDED":
        return None
    return following


def _messages_after(mark: EndsTold, day: MembersDay) -> tuple[list[Message], int]:
    """Some of the day's messages, and the last membership they are about; 0 if none is left."""
    ahead = timedelta(days=terms_on(mark.plan, day.day).notice_days)
    ended = Q(ends_on=day.day + _DAY) & ~Q(end_reason__in=NOT_TOLD)
    soon = Q(ends_on=None, until_on=day.day + _DAY + ahead)
    found = Membership.objects.filter(ended | soon, plan=mark.plan, pk__gt=mark.up_to)
    found = found.select_related("person", "household__payer", "transfer__into")
    rows = list(found.order_by("pk")[:_ENDS_AT_ONCE])
    persons = {person.pk: person for row in rows for person in (row.person, row.household.payer)}
    readers = readers_of(persons)
    messages = [
        _message(row, persons[person].ref, readers[person])
        for row in rows
        for person in sorted({row.person_id, row.household.payer_id} & readers.keys())
    ]
    return messages, rows[-1].pk if rows else 0


def _message(membership: Membership, person_ref: str, to: Reader) -> Message:
    into = membership.transfer.into if hasattr(membership, "transfer") else None
    if into is not None:
        template, of = "transferred", into.plan
        data = {"joined_on": into.joined_on.isoformat()}
    else:
        template = "membership_ended" if membership.ends_on else "ages_out_soon"
        of = membership.plan
        data = {"ends_on": (membership.ends_on or membership.until_on).isoformat()}
    key = "membership-ends-soon" if template == "ages_out_soon" else "membership-ended"
    ends_on = membership.ends_on or membership.until_on
    return Message(
        key=to.key(f"{key}/{membership.ref}/{ends_on}/{person_ref}"),
        to=to.phone,
        template=template,
        data=data | {"plan": plan_of(of).name.side(to.language), "link": link("/cover")},
        language=to.language,
    )
