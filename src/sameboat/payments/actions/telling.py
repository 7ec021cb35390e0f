"""Telling claimants that aid has to be given back, once for each recovery."""

from __future__ import annotations

from datetime import datetime

from sameboat.claims.actions.telling import who_is_told
from sameboat.gateways.messaging import Message, link, provider
from sameboat.gateways.resting import asking
from sameboat.identity.queries import reader_of
from sameboat.payments import agenda
from sameboat.rules.money import Fen, yuan
from sameboat.runtime.failpoints import reach
from sameboat.settlement.models import Recovery


def tell_of_recoveries(*, plan_id: str, now: datetime) -> int:
    """Tell everybody who follows a claim what of its aid has to be given back; how many claims.

    Killed and run again, nobody is told twice: each message has a key.
    """
    waiting = list(agenda.recoveries_to_tell(plan_id).select_related("claim"))
    for recovery in waiting:
        messages = _messages(recovery)
        if messages:
            with asking("messaging", now=now):
                provider().send(*messages, now=now)
        reach("payments.recovery.sent")
        Recovery.objects.filter(pk=recovery.pk).update(told_at=now)
        reach("payments.recovery.told")
    return len(waiting)


def _messages(recovery: Recovery) -> list[Message]:
    claim, found = recovery.claim, []
    for login in who_is_told(claim):
        to = reader_of(login)
        assert to is not None
        found.append(
            Message(
                key=to.key(f"recovery/{claim.ref}/{recovery.number}/{login.pk}"),
                to=to.phone,
                template="aid_to_give_back",
                data={
                    "claim": claim.ref[:8],
                    "amount": yuan(Fen(recovery.owed)),
                    "link": link(f"/claims/{claim.ref}"),
                },
                language=to.language,
            )
        )
    return found
