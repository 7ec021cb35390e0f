"""Coming back to an ended membership: here it is known what the household owes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sameboat.members import actions as members
from sameboat.members.actions.returning import CameBack
from sameboat.members.queries import membership
from sameboat.payments.queries import arrears


@transaction.atomic
def come_back(*, login_id: int, membership_ref: str, now: datetime) -> CameBack:
    """Give an ended membership back where the terms do, after a default once all is paid."""
    found = membership(login_id=login_id, ref=membership_ref)
    return members.come_back(
        login_id=login_id,
        membership_ref=membership_ref,
        arrears=arrears(found.household, found.plan),
        now=now,
    )
