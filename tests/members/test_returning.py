"""Coming back: what was left by mistake, or lost for a time, is had back where the terms say so."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

import pool
import society
from sameboat.cli.check import run_checks
from sameboat.members import actions, promises, queries
from sameboat.members.actions.returning import (
    ArrearsFirst,
    CameBack,
    NoWayBack,
    TooLateToComeBack,
)
from sameboat.members.models import Absence, MembersDay, Membership
from sameboat.proof.entry import chain_id
from sameboat.proof.sortedtree import sorted_root
from sameboat.proof.ticket import verify_ticket
from sameboat.record import actions as record_actions
from sameboat.record import queries as record
from sameboat.record import signing
from sameboat.rules.membership import EndReason
from sameboat.rules.money import Fen
from sameboat.settlement.snapshot import write_snapshot
from society import ANA, BAO, FEI, PLAN, START, WEN

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST = date(2026, 3, 2)
TENTH = START + 10 * DAY


def leaves(membership: Membership, now: datetime, somebody: society.Somebody = ANA) -> str:
    login = society.signed_in(somebody).id
    return actions.leave(login_id=login, membership_ref=membership.ref, now=now).ticket


def comes_back(
    membership: Membership, now: datetime, *, arrears: int = 0, by: society.Somebody = ANA
) -> CameBack:
    return actions.come_back(
        login_id=society.signed_in(by).id,
        membership_ref=membership.ref,
        arrears=Fen(arrears),
        now=now,
    )


def days() -> list[tuple[int, int, int, int]]:
    rows = MembersDay.objects.order_by("day")
    return list(rows.values_list("joins", "returns", "ends", "active"))


class TestFiftyOneMinutes:
    """A member of Xiang Hu Bao left by mistake and was back after 51 minutes; it cost the aid."""

    def test_nothing_is_lost(self) -> None:
        society.running()
        own = society.joined(ANA)
        leaves(own, TENTH)
        back = comes_back(own, TENTH + timedelta(minutes=51))
        assert back.membership_ref == own.ref
        assert (back.back_on, back.covered_from) == (date(2026, 3, 13), date(2026, 6, 1))
        own.refresh_from_db()
        assert own.ends_on is None
        assert queries.cover(own, date(2026, 3, 12)).state == "waiting"
        assert all(queries.is_member_at(FIRST + n * DAY, own) for n in range(1, 30))
        assert queries.gaps(own)[0].since == queries.gaps(own)[0].until
        actions.close_days_due(now=TENTH + 2 * DAY)
        assert days()[9:] == [(0, 0, 0, 1), (0, 1, 1, 1), (0, 0, 0, 1)]
        assert [done for done in run_checks() if done.findings] == []

    def test_the_way_of_joining_again_leads_to_the_old_membership(self) -> None:
        society.running()
        own = society.joined(ANA)
        leaves(own, TENTH)
        again = society.joined(ANA, now=TENTH + timedelta(minutes=51))
        assert again.id == own.id
        assert again.covered_from == own.covered_from

    def test_the_record_names_the_return_and_the_ticket_promises_it(self) -> None:
        society.running()
        own = society.joined(ANA)
        leaves(own, TENTH)
        own.refresh_from_db()
        leaf = promises.return_leaf(own, returned_on=date(2026, 3, 13)).hash()
        back = comes_back(own, TENTH + DAY)
        ticket = verify_ticket(back.ticket.encode(), signing.public_key(signing.TICKET))
        assert (ticket.promise, ticket.hash) == ("join", leaf)
        actions.close_days_due(now=TENTH + 3 * DAY)
        record_actions.sequence(now=TENTH + 3 * DAY)
        entries = record.chain_entries(chain_id("members", PLAN))
        assert {entry.state for entry in entries} == {"RECORDED"}
        assert entries[-2].body["returns"] == {
            "count": 1,
            "root": sorted_root([leaf]).hex(),
            "waiting_by_join_day": {"2026-03-02": 1},
        }
        shown = queries.last_return(login_id=society.signed_in(ANA).id, membership_ref=own.ref)
        assert shown is not None
        assert shown.ticket == back.ticket


class TestAGap:
    @pytest.mark.django_db(transaction=True)  # The engine reads through a connection of its own.
    def test_days_away_are_neither_covered_nor_shared(self, tmp_path: Path) -> None:
        society.running()
        own = society.joined(ANA)
        society.joined(FEI)
        leaves(own, TENTH)
        comes_back(own, TENTH + 3 * DAY)
        own.refresh_from_db()
        (gap,) = queries.gaps(own)
        assert (gap.since, gap.until) == (date(2026, 3, 13), date(2026, 3, 16))
        states = [queries.cover(own, date(2026, 3, n)).state.value for n in range(12, 17)]
        assert states == ["waiting", "starting", "starting", "starting", "waiting"]
        shared = [queries.is_member_at(date(2026, 3, n), own) for n in range(12, 18)]
        assert shared == [True, False, False, False, True, True]
        assert [queries.active_count(PLAN, date(2026, 3, n)) for n in (11, 12, 14, 15)] == [
            *(2, 1, 1, 2)
        ]
        # The engine's snapshot, written late, sees what was known at each lock.
        actions.close_days_due(now=TENTH + 8 * DAY)
        for closed in MembersDay.objects.filter(day__gte=date(2026, 3, 10)):
            lock = closed.day + DAY
            at = datetime(lock.year, lock.month, lock.day, tzinfo=START.tzinfo) - DAY / 3
            written = write_snapshot(
                plan_id=PLAN, lock_on=lock, lock_at=at, to=tmp_path / f"{lock}.parquet"
            )
            assert written == closed.active, lock
        assert [done for done in run_checks() if done.findings] == []

    def test_leaving_again_on_the_day_of_the_return_takes_it_back(self) -> None:
        society.running()
        own = society.joined(ANA)
        first = leaves(own, TENTH)
        before = Membership.objects.values().get()
        comes_back(own, TENTH + DAY)
        own.refresh_from_db()
        assert leaves(own, TENTH + DAY) == first
        assert Membership.objects.values().get() == before
        assert not Absence.objects.exists()
        actions.close_days_due(now=TENTH + 3 * DAY)
        assert days()[10:] == [(0, 0, 1, 0), (0, 0, 0, 0), (0, 0, 0, 0)]


class TestNoWayBack:
    def test_after_the_days_of_grace(self) -> None:
        society.running()
        own = society.joined(ANA)
        leaves(own, TENTH)
        with pytest.raises(TooLateToComeBack) as refused:
            comes_back(own, TENTH + 4 * DAY)
        assert refused.value.data == {"until": date(2026, 3, 15)}
        anew = society.joined(ANA, now=TENTH + 4 * DAY)
        assert anew.id != own.id
        assert anew.joined_on == date(2026, 3, 16)
        with pytest.raises(NoWayBack):
            comes_back(own, TENTH + 4 * DAY)

    @pytest.mark.parametrize(
        "reason", [EndReason.AIDED, EndReason.WAITING_ILLNESS, EndReason.EXCLUDED, EndReason.DIED]
    )
    def test_after_an_end_that_the_terms_do_not_undo(self, reason: EndReason) -> None:
        society.running()
        own = society.joined(ANA)
        actions.end_membership(membership_id=own.id, reason=reason, on=date(2026, 3, 12), now=TENTH)
        with pytest.raises(NoWayBack):
            comes_back(own, TENTH + DAY)

    def test_for_an_open_membership_a_stranger_or_a_second_time(self, tmp_path: Path) -> None:
        days, source = b"grace_rejoin_days = 3", b'grace_rejoin_days = "assumed:'
        once = {
            days: days + b"\ngrace_rejoins_max = 1",
            source: b'grace_rejoins_max = "assumed: once"\n' + source,
        }
        society.running(changed=pool.rulebook_with(once, tmp_path))
        own = society.joined(ANA)
        with pytest.raises(NoWayBack):
            comes_back(own, TENTH)
        leaves(own, TENTH)
        society.verified(FEI)
        with pytest.raises(actions.ending.NoSuchMembership):
            comes_back(own, TENTH, by=FEI)
        assert queries.way_back_after_leaving(own, date(2026, 3, 12)) == date(2026, 3, 15)
        comes_back(own, TENTH)
        assert queries.way_back_after_leaving(own, date(2026, 3, 13)) is None
        own.refresh_from_db()
        leaves(own, TENTH + DAY)
        with pytest.raises(NoWayBack):
            comes_back(own, TENTH + DAY)


class TestReinstatement:
    def test_a_default_is_undone_once_all_is_paid_and_once_in_a_lifetime(self) -> None:
        society.running()
        own = society.joined(WEN)
        child = society.joined(BAO, by=WEN, relation="child")

        def defaults(now: datetime) -> None:
            for each in (own, child):
                actions.end_membership(
                    membership_id=each.id,
                    reason=EndReason.DEFAULT,
                    on=date(2026, 3, 2) + (now - START),
                    now=now,
                )

        defaults(TENTH)
        with pytest.raises(ArrearsFirst) as refused:
            comes_back(own, TENTH + 30 * DAY, arrears=120, by=WEN)
        assert refused.value.data == {"arrears": 120}
        with pytest.raises(TooLateToComeBack):
            comes_back(own, TENTH + 31 * DAY, by=WEN)
        back = comes_back(own, TENTH + 30 * DAY, by=WEN)
        assert back.back_on == date(2026, 4, 12)
        comes_back(child, TENTH + 30 * DAY, by=WEN)
        defaults(TENTH + 60 * DAY)
        with pytest.raises(NoWayBack):
            comes_back(own, TENTH + 61 * DAY, by=WEN)
        actions.close_days_due(now=TENTH + 70 * DAY)
        assert [done for done in run_checks() if done.findings] == []


@pytest.mark.django_db(transaction=True)
def test_ten_returns_at_once_are_one() -> None:
    society.running()
    own = society.joined(ANA)
    leaves(own, TENTH)
    login = society.signed_in(ANA).id
    ready = threading.Barrier(10)

    def request(_: int) -> str:
        try:
            ready.wait(timeout=30)
            actions.come_back(login_id=login, membership_ref=own.ref, arrears=Fen(0), now=TENTH)
        except NoWayBack as refusal:
            return refusal.code
        finally:
            connection.close()
        return "back"

    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = sorted(pool.map(request, range(10)))
    assert answers == ["back"] + ["no_way_back"] * 9
    assert Absence.objects.count() == 1
