"""The stages of a period on a real database: each once, in order, and all figures agree."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

import pool
from pool import D, at
from sameboat.books.queries import balance
from sameboat.claims.models import Claim
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.proof.certificate import check_share, parse_share_certificate
from sameboat.proof.entry import chain_id
from sameboat.record.queries import chain_entries
from sameboat.rules.money import Fen
from sameboat.settlement import actions, queries
from sameboat.settlement.actions import InvariantBroken
from sameboat.settlement.models import Period, PeriodClass, StageMark
from sameboat.settlement.waiting import StageNotDue
from society import PLAN, Somebody, joined, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)


def test_a_period_is_locked_closed_settled_and_announced() -> None:
    ana, *others = pool.filled(12)
    pool.proposed(ana)
    leaver = others[0]
    members.leave(
        login_id=signed_in(pool.another(0)).id, membership_ref=leaver.ref, now=at(D, 0) - SECOND
    )

    assert pool.settled_until(at(D) - SECOND) == []
    assert pool.settled_until(at(D)) == [f"{D} lock", f"{D} snapshot"]
    period = Period.objects.get()
    # Ana, whose case is shown, is one of the members until the case is accepted; 30,000 fen of aid
    # and 8 % of fee, of which at most 1 yuan a member.
    assert (period.sharing, period.provisional_share) == (12, 100)
    assert Claim.objects.get().state == "PUBLISHED"

    over = at(D + timedelta(days=3))
    assert pool.settled_until(over - SECOND) == []
    assert pool.settled_until(over) == [f"{D} close", f"{D} share", f"{D} certify"]
    assert pool.settled_until(over) == [f"{D} announce"]
    assert pool.settled_until(over) == []
    period.refresh_from_db()
    assert period.state == "ANNOUNCED"
    assert period.debit_on == date(2026, 3, 14)
    # The aided member does not share: 11 members, each at the cap of one claim.
    assert (period.aid, period.fee, period.cost) == (30_000, 2_400, 32_400)
    assert (period.sharing, period.each, period.charged) == (11, 100, 1_100)
    assert period.sponsored == 32_400 - 1_100
    assert Claim.objects.get().state == "SETTLED"

    _check_books(period)
    _check_record(period)
    _check_certificates(period, [ana, *others[1:]])
    assert queries.share_of(leaver, period) is None


def _check_books(period: Period) -> None:
    on = period.publicity_on
    assert balance(f"{PLAN}:members", on) == period.charged
    assert balance(f"{PLAN}:sponsor", on) == period.sponsored
    assert balance(f"{PLAN}:claimants", on) == -30_000
    assert balance(f"{PLAN}:fee", on) == -2_400


def _check_record(period: Period) -> None:
    entries = chain_entries(chain_id("period", PLAN))
    assert [entry.type for entry in entries] == ["period.close", "period.settle"]
    assert {entry.state for entry in entries} == {"RECORDED"}
    rows = PeriodClass.objects.filter(period=period).order_by("status")
    assert [(row.status, row.amount, row.members) for row in rows] == [
        ("exempt.aided", 0, 1),
        ("shares", 100, 11),
    ]


def _check_certificates(period: Period, memberships: list[Membership]) -> None:
    """Everybody's certificate is in the tree of their class, and the entry carries its root."""
    body = chain_entries(chain_id("period", PLAN))[-1].body
    for membership in memberships:
        found = queries.certificate(membership=membership, period=period)
        assert found is not None
        certificate = parse_share_certificate(found.share)
        counted = check_share(certificate, body)
        own = queries.share_of(membership, period)
        assert own is not None
        assert (own.status, own.amount) == (certificate.leaf.status, certificate.leaf.amount)
        assert counted == (1 if own.status == "exempt.aided" else 11)


def test_a_period_without_a_claim_charges_nobody() -> None:
    pool.filled(2)
    period = pool.announced()
    assert (period.cost, period.due, period.charged, period.carried_out) == (0, 0, 0, 0)
    assert not PeriodClass.objects.exists()
    assert "0.00" in " ".join(queries.working(period, "en"))


def test_what_rounding_charged_too_much_goes_into_the_next_period() -> None:
    _, *others = pool.filled(2)
    first = pool.announced()
    # 7 yuan of shares to give back, among three: 2.34 each, 2 fen too much.
    actions.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(700), subject="a test", now=at(date(2026, 3, 12))
    )
    second = pool.announced(date(2026, 3, 21))
    assert (second.extra, second.charged, second.carried_out) == (700, 702, 2)
    third = pool.announced(date(2026, 4, 7))
    assert (third.carried_in, third.charged, third.carried_out) == (2, 0, 2)
    # What is charged is counted towards the cap of the calendar year.
    assert queries.charged_this_year(others[0], third) == 234
    assert "7.02" in " ".join(queries.working(second, "zh"))
    assert first.charged == 0


def test_a_stage_is_not_run_before_its_time_or_twice() -> None:
    pool.filled(2)
    pool.settled_until(at(D))
    period = Period.objects.get()
    with pytest.raises(StageNotDue, match="publicity is not over"):
        actions.close(period_id=period.pk, now=at(D + timedelta(days=3)) - SECOND)
    with pytest.raises(StageNotDue, match="after the stage before it"):
        actions.share(period_id=period.pk, now=at(D))
    pool.settled_until(at(D + timedelta(days=3)))
    with pytest.raises(StageNotDue, match="it is done already"):
        actions.certify(period_id=period.pk, now=at(D + timedelta(days=3)))
    assert StageMark.objects.filter(period=period).count() == 5


def test_nothing_is_locked_while_money_is_not_what_it_must_be() -> None:
    ana, *_others = pool.filled(3)
    pool.proposed(ana)
    assert pool.settled_until(at(D) - SECOND) == []
    with transaction.atomic(), connection.cursor() as cursor:
        # Behind the application's back: one line of a booking that has no other.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "WITH account AS (INSERT INTO books_ledgeraccount (code, kind)"
            " VALUES ('x:gateway', 'asset') RETURNING id),"
            " booking AS (INSERT INTO books_booking (key, kind, plan, subject, booked_at)"
            " VALUES ('x', 'collect', 'x', '', now()) RETURNING id)"
            " INSERT INTO books_posting (booking_id, account_id, amount)"
            " SELECT booking.id, account.id, 1 FROM booking, account"
        )

    with pytest.raises(InvariantBroken, match=r"books\.every_booking_sums_to_zero"):
        pool.settled_until(at(D))

    assert not Period.objects.exists()


def test_the_cap_of_the_year_counts_what_was_charged_before_an_absence(tmp_path: Path) -> None:
    """Away at the second lock and back for the third: the year goes on where it was."""
    capped = {b"cap_per_year = 188": b"cap_per_year = 2"}
    _, away, _ = pool.filled(2, rulebook=pool.rulebook_with(capped, tmp_path))
    login = signed_in(pool.another(0)).id

    def costs(fen: int, on: date) -> None:
        actions.state_money_fact(
            plan_id=PLAN, kind="refund", amount=Fen(fen), subject=f"{on}", now=at(on, 9)
        )

    costs(450, date(2026, 3, 4))
    assert charged(away, pool.announced()) == 150
    members.leave(login_id=login, membership_ref=away.ref, now=at(date(2026, 3, 19), 9))
    pool.settled_until(at(date(2026, 3, 21)))
    members.come_back(
        login_id=login, membership_ref=away.ref, arrears=Fen(0), now=at(date(2026, 3, 21), 9)
    )
    pool.announced(date(2026, 3, 21))
    costs(450, date(2026, 4, 1))
    third = pool.announced(date(2026, 4, 7))
    away.refresh_from_db()
    assert charged(away, third) == 50
    assert queries.charged_this_year(away, third) == 200


def charged(membership: Membership, period: Period) -> int:
    own = queries.share_of(membership, period)
    assert own is not None
    return own.amount


@pytest.mark.parametrize("slept", [0, 2])
@pytest.mark.parametrize("before", [0, 1])
def test_who_ends_by_the_calendar_is_no_member_at_a_later_lock(before: int, slept: int) -> None:
    """The sixtieth birthday on the day of the lock or before, also where the machine slept."""
    pool.filled(2)
    sixtieth = D - timedelta(days=before)
    old = Somebody(
        name="温奶奶",
        born_on=sixtieth.replace(year=sixtieth.year - 60),
        sex="f",
        phone="+8613700000060",
    )
    gone = joined(old)
    pool.settled_until(at(D + timedelta(days=slept), 1))
    period = Period.objects.get()
    assert period.sharing == 3
    gone.refresh_from_db()
    assert gone.ends_on == sixtieth
