"""A claim whose entry the record refused: held until the operator puts it back.

An action writes its rows and its entry at once, and the record judges the entry at the time of its
batch. Where no batch came in time (publicity that was opened, but recorded only after its end), it
refuses, with everything behind it on the claim's chain. The rows are then ahead of the record. The
claim is held: nothing moves it, its page says so, and it is work for the staff. Releasing it is the
compensating action: the rows go back to where the record stands, and what members said in between
is kept. A proposal is then shown anew from the next lock on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from sameboat.claims.access import claim_to_judge
from sameboat.claims.models import Claim, Hold
from sameboat.claims.stated import HOLD_PLACE, LONG_MAX, text
from sameboat.identity.actions import audit
from sameboat.identity.personal import seal_text
from sameboat.identity.roles import Role
from sameboat.record.chains import chain_state
from sameboat.record.models import Entry
from sameboat.rules.claim import CLOSED, ENTRY_OF, State
from sameboat.rules.record import ClaimFacts
from sameboat.runtime.refusals import Refusal

HELD_AT_ONCE_MAX = 1_000
ENTRIES = sorted(name for name in set(ENTRY_OF.values()) if not name.startswith("period."))
"""The types of entries that stand on a claim's chain."""
_EMPTY_BEFORE: Mapping[str, frozenset[State]] = {
    "opened_at": frozenset({State.DRAFT}),
    "sealed_at": frozenset({State.DRAFT, State.COLLECTING}),
    "publicity_opened_at": frozenset(
        {
            *(State.DRAFT, State.COLLECTING, State.SEALED),
            *(State.INVESTIGATION, State.REPORTED, State.PROPOSED),
        }
    ),
    "accepted_at": frozenset(State) - {State.ACCEPTED, State.SETTLED, State.PAID},
    "closed_at": frozenset(State) - {State.DECLINED, State.WITHDRAWN},
}
"""Which moments of a claim have not come yet in which states."""

_log = logging.getLogger(__name__)


class NotOnHold(Refusal):
    """The claim goes its way; there is nothing to release."""

    code = "not_on_hold"
    en = "This claim is not on hold."
    zh = "该申请没有被暂停。"


def hold_refused(*, now: datetime) -> int:
    """Put on hold every claim of which the record refused an entry; how many entries."""
    held = 0
    refused = Entry.objects.filter(state="REFUSED", hold=None, type__in=ENTRIES).order_by("id")
    for entry in refused[:HELD_AT_ONCE_MAX]:
        held += _hold(entry, now=now)
    return held


@transaction.atomic
def release_claim(*, login_id: int, claim_ref: str, reason: str, now: datetime) -> None:
    """Put a held claim back to where the record says that it stands (role supervisor).

    Objections made meanwhile are open again, and are added to the record with the next publicity.
    """
    claim = claim_to_judge(login_id, claim_ref, Role.SUPERVISOR, now=now)
    words = text(reason, field="reason", longest=LONG_MAX)
    released = claim.holds.filter(released_at=None).update(
        released_at=now,
        released_by_id=login_id,
        sealed_reason=seal_text("claim", claim.ref, HOLD_PLACE, words),
    )
    if not released:
        raise NotOnHold()
    state = _state_on_record(claim)
    if State[claim.state] not in CLOSED or state in CLOSED:
        _put_back(claim, state, now=now)
    Claim.objects.filter(id=claim.id).update(held_at=None)
    audit(login_id=login_id, verb="claim.release", subject=claim.ref, now=now)


@transaction.atomic
def _hold(entry: Entry, *, now: datetime) -> bool:
    claim = Claim.objects.filter(ref=bytes(entry.chain or b"").hex()).first()
    if claim is None:
        return False
    _, is_new = Hold.objects.get_or_create(entry=entry, defaults={"claim": claim, "began_at": now})
    if is_new:
        Claim.objects.filter(id=claim.id, held_at=None).update(held_at=now)
        _log.error("claims: %s is on hold, its %s was refused", claim.ref, entry.type)
    return is_new


def _state_on_record(claim: Claim) -> State:
    """Where the claim's chain stands; a claim without a chain is a draft."""
    stands = chain_state(bytes.fromhex(claim.ref))
    if stands is None:
        return State.DRAFT
    assert isinstance(stands.facts, ClaimFacts)
    return stands.facts.state


def _put_back(claim: Claim, state: State, *, now: datetime) -> None:
    emptied = dict.fromkeys(
        (name for name, states in _EMPTY_BEFORE.items() if state in states), None
    )
    if "publicity_opened_at" in emptied:
        emptied["publicity_ends_at"] = None
        # Whatever was answered of them was refused with the rest: they are to be answered anew.
        unheard = claim.objections.filter(received_at__gte=claim.publicity_opened_at or now)
        claim.decisions.filter(objection__in=unheard, dropped_at=None).update(dropped_at=now)
        unheard.update(outcome="", answered_at=None)
    Claim.objects.filter(id=claim.id).update(state=state.name, **emptied)
