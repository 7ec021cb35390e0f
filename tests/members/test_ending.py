"""How memberships end, and on which day."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import pool
import society
from sameboat.members import actions, promises, queries
from sameboat.members.actions.ending import AlreadyEnded, ChildrenFirst
from sameboat.members.models import Membership
from sameboat.proof.canonical import canonical
from sameboat.proof.ticket import verify_ticket
from sameboat.record import actions as record_actions
from sameboat.record import signing
from sameboat.rules.membership import EndReason
from society import ANA, BAO, FEI, MEI, PLAN, START, WEN

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def left(somebody: society.Somebody, membership: Membership, *, days: int = 0) -> date:
    login = society.signed_in(somebody)
    now = START + days * DAY
    return actions.leave(login_id=login.id, membership_ref=membership.ref, now=now).ends_on


class TestLeaving:
    def test_the_day_of_leaving_is_the_last(self) -> None:
        society.running()
        membership = society.joined(ANA)
        assert left(ANA, membership, days=10) == date(2026, 3, 13)
        membership.refresh_from_db()
        assert membership.end_reason == "left"
        assert membership.cover_ends_on is None
        assert queries.cover(membership, date(2026, 3, 12)).state == "waiting"
        assert queries.cover(membership, date(2026, 3, 13)).state == "ended"

    def test_the_end_leaf_carries_the_signature_of_the_ticket(self) -> None:
        society.running()
        membership = society.joined(ANA)
        login = society.signed_in(ANA).id
        done = actions.leave(login_id=login, membership_ref=membership.ref, now=START)
        membership.refresh_from_db()
        ticket = verify_ticket(done.ticket.encode(), signing.public_key(signing.TICKET))
        request = canonical(
            {
                "v": 1,
                "type": "leave",
                "plan": PLAN,
                "join": bytes(membership.join_leaf).hex(),
                "received": int(START.timestamp()),
            }
        )
        assert (ticket.promise, ticket.hash) == ("leave", hashlib.sha256(request).digest())
        leaf = promises.end_leaf(
            plan=PLAN,
            last_day=date(2026, 3, 2),
            reason="left",
            joined=bytes(membership.join_leaf),
            proof=json.loads(done.ticket)["sig"],
        )
        assert membership.end_leaf is not None
        assert leaf.hash() == bytes(membership.end_leaf)
        shown = queries.leave_ticket(login_id=login, membership_ref=membership.ref)
        assert shown == done.ticket

    def test_nobody_leaves_twice(self) -> None:
        society.running()
        membership = society.joined(ANA)
        left(ANA, membership)
        with pytest.raises(AlreadyEnded):
            left(ANA, membership, days=1)

    def test_leaving_before_a_rejoining_begins_takes_it_back(self, tmp_path: Path) -> None:
        no_grace = {b"grace_rejoin_days = 3": b"grace_rejoin_days = 0"}
        society.running(changed=pool.rulebook_with(no_grace, tmp_path))
        left(ANA, society.joined(ANA))
        again = society.joined(ANA)
        assert left(ANA, again) == again.joined_on == date(2026, 3, 3)
        closed = actions.close_day(plan_id=PLAN, day=date(2026, 3, 2), now=START + DAY)
        following = actions.close_day(plan_id=PLAN, day=date(2026, 3, 3), now=START + 2 * DAY)
        assert (closed.joins, closed.ends, closed.active) == (1, 1, 0)
        assert (following.joins, following.ends, following.active) == (0, 0, 0)


class TestFamily:
    def test_children_are_taken_out_before_their_payer_leaves(self) -> None:
        society.running()
        own = society.joined(WEN)
        child = society.joined(BAO, by=WEN, relation="child")
        mother = society.joined(MEI, by=WEN, relation="parent")
        with pytest.raises(ChildrenFirst) as refused:
            left(WEN, own)
        assert "温○○" in refused.value.explain("zh")
        left(WEN, child)
        assert left(WEN, own)
        mother.refresh_from_db()
        assert mother.ends_on is None


class TestOtherReasons:
    def test_death_ends_cover_that_day_and_sharing_when_it_is_recorded(self) -> None:
        society.running()
        membership = society.joined(ANA)
        ended = actions.end_membership(
            membership_id=membership.id,
            reason=EndReason.DIED,
            on=date(2026, 3, 5),
            now=START + 10 * DAY,
        )
        membership.refresh_from_db()
        assert ended
        assert membership.ends_on == date(2026, 3, 13)
        assert membership.cover_ends_on == date(2026, 3, 6)
        assert queries.cover(membership, date(2026, 3, 6)).state == "ended"
        assert not actions.end_membership(
            membership_id=membership.id, reason=EndReason.DIED, on=date(2026, 3, 5), now=START
        )

    @pytest.mark.parametrize(
        ("reason", "uncovered_from"),
        [(EndReason.EXCLUDED, date(2026, 3, 6)), (EndReason.DEFAULT, date(2026, 3, 15))],
    )
    def test_cover_outlasts_an_end_that_is_not_on_the_record(
        self, reason: EndReason, uncovered_from: date
    ) -> None:
        society.running()
        membership = society.joined(ANA)
        on = date(2026, 3, 5) if reason is EndReason.EXCLUDED else date(2026, 3, 10)
        actions.end_membership(
            membership_id=membership.id, reason=reason, on=on, now=START + 8 * DAY
        )
        membership.refresh_from_db()
        assert membership.ends_on == date(2026, 3, 11)
        after = date(2026, 3, 12)
        assert queries.cover_ended_on(membership) is None
        assert queries.cover(membership, after).state == "waiting"
        assert queries.cover(membership, after).ends_on == date(2026, 3, 13)
        # The day is closed, but the sequencer has not come to it for four days.
        actions.close_days_due(now=START + 9 * DAY)
        assert queries.cover(membership, after).state == "waiting"
        record_actions.sequence(now=START + 13 * DAY)
        assert queries.cover_ended_on(membership) == uncovered_from
        assert queries.cover(membership, date(2026, 3, 15)).state == "ended"

    def test_an_end_on_a_closed_day_is_written_into_today(self) -> None:
        society.running()
        membership = society.joined(ANA)
        actions.close_days_due(now=START + 5 * DAY)
        actions.end_membership(
            membership_id=membership.id,
            reason=EndReason.AIDED,
            on=date(2026, 3, 4),
            now=START + 5 * DAY,
        )
        membership.refresh_from_db()
        assert membership.ends_on == date(2026, 3, 8)

    def test_who_is_too_old_today_ends_by_age_even_before_the_day_is_closed(self) -> None:
        society.running()
        membership = society.joined(replace(FEI, born_on=date(1966, 3, 5)))
        birthday = START + 3 * DAY
        with pytest.raises(AlreadyEnded):
            left(replace(FEI, born_on=date(1966, 3, 5)), membership, days=3)
        assert not actions.end_membership(
            membership_id=membership.id,
            reason=EndReason.EXCLUDED,
            on=date(2026, 3, 4),
            now=birthday,
        )

    def test_becoming_too_old_ends_on_the_birthday(self) -> None:
        society.running()
        almost = replace(FEI, born_on=date(1966, 3, 5))
        membership = society.joined(almost)
        young = society.joined(ANA)
        actions.close_days_due(now=START + 5 * DAY)
        ended_otherwise = actions.end_membership(
            membership_id=membership.id,
            reason=EndReason.DEFAULT,
            on=date(2026, 3, 6),
            now=START + 5 * DAY,
        )
        assert not ended_otherwise
        membership.refresh_from_db()
        young.refresh_from_db()
        assert (membership.ends_on, membership.end_reason) == (date(2026, 3, 5), "aged_out")
        assert young.ends_on is None
        assert queries.active_count(PLAN, date(2026, 3, 3)) == 2
        assert queries.active_count(PLAN, date(2026, 3, 4)) == 1
