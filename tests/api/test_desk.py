"""What staff look up and do through the API as they do on their pages."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import pytest

import pool
from api.people import as_staff
from console.staff import AUDITOR, FINANCE, HANDLER, SUPERVISOR
from pool import D, at
from sameboat.identity.models import AuditRow
from sameboat.payments import actions as payments
from sameboat.payments.models import Refund
from sameboat.runtime import clock
from sameboat.simulation.client import Client, Problem
from society import ANA, FEI, PLAN, joined

NOW = at(date(2026, 3, 15), 9)
BOOKINGS = f"/finance/plans/{PLAN}/bookings"


@pytest.fixture
def desk(
    transactional_db: None, live_server: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """A server on the day after the first debit, in which Fei could not pay."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    first, *_ = pool.filled(2)
    pool.poor(joined(FEI))
    pool.proposed(first)
    pool.announced()
    for day in (date(2026, 3, 10), date(2026, 3, 14)):
        payments.advance(plan_id=PLAN, now=at(day, 9))
    with Client(live_server.url) as client:  # type: ignore[attr-defined]
        yield client


def file(own: Client, name: str) -> bytes:
    answer = own._asked("GET", f"/finance/plans/{PLAN}/{name}")
    if answer.status >= 400:
        raise Problem(answer.status, answer.json())
    return answer.data


def search(own: Client, **asked: str) -> list[Any]:
    by = "phone" if "phone" in asked else "document"
    return cast(list[Any], own._send("POST", f"/staff/members/by-{by}", body=asked))


def test_finance_sees_how_far_a_period_is_and_what_was_booked(desk: Client) -> None:
    jin = as_staff(desk, FINANCE)
    told = jin._get(f"/finance/plans/{PLAN}/periods/{D}")
    assert told["charged_fen"] == told["collected_fen"] + told["unpaid_fen"]
    assert told["debits_open"] == 1
    assert [one["number"] for one in told["batches"]] == [0]
    stages = {one["stage"]: one for one in told["stages"]}
    assert stages["collect"]["done_at"] and stages["collect"]["waits_for"] is None
    assert stages["finish"]["done_at"] is None and stages["finish"]["waits_for"]
    booked = jin._list(BOOKINGS)
    assert booked and all(sum(one["postings_fen"].values()) == 0 for one in booked)
    assert jin._list(BOOKINGS, {"limit": "1"}) == booked
    assert jin._list(BOOKINGS, {"period_on": "2026-03-21"}) == []


def test_the_files_of_the_books_are_those_of_the_pages_and_leave_a_trace(desk: Client) -> None:
    shen = as_staff(desk, AUDITOR)
    rows = list(csv.reader(io.StringIO(file(shen, "books/balance").decode())))
    assert rows[0] == ["account", "kind", "debit", "credit", "balance"]
    assert len(rows) == 1 + len(shen._list(f"/finance/plans/{PLAN}/books"))
    names = zipfile.ZipFile(io.BytesIO(file(shen, "books.zip"))).namelist()
    assert "manifest.json" in names
    assert AuditRow.objects.filter(verb="books.export").count() == 2
    with pytest.raises(Problem) as unknown:
        file(shen, "books/secrets")
    assert unknown.value.code == "not_found"
    with pytest.raises(Problem) as refused:
        file(as_staff(desk, SUPERVISOR), "books.zip")
    assert refused.value.code == "not_allowed"


def test_a_failed_refund_is_sent_again_once(desk: Client) -> None:
    failed = Refund.objects.create(
        kind="paid_twice",
        plan=PLAN,
        customer="c",
        key="refund/x",
        amount=100,
        state="FAILED",
        reason="account_closed",
        prepared_at=NOW,
    )
    jin = as_staff(desk, FINANCE)
    (told,) = jin._list("/finance/refunds/failed")
    assert (told["id"], told["amount_fen"], told["reason"]) == (failed.pk, 100, "account_closed")
    for _ in range(2):
        jin._post(f"/finance/refunds/{failed.pk}/retry", {}, "again")
    failed.refresh_from_db()
    assert (failed.state, failed.attempt) == ("PREPARED", 2)
    with pytest.raises(Problem) as none:
        jin._post(f"/finance/refunds/{failed.pk}/retry", {})
    assert none.value.code == "no_failed_refund"


def test_a_member_is_found_by_a_whole_number_and_the_search_is_seen(desk: Client) -> None:
    he, su = as_staff(desk, HANDLER), as_staff(desk, SUPERVISOR)
    (by_phone,) = search(he, phone=ANA.phone)
    (by_document,) = search(he, document_kind="resident_id", document_number=ANA.number)
    assert by_phone == by_document
    assert by_phone["name"] == ANA.name
    assert [each["cover"] for each in by_phone["memberships"]]
    assert [each["member"] for each in by_phone["claims"]]
    assert search(he, phone="+8613811112222") == []
    searches = [row for row in su._list("/staff/trail") if row["verb"] == "member.search"]
    assert [row["subject"] for row in searches] == ["nobody", *[by_phone["person_ref"]] * 2]
    assert su._list("/staff/trail", {"limit": "2"}) == su._list("/staff/trail")
    assert {row["login"] for row in su._list("/staff/trail", {"of_login": "he"})} == {"he"}
