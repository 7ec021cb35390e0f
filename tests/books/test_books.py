"""The books: one balanced booking per event, never changed, and SQL that finds what is wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from sameboat.books import models, queries
from sameboat.books.actions import book

NOW = datetime(2019, 1, 24, 1, 0, tzinfo=UTC)
PERIOD = date(2019, 1, 21)
PLAN = "xiang-hu-bao"
CHECKS = Path(models.__file__).parent / "sql"


def charge(*, key: str = "charge/xiang-hu-bao/2019-01-21", members: int = 69_000_000) -> bool:
    """The first real period: what members owe covers aid and fee, and rounding is carried."""
    return book(
        key=key,
        kind="charge",
        plan=PLAN,
        period_on=PERIOD,
        subject="",
        lines={
            f"{PLAN}:members": members,
            f"{PLAN}:claimants": -60_000_000,
            f"{PLAN}:fee": -4_800_000,
            f"{PLAN}:carry": 64_800_000 - members,
            f"{PLAN}:sponsor": 0,
        },
        now=NOW,
    )


def findings(name: str) -> list[tuple[object, ...]]:
    sql = (CHECKS / f"check_{name}.sql").read_text(encoding="utf-8")
    assert sql.startswith("-- ")
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@transaction.atomic
def book_one_line_by_hand() -> None:
    booking = models.Booking.objects.create(key="by hand", kind="charge", plan=PLAN, booked_at=NOW)
    account = models.LedgerAccount.objects.get(code=f"{PLAN}:members")
    models.Posting.objects.create(booking=booking, account=account, amount=5)


@pytest.mark.django_db
class TestBooking:
    def test_moves_the_balances(self) -> None:
        assert charge() is True
        assert queries.balance(f"{PLAN}:members") == 69_000_000
        assert queries.balance(f"{PLAN}:carry", PERIOD) == -4_200_000
        assert queries.balance(f"{PLAN}:carry", date(2019, 2, 7)) == 0
        assert queries.balance(f"{PLAN}:gateway") == 0

    def test_is_read_back_without_its_empty_lines(self) -> None:
        charge()
        (line,) = queries.bookings(plan=PLAN, period_on=PERIOD)
        assert line.kind == "charge"
        assert f"{PLAN}:sponsor" not in line.lines
        assert sum(line.lines.values()) == 0
        assert queries.bookings(plan=PLAN, kind="payout") == []

    def test_twice_with_one_key_is_booked_once(self) -> None:
        charge()
        assert charge() is False
        assert queries.balance(f"{PLAN}:members") == 69_000_000

    def test_one_key_with_other_lines_is_a_mistake_of_ours(self) -> None:
        charge()
        with pytest.raises(AssertionError, match="other lines"):
            charge(members=69_000_001)

    def test_one_key_with_other_facts_is_a_mistake_of_ours(self) -> None:
        charge(key="k")
        with pytest.raises(AssertionError, match="other facts"):
            book(
                key="k",
                kind="payout",
                plan=PLAN,
                period_on=PERIOD,
                subject="",
                lines={f"{PLAN}:gateway": -1, f"{PLAN}:claimants": 1},
                now=NOW,
            )

    def test_lines_that_do_not_sum_to_zero_are_a_mistake_of_ours(self) -> None:
        with pytest.raises(AssertionError, match="does not sum to zero"):
            book(
                key="k",
                kind="charge",
                plan=PLAN,
                period_on=None,
                subject="",
                lines={f"{PLAN}:members": 3, f"{PLAN}:claimants": -2},
                now=NOW,
            )

    def test_an_unknown_ledger_account_is_a_mistake_of_ours(self) -> None:
        with pytest.raises(AssertionError, match="no ledger account"):
            book(
                key="k",
                kind="charge",
                plan=PLAN,
                period_on=None,
                subject="",
                lines={f"{PLAN}:members": 3, f"{PLAN}:pocket": -3},
                now=NOW,
            )


@pytest.mark.django_db(transaction=True)
class TestTheDatabase:
    def test_refuses_an_unbalanced_booking_at_commit(self) -> None:
        charge()
        with pytest.raises(DatabaseError, match="does not sum to zero"):
            book_one_line_by_hand()
        assert not models.Booking.objects.filter(key="by hand").exists()

    @pytest.mark.parametrize("model", [models.Booking, models.Posting])
    def test_refuses_change_and_deletion(
        self, model: type[models.Booking] | type[models.Posting]
    ) -> None:
        charge()
        table = model._meta.db_table
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="pgtrigger: Cannot"), transaction.atomic():
                connection.cursor().execute(statement)
        assert queries.balance(f"{PLAN}:members") == 69_000_000

    def test_refuses_a_line_that_moves_nothing(self) -> None:
        charge()
        posting = models.Posting.objects.first()
        assert posting is not None
        with pytest.raises(IntegrityError, match="a_posting_moves_money"), transaction.atomic():
            models.Posting.objects.create(
                booking=posting.booking, account=posting.account, amount=0
            )

    def test_checks_find_nothing_in_good_books(self) -> None:
        charge()
        assert findings("every_booking_sums_to_zero") == []
        assert findings("books_are_append_only") == []

    def test_check_names_a_booking_changed_behind_our_back(self) -> None:
        charge()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("UPDATE books_posting SET amount = amount + 1 WHERE amount > 0")
        ((key, sum_fen, lines),) = findings("every_booking_sums_to_zero")
        assert (key, sum_fen, lines) == ("charge/xiang-hu-bao/2019-01-21", 1, 4)

    def test_check_names_a_trigger_that_was_switched_off(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE books_posting DISABLE TRIGGER USER")
            try:
                found = findings("books_are_append_only")
            finally:
                cursor.execute("ALTER TABLE books_posting ENABLE TRIGGER USER")
        assert sorted(found) == [
            ("books_posting", "a_booking_sums_to_zero"),
            ("books_posting", "postings_are_append_only"),
        ]
        assert findings("books_are_append_only") == []
