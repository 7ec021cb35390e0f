"""Everything that must be the same, whether or not the process was killed on the way.

Row numbers and places in the log are left out: what is rolled back uses up numbers, and a killed
run may sequence in other batches. All else is compared, by natural keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from sameboat.record.check import check_log
from sameboat.settlement.files import files_of, sha256_of
from sameboat.settlement.models import Period

TABLES = {
    "bookings": (
        "SELECT b.key, b.kind, b.plan, b.period_on, b.subject, b.booked_at, a.code, p.amount"
        " FROM books_booking b JOIN books_posting p ON p.booking_id = b.id"
        " JOIN books_ledgeraccount a ON a.id = p.account_id ORDER BY b.key, a.code"
    ),
    "periods": "SELECT to_jsonb(p) - 'id' FROM settlement_period p ORDER BY plan, publicity_on",
    "marks": (
        "SELECT p.publicity_on, m.stage, m.done_at, m.facts - 'sha256' - 'shares_sha256'"
        " - 'debits_sha256' - 'leaves_sha256' FROM settlement_stagemark m"
        " JOIN settlement_period p ON p.id = m.period_id ORDER BY 1, 2"
    ),
    "classes": (
        "SELECT p.publicity_on, c.status, c.weight, c.amount, c.members, c.root"
        " FROM settlement_periodclass c JOIN settlement_period p ON p.id = c.period_id"
        " ORDER BY 1, 2, 3, 4"
    ),
    "claims": (
        "SELECT c.ref, c.state, c.publicity_ends_at, c.accepted_at, c.settled_at, c.paid_at,"
        " c.paid_aid, c.money_moves, p.publicity_on, s.aid, s.fee FROM claims_claim c"
        " LEFT JOIN settlement_periodclaim s ON s.claim_id = c.id"
        " LEFT JOIN settlement_period p ON p.id = s.period_id ORDER BY c.ref, p.publicity_on"
    ),
    "recoveries": "SELECT to_jsonb(r) - 'id' FROM settlement_recovery r ORDER BY claim_id, number",
    "groups": 'SELECT plan, "group", claims FROM settlement_groupcount ORDER BY 1, 2',
    "money_facts": (
        "SELECT f.kind, f.amount, f.subject, f.entry_hash, p.publicity_on"
        " FROM settlement_moneyfact f LEFT JOIN settlement_period p ON p.id = f.period_id"
        " ORDER BY 1, 3"
    ),
    "entries": (
        "SELECT chain, seq, hash, type, state FROM record_entry WHERE chain IS NOT NULL"
        " ORDER BY chain, seq"
    ),
    "days": "SELECT to_jsonb(d) - 'id' FROM members_membersday d ORDER BY plan, day",
    "memberships": (
        "SELECT ref, ends_on, ended_at, end_reason, cover_ends_on, end_leaf"
        " FROM members_membership ORDER BY ref"
    ),
    "notices": (
        "SELECT p.publicity_on, n.up_to, n.payers, n.unreachable, n.sent_at"
        " FROM payments_debitnotice n JOIN settlement_period p ON p.id = n.period_id ORDER BY 1"
    ),
    "batches": "SELECT to_jsonb(b) - 'id' - 'period_id' FROM payments_debitbatch b ORDER BY key",
    "unpaid": (
        "SELECT s.publicity_on, u.household_id, b.key, p.key,"
        " to_jsonb(u) - 'id' - 'batch_id' - 'payout_id' - 'period_id'"
        " FROM payments_unpaiddebit u JOIN settlement_period s ON s.id = u.period_id"
        " LEFT JOIN payments_debitbatch b ON b.id = u.batch_id"
        " LEFT JOIN payments_payout p ON p.id = u.payout_id ORDER BY 1, 2"
    ),
    "payouts": "SELECT to_jsonb(p) - 'id' - 'period_id' FROM payments_payout p ORDER BY key",
    "refund batches": "SELECT to_jsonb(b) - 'id' FROM payments_refundbatch b ORDER BY key",
    "refunds": (
        "SELECT b.key, to_jsonb(r) - 'id' - 'batch_id' FROM payments_refund r"
        " LEFT JOIN payments_refundbatch b ON b.id = r.batch_id ORDER BY r.key"
    ),
    "reconciled": "SELECT to_jsonb(r) - 'id' FROM payments_reconciliation r ORDER BY statement_on",
    "differences": (
        "SELECT to_jsonb(d) - 'id' - 'recovery_id' FROM payments_difference d ORDER BY key"
    ),
    "wallets": "SELECT customer, balance FROM gateways_sandboxwallet ORDER BY 1",
    "gateway": "SELECT key, kind, moved, customers FROM gateways_sandboxrequest ORDER BY 1",
    "messages": "SELECT key, digest FROM gateways_sandboxmessage ORDER BY 1",
    "audit": "SELECT at, verb, subject FROM identity_auditrow ORDER BY 1, 2, 3",
}


def facts() -> dict[str, list[str]]:
    """Every table as lines of text, the files of every period, and what the record's check says."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for name, sql in TABLES.items():
            cursor.execute(sql)
            found[name] = [_line(row) for row in cursor.fetchall()]
    found["files"] = list(_files())
    found["record"] = [str(finding) for finding in check_log().findings]
    return found


def _files() -> Iterator[str]:
    for period in Period.objects.order_by("plan", "publicity_on"):
        folder = files_of(period.plan, period.publicity_on).folder
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            yield f"{period.publicity_on} {path.name} {sha256_of(path)}"


def _line(row: tuple[object, ...]) -> str:
    return " | ".join(
        bytes(cell).hex() if isinstance(cell, bytes | memoryview) else str(cell) for cell in row
    )
