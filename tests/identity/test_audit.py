"""The audit trail: each day's rows are one entry, and rows never change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction

import society
from sameboat.identity import actions
from sameboat.identity.actions.trail import audit_leaves
from sameboat.identity.models import AuditDay, AuditRow
from sameboat.proof.entry import chain_id
from sameboat.proof.merkle import root_of
from sameboat.record import queries as record
from society import HAO, LIN, START

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_days_rows_are_one_entry_and_empty_days_none() -> None:
    society.running()
    hao, lin = society.signed_in(HAO), society.signed_in(LIN)
    for login in (hao, lin, hao):
        actions.audit(login_id=login.id, verb="claim.view", subject="a" * 32, now=START)
    assert actions.record_audit_days(now=START) == 0
    assert actions.record_audit_days(now=START + 3 * DAY) == 1
    assert actions.record_audit_days(now=START + 3 * DAY) == 0
    row = AuditDay.objects.get()
    entry = record.chain_entries(chain_id("org", ""))[-1]
    leaves = list(audit_leaves(row.day))
    granted = len(HAO.roles) + len(LIN.roles)  # The day's other rows: each role given to them.
    assert len(set(leaves)) == 2 + granted
    assert entry.hash == bytes(row.entry_hash)
    assert entry.body["rows"] == {"count": 3 + granted, "root": root_of(leaves).hex()}


def test_rows_are_append_only() -> None:
    society.running()
    actions.audit(login_id=society.signed_in(HAO).id, verb="x", subject="y", now=START)
    with pytest.raises(ProgrammingError), transaction.atomic():
        AuditRow.objects.update(verb="z")
    with pytest.raises(ProgrammingError), transaction.atomic():
        AuditRow.objects.all().delete()
