"""Booking: the only way money is written down. Never read a sum from elsewhere than the books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from sameboat.books.models import Booking, LedgerAccount, Posting

ACCOUNT_KINDS = {
    "members": "asset",  # What members were charged and have not paid yet.
    "gateway": "asset",  # Cash that the payment gateway holds for the plan.
    "sponsor": "asset",  # What the sponsor owes the plan.
    "clawback": "asset",  # Aid that was paid out and has to be given back.
    "reclaimed": "liability",  # The same, until it comes back: then it belongs to the members.
    "claimants": "liability",  # Aid promised and not paid out yet.
    "carry": "liability",  # What rounding up charged too much: belongs to the members.
    "advance": "liability",  # What the operator advanced for unpaid shares.
    "refunds": "liability",  # Shares to be given back.
    "fee": "income",
    "extra": "expense",
}
"""Kind of a ledger account by the last part of its code, `<plan>:<what>`."""


@transaction.atomic
def book(
    *,
    key: str,
    kind: str,
    plan: str,
    period_on: date | None,
    subject: str,
    lines: Mapping[str, int],
    now: datetime,
) -> bool:
    """Write one balanced booking down; True, or False where `key` stood already.

    `lines` gives fen by code of the ledger account, debit positive and credit negative; lines of 0
    are left out. The same key with anything else in it is a mistake of ours and crashes.
    """
    amounts = {code: amount for code, amount in lines.items() if amount != 0}
    assert amounts, f"booking {key} moves no money"
    assert sum(amounts.values()) == 0, f"booking {key} does not sum to zero"
    booking, is_new = Booking.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "plan": plan,
            "period_on": period_on,
            "subject": subject,
            "booked_at": now,
        },
    )
    if not is_new:
        _assert_same(booking, (kind, plan, period_on, subject), amounts)
        return False
    accounts = _accounts(amounts)
    Posting.objects.bulk_create(
        Posting(booking=booking, account=accounts[code], amount=amount)
        for code, amount in sorted(amounts.items())
    )
    return True


def _assert_same(
    booking: Booking, facts: tuple[str, str, date | None, str], amounts: Mapping[str, int]
) -> None:
    stored = dict(booking.postings.values_list("account__code", "amount"))
    found = (booking.kind, booking.plan, booking.period_on, booking.subject)
    assert found == facts, f"booking {booking.key} stands with other facts: {found}"
    assert stored == amounts, f"booking {booking.key} stands with other lines: {stored}"


def _accounts(codes: Mapping[str, int]) -> dict[str, LedgerAccount]:
    """The ledger accounts of `codes`; one that is used for the first time is opened."""
    found = {account.code: account for account in LedgerAccount.objects.filter(code__in=codes)}
    # In a fixed order, so that two first bookings at once wait for each other and never deadlock.
    for code in sorted(codes.keys() - found.keys()):
        what = code.rpartition(":")[2]
        assert what in ACCOUNT_KINDS, f"no ledger account is called {code}"
        found[code], _ = LedgerAccount.objects.get_or_create(
            code=code, defaults={"kind": ACCOUNT_KINDS[what]}
        )
    return found
