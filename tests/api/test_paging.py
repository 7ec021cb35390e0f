"""A page is named by the last thing before it: what comes and goes meanwhile shifts nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

import pool
from api.people import as_staff, member
from console.staff import FINANCE, HANDLER
from pool import D, at
from sameboat.claims.models import Claim
from sameboat.payments.models import Difference, Refund
from sameboat.runtime import clock
from sameboat.settlement.models import Recovery
from sameboat.simulation.client import Client
from society import ANA, PLAN, joined

NOW = at(D, 9)
SECOND = date(2026, 3, 21)


@pytest.fixture
def server(
    transactional_db: None, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with Client(live_server.url) as client:
        yield client


def first_page(own: Client, path: str) -> tuple[list[Any], str]:
    """One thing, and the address of the next page."""
    answer = own._asked("GET", path, params={"limit": "1"})
    assert len(answer.json()) == 1
    onward = answer.headers["Link"].partition(">")[0].removeprefix("<")
    assert onward.startswith(f"/api/v1{path}?")
    return answer.json(), onward.removeprefix("/api/v1")


def test_a_case_that_ends_meanwhile_shifts_nothing(server: Client) -> None:
    members = pool.filled(3)
    young = (ANA, pool.another(20), pool.another(21))
    own = [members[0], *(joined(each) for each in young[1:])]
    for membership, somebody in zip(own, young, strict=True):
        pool.proposed(membership, somebody)
    pool.settled_until(at(D))
    ana = member(server, ANA)
    everything = ana.cases(PLAN)
    assert len(everything) == 3
    (one,), onward = first_page(ana, f"/plans/{PLAN}/cases")
    assert one == everything[0]
    Claim.objects.filter(ref=one["ref"]).update(state="ACCEPTED")
    assert ana._list(onward) == everything[1:]


def test_periods_and_shares_go_back_in_time(server: Client) -> None:
    pool.filled(2)
    pool.announced()
    pool.settled_until(at(SECOND))
    days = [each["publicity_on"] for each in server.periods(PLAN)]
    assert days == [SECOND.isoformat(), D.isoformat()]
    (newest,), onward = first_page(server, f"/plans/{PLAN}/periods")
    assert newest["publicity_on"] == days[0]
    assert [each["publicity_on"] for each in server._list(onward)] == days[1:]
    ana = member(server, ANA)
    (mine,) = ana.memberships()
    path = f"/memberships/{mine['ref']}/shares"
    assert ana._list(path, {"limit": "1"}) == ana.shares(mine["ref"])


def test_differences_that_come_meanwhile_are_on_a_later_page(server: Client) -> None:
    pool.filled(0)
    rows = [
        Difference.objects.create(
            plan=PLAN,
            statement_on=D - timedelta(days=number),
            key=f"collect/{PLAN}/{number}",
            kind="missing_in_books",
            ours=0,
            theirs=777,
            found_at=NOW,
        ).pk
        for number in range(3)
    ]
    jin = as_staff(server, FINANCE)
    path = f"/finance/plans/{PLAN}/differences"
    (first,), onward = first_page(jin, path)
    assert first["id"] == rows[0]
    assert [each["id"] for each in jin._list(onward)] == rows[1:]


def test_refunds_that_failed_and_aid_to_be_given_back_come_a_page_at_a_time(
    server: Client,
) -> None:
    ana, *_ = pool.filled(1)
    claim = pool.proposed(ana)
    for number in range(1, 4):
        Recovery.objects.create(
            claim=claim, number=number, aid=100, fee=0, owed=100, decided_at=NOW
        )
        Refund.objects.create(
            kind="paid_twice",
            plan=PLAN,
            customer=f"customer{number}",
            key=f"refund/{number}",
            amount=number,
            state="FAILED",
            prepared_at=NOW,
        )
    jin = as_staff(server, FINANCE)
    (first,), onward = first_page(jin, "/finance/refunds/failed")
    Refund.objects.filter(amount=1).update(state="PREPARED")
    assert first["amount_fen"] == 1
    assert [each["amount_fen"] for each in jin._list(onward)] == [2, 3]
    (oldest,), onward = first_page(jin, f"/finance/plans/{PLAN}/recoveries")
    assert len(jin._list(onward)) == 2 and oldest["owed_fen"] == 100


def test_what_waits_comes_a_page_at_a_time_the_oldest_first(server: Client) -> None:
    members = pool.filled(2)
    young = (ANA, pool.another(20))
    own = [members[0], joined(young[1])]
    for hours, (membership, somebody) in enumerate(zip(own, young, strict=True)):
        when = at(D - timedelta(days=2), 9 + hours)
        pool.sealed(membership, somebody, diagnosed_on=D - timedelta(days=4), now=when)
    hao = as_staff(server, HANDLER)
    everything = hao.queue()
    assert [each["todo"] for each in everything] == ["decide"] * 2
    (one,), onward = first_page(hao, "/staff/queue")
    assert one == everything[0]
    Claim.objects.filter(ref=one["ref"]).update(state="WITHDRAWN")
    assert hao._list(onward) == everything[1:]
