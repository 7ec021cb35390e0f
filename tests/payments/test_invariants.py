"""Every money invariant, broken by SQL behind the application's back, is named by `check`."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction

import pool
from pool import D, at
from sameboat.cli.check import run_checks
from sameboat.payments import actions as payments
from sameboat.record import actions as record
from sameboat.settlement.files import files_of
from society import PLAN

pytestmark = pytest.mark.django_db(transaction=True)

# One fault each: what `check` must name, and the statements that do it.
FAULTS: dict[str, tuple[str, str]] = {
    "a booking's line is changed": (
        "books.every_booking_sums_to_zero",
        (
            "UPDATE books_posting SET amount = amount + 1"
            " WHERE id = (SELECT min(id) FROM books_posting)"
        ),
    ),
    "less was charged than the period says": (
        "settlement.settled_periods_balance",
        (
            "ALTER TABLE settlement_period DROP CONSTRAINT a_settled_period_balances;"
            "UPDATE settlement_period SET charged = charged - 1 WHERE charged > 0"
        ),
    ),
    "the aid of a period grows": (
        "settlement.settled_periods_balance",
        "UPDATE settlement_periodclaim SET aid = aid + 1",
    ),
    "a carry vanishes": (
        "settlement.the_carry_is_taken_on",
        (
            "ALTER TABLE settlement_period DROP CONSTRAINT a_settled_period_balances;"
            "UPDATE settlement_period SET carried_in = carried_in + 5,"
            " carried_out = carried_out + 5"
            " WHERE publicity_on = '2026-03-21'"
        ),
    ),
    "a class is smaller than its members": (
        "settlement.classes_add_up",
        "UPDATE settlement_periodclass SET members = members - 1 WHERE amount > 0",
    ),
    "what the members owe was booked otherwise": (
        "settlement.settlements_are_booked",
        (
            "UPDATE books_posting SET amount = amount + x.by FROM (VALUES"
            " ('members', 1), ('sponsor', -1)) AS x (account, by), books_ledgeraccount AS a"
            " WHERE a.id = account_id AND a.code LIKE '%:' || x.account AND booking_id ="
            " (SELECT id FROM books_booking WHERE kind = 'settle' ORDER BY id LIMIT 1)"
        ),
    ),
    "an announced settlement is not on the record": (
        "settlement.announced_settlements_are_recorded",
        r"UPDATE settlement_period SET settle_entry_hash = '\x00' WHERE state = 'ANNOUNCED'",
    ),
    "everybody is let off a period of a plan that goes on": (
        "settlement.nobody_shares_only_after_an_end",
        "UPDATE settlement_period SET is_borne = true WHERE state <> 'LOCKED'",
    ),
    "a paid claim is in no period": (
        "settlement.aid_is_settled_once",
        "DELETE FROM settlement_periodclaim",
    ),
    "a batch collected more than it took": (
        "payments.collected_and_unpaid_are_charged",
        "UPDATE payments_debitbatch SET collected = collected + 1 WHERE is_retry IS FALSE",
    ),
    "the payers are debited a second time": (
        "payments.collected_and_unpaid_are_charged",
        (
            "INSERT INTO payments_debitbatch (period_id, key, is_retry, attempt_on, number, payers,"
            " amount, state, collected) SELECT period_id, key || '/again', is_retry, attempt_on,"
            " number + 1, payers, amount, state, collected FROM payments_debitbatch"
            " WHERE is_retry IS FALSE"
        ),
    ),
    "an unpaid debit is forgotten": (
        "payments.collected_and_unpaid_are_charged",
        "DELETE FROM payments_unpaiddebit WHERE collected_on IS NULL",
    ),
    "a debit is called paid": (
        "payments.members_owe_what_is_unpaid",
        "UPDATE payments_unpaiddebit SET collected_on = '2026-03-20' WHERE collected_on IS NULL",
    ),
    "an aid is paid twice by the books": (
        "payments.what_moved_is_booked_once",
        (
            "WITH twice AS (INSERT INTO books_booking"
            " (key, kind, plan, period_on, subject, booked_at)"
            " SELECT key || '/2', kind, plan, period_on, subject, booked_at FROM books_booking"
            " WHERE kind = 'payout' RETURNING id)"
            " INSERT INTO books_posting (booking_id, account_id, amount)"
            " SELECT twice.id, p.account_id, p.amount FROM twice, books_posting AS p JOIN"
            " books_booking AS b ON b.id = p.booking_id"
            " WHERE b.kind = 'payout' AND b.id <> twice.id"
        ),
    ),
    "a payout without a final decision": (
        "payments.payouts_follow_a_decision",
        "DELETE FROM record_entry WHERE type = 'decision.final'",
    ),
    "a payout is larger than the decision": (
        "payments.payouts_follow_a_decision",
        "UPDATE payments_payout SET aid = aid + 100",
    ),
    "a paid claim has no payout": (
        "payments.paid_claims_have_a_payout",
        "DELETE FROM payments_payout",
    ),
    "more cash is paid out than there was": (
        "payments.cash_is_never_short",
        (
            "UPDATE books_posting SET amount = amount * 2 WHERE booking_id ="
            " (SELECT id FROM books_booking WHERE kind = 'payout')"
        ),
    ),
    "a batch gave more back than its refunds": (
        "payments.refund_batches_add_up",
        (
            "INSERT INTO payments_refundbatch"
            " (plan, number, key, payers, amount, state, given_back)"
            " SELECT plan, 0, 'refunds/x/0', 1, 5, 'ANSWERED', 5 FROM settlement_period LIMIT 1"
        ),
    ),
    "aid that has to be given back is in no book": (
        "settlement.claimants_are_owed_what_is_settled",
        (
            "INSERT INTO settlement_recovery"
            " (claim_id, number, aid, fee, owed, received, written_off, decided_at)"
            " SELECT id, 1, 10, 0, 10, 2, 3, now() FROM claims_claim WHERE state = 'PAID'"
        ),
    ),
    "two memberships of one person": (
        "members.overlapping_memberships",
        (
            "UPDATE members_membership SET person_id ="
            " (SELECT min(person_id) FROM members_membership)"
            " WHERE id IN (SELECT id FROM members_membership ORDER BY id DESC LIMIT 1)"
        ),
    ),
}


def wrong() -> dict[str, tuple[str, ...]]:
    return {done.name: done.findings for done in run_checks() if done.findings}


def behind_our_back(sql: str) -> None:
    """As an operator with the database's password would do it: no trigger fires."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            cursor.execute(sql)
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def paid_period() -> None:
    """A period with one unpaid debit, a paid aid, and the next period locked and settled."""
    ana, *others = pool.filled(5)
    pool.proposed(ana)
    pool.poor(others[0])
    pool.announced()
    for day in (date(2026, 3, 10), date(2026, 3, 14), date(2026, 3, 16)):
        payments.advance(plan_id=PLAN, now=at(day, 1))
    record.sequence(now=at(date(2026, 3, 16), 2))
    pool.announced(date(2026, 3, 21))


def test_every_fault_is_named(paid_period: None) -> None:
    """One society, one fault after the other, each taken back before the next."""
    assert wrong() == {}
    missed = []
    for title, (name, sql) in FAULTS.items():
        with transaction.atomic():
            behind_our_back(sql)
            if not next(done for done in run_checks() if done.name == name).findings:
                missed.append(title)
            transaction.set_rollback(True)
    assert missed == []
    assert wrong() == {}


class TestFiles:
    def test_a_changed_file_of_shares_is_named(self, paid_period: None) -> None:
        shares = files_of(PLAN, D).shares
        shares.write_bytes(shares.read_bytes() + b" ")
        (finding,) = wrong()["settlement.files"]
        assert finding == f"{PLAN} {D}: shares.parquet was changed"

    def test_a_lost_file_is_named(self, paid_period: None) -> None:
        files_of(PLAN, D).leaves.unlink()
        assert "leaves.parquet is lost" in wrong()["settlement.files"][0]
