"""Closing days: one entry a day without a gap, and the receipt that a member can check alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

import pytest
from django.db import connection, transaction

import pool
import society
from sameboat.members import actions, queries
from sameboat.members.actions.days import DayNotOver, DayOutOfTurn
from sameboat.members.holding import DayIsClosed
from sameboat.members.models import MembersDay, Membership
from sameboat.proof.certificate import Holder
from sameboat.proof.entry import chain_id
from sameboat.proof.merkle import EMPTY_ROOT
from sameboat.proof.policy import parse_policy
from sameboat.proof.receipt import verify_join_receipt
from sameboat.proof.sortedtree import sorted_root
from sameboat.record import actions as record_actions
from sameboat.record import queries as record
from sameboat.rules.documents import DocumentKind
from sameboat.rules.membership import EndReason
from society import ANA, BAO, FEI, MEI, PLAN, START, WEN

DAY = timedelta(days=1)
FIRST = date(2026, 3, 2)


def close(day: date, *, days_later: int = 1) -> MembersDay:
    now = START + ((day - FIRST).days + days_later) * DAY
    return actions.close_day(plan_id=PLAN, day=day, now=now)


def bodies() -> list[dict[str, object]]:
    return [dict(line.body) for line in record.chain_entries(chain_id("members", PLAN))]


def broken(check: str) -> list[tuple[object, ...]]:
    sql = resources.files("sameboat.members").joinpath("sql", f"check_{check}.sql").read_text()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows


@pytest.mark.django_db
class TestClosing:
    def test_a_day_says_who_joined_and_who_ended(self) -> None:
        society.running()
        memberships = [society.joined(each) for each in (ANA, FEI, WEN)]
        child = society.joined(BAO, by=WEN, relation="child", now=START + DAY)
        ana = society.signed_in(ANA).id
        actions.leave(login_id=ana, membership_ref=memberships[0].ref, now=START + DAY)
        actions.end_membership(
            membership_id=memberships[1].id,
            reason=EndReason.DIED,
            on=FIRST + DAY,
            now=START + DAY,
        )
        assert actions.close_days_due(now=START + 3 * DAY) == 3
        first, second, third = bodies()
        leaves = sorted(bytes(each.join_leaf) for each in memberships)
        assert first["joins"] == {"count": 3, "root": sorted_root(leaves).hex()}
        assert first["active"] == 3
        assert second["joins"] == {"count": 1, "root": sorted_root([child_leaf(child)]).hex()}
        ends = second["ends"]
        assert isinstance(ends, dict)
        assert ends["count"] == 2
        assert ends["by_reason"] == {"died": 1, "left": 1}
        assert ends["waiting_by_join_day"] == {"2026-03-02": 2}
        assert second["active"] == 2
        empty = {"count": 0, "root": EMPTY_ROOT.hex()}
        assert third["joins"] == empty
        assert third["active"] == 2
        assert record_actions.sequence(now=START + 3 * DAY)
        states = {line.state for line in record.chain_entries(chain_id("members", PLAN))}
        assert states == {"RECORDED"}

    def test_days_are_closed_in_turn_and_only_when_over(self) -> None:
        society.running()
        with pytest.raises(DayNotOver):
            close(FIRST, days_later=0)
        with pytest.raises(DayOutOfTurn):
            close(FIRST + DAY)
        close(FIRST)
        assert close(FIRST) == MembersDay.objects.get()
        assert actions.close_days_due(now=START + 40 * DAY) == 39
        days = list(MembersDay.objects.order_by("day").values_list("day", flat=True))
        assert days == [FIRST + n * DAY for n in range(40)]
        assert actions.close_days_due(now=START + 40 * DAY) == 0

    def test_a_day_ends_at_midnight_of_the_plan(self) -> None:
        society.running()
        # 15:59 in UTC is a minute before midnight in Shanghai.
        assert actions.close_days_due(now=START.replace(hour=15, minute=59)) == 0
        assert actions.close_days_due(now=START.replace(hour=16)) == 1

    def test_a_closed_day_takes_no_more(self) -> None:
        society.running()
        society.verified(ANA)
        close(FIRST)
        with pytest.raises(DayIsClosed):
            society.joined(ANA)

    def test_a_late_start_does_not_close_days_before_the_plan_began_here(self) -> None:
        later = START + 100 * DAY
        society.running(now=later)
        assert actions.close_days_due(now=later + DAY) == 1
        assert MembersDay.objects.get().day == FIRST + 100 * DAY


def child_leaf(membership: Membership) -> bytes:
    return bytes(membership.join_leaf)


@pytest.mark.django_db
class TestChecks:
    def test_honest_days_pass_every_check(self) -> None:
        society.running()
        ana = society.joined(ANA)
        actions.leave(login_id=society.signed_in(ANA).id, membership_ref=ana.ref, now=START)
        society.joined(ANA)
        society.joined(FEI)
        actions.close_days_due(now=START + 4 * DAY)
        names = ("overlapping_memberships", "days_without_gap", "days_count_members")
        assert [broken(name) for name in names] == [[], [], []]

    def test_each_check_finds_what_was_changed_behind_our_back(self, tmp_path: Path) -> None:
        no_grace = {b"grace_rejoin_days = 3": b"grace_rejoin_days = 0"}
        society.running(changed=pool.rulebook_with(no_grace, tmp_path))
        ana = society.joined(ANA)
        actions.leave(login_id=society.signed_in(ANA).id, membership_ref=ana.ref, now=START)
        society.joined(ANA)
        actions.close_days_due(now=START + 4 * DAY)
        Membership.objects.filter(id=ana.id).update(ends_on=FIRST + 2 * DAY)
        assert len(broken("overlapping_memberships")) == 1
        assert len(broken("days_count_members")) == 2
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE members_membersday DISABLE TRIGGER USER")
            cursor.execute("UPDATE members_membersday SET active = 7 WHERE day = %s", [FIRST])
            cursor.execute("ALTER TABLE members_membersday ENABLE TRIGGER USER")
        assert len(broken("days_without_gap")) == 2


@pytest.mark.django_db
class TestJoinReceipt:
    def test_the_receipt_proves_the_join_to_its_holder_alone(self) -> None:
        society.running()
        for each in (ANA, FEI, WEN):
            society.joined(each)
        society.joined(MEI, by=WEN, relation="parent")
        mine = queries.active_in_plan(society.signed_in(ANA).id, PLAN)
        assert mine is not None
        close(FIRST)
        login = society.signed_in(ANA).id
        pending = queries.join_receipt(login_id=login, membership_ref=mine.ref)
        assert isinstance(pending, queries.Ticket)
        record_actions.sequence(now=START + DAY)
        receipt = queries.join_receipt(login_id=login, membership_ref=mine.ref)
        assert isinstance(receipt, queries.JoinReceipt)
        assert ANA.number.encode() not in receipt.join + receipt.entry
        pinned = record.policy_text()
        assert pinned is not None
        policy = parse_policy(pinned.text.encode())
        files = (receipt.proof.encode(), receipt.entry, policy)
        own = Holder(DocumentKind.RESIDENT_ID, ANA.number)
        verdict = verify_join_receipt(*files, join=receipt.join, holder=own)
        assert verdict.says == "LOCAL", verdict.steps
        other = Holder(DocumentKind.RESIDENT_ID, FEI.number)
        assert not verify_join_receipt(*files, join=receipt.join, holder=other).good


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_a_join_under_way_and_counts_it() -> None:
    society.running()
    society.verified(ANA)
    joined, go_on = threading.Event(), threading.Event()

    def slow_join() -> None:
        try:
            with transaction.atomic():
                society.joined(ANA)
                joined.set()
                go_on.wait(timeout=20)
        finally:
            connection.close()

    closed: list[MembersDay] = []

    def closing() -> None:
        try:
            closed.append(close(FIRST))
        finally:
            connection.close()

    threads = [threading.Thread(target=slow_join), threading.Thread(target=closing)]
    threads[0].start()
    assert joined.wait(timeout=20)
    threads[1].start()
    time.sleep(0.3)
    assert closed == []
    go_on.set()
    for thread in threads:
        thread.join(timeout=20)
    assert [row.joins for row in closed] == [1]


KILLED_AT = (
    "members.close_day.aged_out",
    "members.close_day.before_commit",
    "members.close_day.before_entry",
    "members.close_day.before_row",
    "members.end_aged_out.before_update",
)
CLOSE = """
import django
django.setup()
from datetime import datetime, timedelta
from sameboat.members import actions
now = datetime.fromisoformat({now!r})
actions.close_days_due(now=now)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", KILLED_AT)
def test_killed_anywhere_a_day_is_closed_once(point: str) -> None:
    society.running()
    society.joined(replace(FEI, born_on=date(1966, 3, 3)))
    society.joined(ANA)
    now = (START + 2 * DAY).isoformat()
    name = connection.settings_dict["NAME"]
    base = os.environ["DATABASE_URL"]
    environment = os.environ | {
        "SAMEBOAT_KILL_AT": point,
        "DATABASE_URL": base.replace("/sameboat?", f"/{name}?"),
        "DJANGO_SETTINGS_MODULE": "sameboat.site.settings",
    }
    environment.pop("SAMEBOAT_TEST_RUN", None)
    assert environment["DATABASE_URL"] != base
    killed = subprocess.run([sys.executable, "-c", CLOSE.format(now=now)], env=environment)
    assert killed.returncode == -9
    assert not MembersDay.objects.exists()
    assert not Membership.objects.exclude(ends_on=None).exists()
    actions.close_days_due(now=START + 2 * DAY)
    days = MembersDay.objects.order_by("day").values_list("joins", "ends", "active")
    assert list(days) == [(2, 1, 1), (0, 0, 1)]


def test_every_fail_point_of_closing_a_day_is_killed_at() -> None:
    package = resources.files("sameboat.members").joinpath("actions")
    # Telling has its own story (`tests/kill`): here is what closing a day goes through.
    source = "".join(package.joinpath(f"{name}.py").read_text() for name in ("days", "ending"))
    named = {part.split('"')[0] for part in source.split('reach("')[1:]}
    assert named == set(KILLED_AT)
