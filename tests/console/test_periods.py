"""Periods on the staff pages: numbers with their working, the button of finance, failed payouts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.urls import reverse

import pool
from console.staff import AUDITOR, FINANCE, HANDLER, SUPERVISOR, at_desk, signed_in_member
from pool import D, at
from sameboat.identity.models import AuditRow
from sameboat.payments.models import Payout, UnpaidDebit
from sameboat.runtime import clock
from sameboat.settlement.models import Period
from sameboat.settlement.queries import next_event_at
from society import ANA, PLAN, START, WEN, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


SetClock = Callable[[datetime], None]


@pytest.fixture
def at_(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Set the clock that the pages read."""

    def set_to(instant: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: instant)

    return set_to


def test_the_page_of_a_period_shows_its_numbers_and_the_working(at_: SetClock) -> None:
    ana, *_others = pool.filled(12)
    pool.proposed(ana)
    pool.announced()
    at_(at(date(2026, 3, 11)))
    where = reverse("console:period", args=[PLAN, D])
    page = at_desk(AUDITOR).get(where)
    text = page.content.decode()
    assert "¥324.00" not in text  # The cost stands in the working, by its parts.
    for figure in ("¥300.00", "¥24.00", "¥12.00", "¥1.00"):
        assert figure in text, figure
    assert page.context["working"]
    done = [line.stage for line in page.context["stages"] if line.done_at]
    assert done == ["lock", "snapshot", "close", "share", "certify", "announce"]
    assert reverse("console:advance", args=[PLAN]) not in text
    assert reverse("console:advance", args=[PLAN]) in at_desk(FINANCE).get(where).content.decode()
    nothing = reverse("console:period", args=[PLAN, date(2020, 1, 7)])
    assert at_desk(AUDITOR).get(nothing).status_code == 404


def test_finance_runs_what_is_due_and_nothing_before_its_day(at_: SetClock) -> None:
    pool.filled(3)
    at_(START)
    jin = at_desk(FINANCE)
    where = reverse("console:advance", args=[PLAN])
    assert "Nothing was due" in jin.post(where, follow=True).content.decode()
    assert not Period.objects.exists()
    at_(at(D))
    assert f"Done: {D} lock" in jin.post(where, follow=True).content.decode()
    assert Period.objects.get().publicity_on == D
    rows = AuditRow.objects.filter(verb="period.advance")
    assert [(row.login.name, row.subject) for row in rows] == [("jin", PLAN)] * 2


def test_a_failed_payout_is_sent_again_by_finance_alone(at_: SetClock) -> None:
    ana, *_others = pool.filled(3)
    claim = pool.proposed(ana)
    period = pool.announced()
    Payout.objects.create(
        claim=claim, period=period, key="payout/1", aid=30_000, state="FAILED",
        reason="account_closed", prepared_at=START,
    )  # fmt: skip
    at_(at(date(2026, 3, 17)))
    where = reverse("console:retry_payout", args=[claim.ref])
    assert "account_closed" in at_desk(FINANCE).get(reverse("console:periods")).content.decode()
    assert at_desk(HANDLER).post(where).status_code == 403
    assert Payout.objects.get().state == "FAILED"
    assert at_desk(FINANCE).post(where).status_code == 302
    assert Payout.objects.get().state == "PREPARED"
    again = at_desk(FINANCE).post(where, follow=True)
    assert 'class="notice bad' in again.content.decode()


def test_what_a_household_owes_stands_with_the_checks(at_: SetClock) -> None:
    ana, *_others = pool.filled(3)
    claim = pool.proposed(ana)
    period = pool.announced()
    UnpaidDebit.objects.create(
        period=period, household=ana.household, amount=77, reason="no_money", last_attempt_on=D
    )
    at_(at(D, 12))
    page = at_desk(HANDLER).get(reverse("console:claim", args=[claim.ref])).content.decode()
    assert "¥0.77" in page


class TestMembers:
    def test_a_member_is_found_by_a_whole_number_and_the_search_is_audited(
        self, at_: SetClock
    ) -> None:
        pool.filled(1)
        at_(START)
        desk, where = at_desk(HANDLER), reverse("console:members")
        for asked in ({"phone": ANA.phone}, {"kind": "resident_id", "number": ANA.number}):
            page = desk.post(where, asked).content.decode()
            assert ANA.name in page
        person = signed_in(ANA).person
        assert person is not None
        rows = AuditRow.objects.filter(verb="member.search")
        assert [row.subject for row in rows] == [person.ref] * 2

    def test_nobody_is_found_by_a_part(self, at_: SetClock) -> None:
        pool.filled(1)
        at_(START)
        desk, where = at_desk(HANDLER), reverse("console:members")
        part = desk.post(where, {"phone": ANA.phone[:-1]})
        assert part.status_code == 409
        assert ANA.name not in part.content.decode()
        assert b"Nobody was found" in desk.post(where, {"phone": WEN.phone}).content
        assert b"Nobody was found" in desk.post(where, {"kind": "passport", "number": "1"}).content
        assert AuditRow.objects.filter(verb="member.search", subject="nobody").count() == 2
        assert desk.post(where, {"phone": "hello"}).status_code == 409
        assert b"error-summary" in desk.post(where, {}).content
        assert b"Say which document" in desk.post(where, {"number": "123"}).content


class TestTrail:
    def test_it_shows_who_did_what_narrowed_by_whom(self, at_: SetClock) -> None:
        pool.filled(1)
        at_(START)
        at_desk(HANDLER).post(reverse("console:members"), {"phone": ANA.phone})
        desk = at_desk(SUPERVISOR)
        where = reverse("console:trail")
        assert b"searched for a member" in desk.get(where).content
        assert b"searched for a member" not in desk.get(where, {"login": "su"}).content
        rows = desk.get(where, {"login": "he"}).context["rows"]
        assert [row.verb for row in rows] == ["member.search", "staff.grant"]
        assert desk.get(where, {"before": "x"}).status_code == 200


class TestClock:
    def test_a_press_goes_to_the_next_event(
        self, at_: SetClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pool.filled(1)
        at_(START)
        moved: list[datetime] = []

        def advance_to(instant: datetime) -> datetime:
            moved.append(instant)
            return instant

        monkeypatch.setattr(clock, "advance_to", advance_to)
        answer = at_desk(HANDLER).post(reverse("console:clock"), {"next": "https://evil.example/"})
        assert answer.headers["location"] == "/"
        assert moved == [next_event_at(PLAN, START)] == [at(D)]

    def test_no_member_moves_it(self, at_: SetClock) -> None:
        at_(START)
        assert signed_in_member(ANA).post(reverse("console:clock")).status_code == 403
