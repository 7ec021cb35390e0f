"""The worker sleeps from a lock to the end of publicity: a case that the record never showed.

Its publicity reaches the record too late and is refused. The claim is held, the period closes
without it, a supervisor puts it back, and it is shown anew from the next lock on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

import pool
from claims.documents_factory import photo
from pool import D, at
from sameboat.claims import actions as claims
from sameboat.claims import queries
from sameboat.claims.actions.holding import NotOnHold
from sameboat.claims.life import ClaimOnHold
from sameboat.claims.models import Claim, Hold
from sameboat.cli.check import run_checks
from sameboat.identity.queries import NotAllowed
from sameboat.members import actions as members
from sameboat.record import actions as record
from sameboat.record.check import check_log
from sameboat.record.queries import chain_entries
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import Period
from society import ANA, HAO, LIN, PLAN, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

END = D + timedelta(days=3)
NEXT = date(2026, 3, 21)
DOUBTING = pool.another(0)


def asleep_until(now: datetime) -> None:
    """Days and stages go on, but nothing is put on the record: the sequencer is down."""
    members.close_days_due(now=now)
    settlement.advance(plan_id=PLAN, now=now)


def awake(now: datetime) -> list[str]:
    """One beat of the worker: days, record, claims, settlement."""
    members.close_days_due(now=now)
    record.sequence(now=now)
    claims.hold_refused(now=now)
    done = settlement.advance(plan_id=PLAN, now=now)
    record.sequence(now=now)
    return done


def objected(claim: Claim, now: datetime) -> str:
    return claims.object_to_claim(
        login_id=signed_in(DOUBTING).id,
        claim_ref=claim.ref,
        reason_code="began_earlier",
        text="听说他早就有病",
        now=now,
    )


def answered(objection: str, now: datetime) -> None:
    decision = claims.answer_objection(
        login_id=signed_in(HAO).id,
        objection_ref=objection,
        outcome="dismissed",
        reason="无据",
        now=now,
    )
    claims.confirm_decision(login_id=signed_in(LIN).id, decision_id=decision, now=now)


def released(claim: Claim, now: datetime, *, by: int | None = None) -> None:
    claims.release_claim(
        login_id=by or signed_in(LIN).id, claim_ref=claim.ref, reason="存证停机三天", now=now
    )


def shown_too_late() -> Claim:
    """A case whose publicity began and ended while the sequencer was down."""
    ana, *_ = pool.filled(3)
    claim = pool.proposed(ana)
    record.sequence(now=at(D - timedelta(days=1)))
    asleep_until(at(D))
    claim.refresh_from_db()
    assert claim.state == "PUBLISHED"
    return claim


def test_it_is_held_put_back_and_shown_anew() -> None:
    claim = shown_too_late()
    objection = objected(claim, at(D, 9))
    answered(objection, at(D, 12))
    done = awake(at(END))
    assert f"{D} close" in done
    claim.refresh_from_db()
    assert (claim.state, claim.held_at) == ("PUBLISHED", at(END))
    refused = [row.entry.type for row in Hold.objects.order_by("entry_id")]
    assert refused == ["publicity.open", "objection.add", "objection.answer"]
    broken = [found.name for found in run_checks() if found.findings]
    assert broken == ["claims.what_the_record_refused_was_put_right"]

    released(claim, at(END, 10))
    claim.refresh_from_db()
    assert (claim.state, claim.held_at, claim.publicity_ends_at) == ("PROPOSED", None, None)
    assert [found.name for found in run_checks() if found.findings] == []
    with pytest.raises(NotOnHold):
        released(claim, at(END, 11))

    awake(at(NEXT))
    claim.refresh_from_db()
    assert (claim.state, claim.publicity_opened_at) == ("PUBLISHED", at(NEXT))
    chain = [line for line in chain_entries(bytes.fromhex(claim.ref)) if line.state != "REFUSED"]
    last = chain[-2:]
    assert [line.type for line in last] == ["publicity.open", "objection.add"]
    assert {line.state for line in last} == {"RECORDED"}
    assert last[1].body["received"] == int(at(D, 9).timestamp())
    answered(objection, at(NEXT, 9))
    awake(at(NEXT + timedelta(days=3)))
    claim.refresh_from_db()
    assert (claim.state, claim.held_at) == ("SETTLED", None)
    assert check_log().good
    assert [found.name for found in run_checks() if found.findings] == []


def test_the_period_closes_without_it_whichever_comes_first() -> None:
    """Settlement closes the period before the sequencer is up again: nobody pays for the case."""
    claim = shown_too_late()
    asleep_until(at(END))
    claim.refresh_from_db()
    assert claim.state == "PUBLISHED"
    awake(at(END, 1))
    claim.refresh_from_db()
    assert claim.held_at == at(END, 1)
    period = Period.objects.get(publicity_on=D)
    assert (period.claims.count(), period.charged) == (0, 0)


def test_while_it_is_held_nothing_moves_it_but_its_withdrawal() -> None:
    claim = shown_too_late()
    awake(at(END))
    with pytest.raises(queries.NoSuchCase):
        objected(claim, at(END, 1))
    claim.refresh_from_db()
    with pytest.raises(ClaimOnHold):
        claims.add_evidence(
            login_id=signed_in(ANA).id,
            claim_ref=claim.ref,
            kind="bill",
            content=photo("bill"),
            filename="bill.jpg",
            device_hash=None,
            now=at(END, 1),
        )
    claims.withdraw_claim(login_id=signed_in(ANA).id, claim_ref=claim.ref, now=at(END, 2))
    released(claim, at(END, 3))
    record.sequence(now=at(END, 4))
    claim.refresh_from_db()
    assert (claim.state, claim.held_at) == ("WITHDRAWN", None)
    assert check_log().good


def test_who_sees_it_and_who_puts_it_back() -> None:
    claim = shown_too_late()
    awake(at(END))
    view = queries.claim_for_claimant(login_id=signed_in(ANA).id, ref=claim.ref)
    assert view.held_at == at(END)
    assert view.events == {"withdraw"}
    for staff in (HAO, LIN):
        waiting = queries.work_queue(login_id=signed_in(staff).id, now=at(END))
        todo = {item.todo for item in waiting}
        assert queries.Todo.ON_HOLD in todo
    with pytest.raises(NotAllowed):
        released(claim, at(END, 1), by=signed_in(HAO).id)


def test_holding_and_releasing_killed_between_is_done_once() -> None:
    claim = shown_too_late()
    record.sequence(now=at(END))
    assert claims.hold_refused(now=at(END)) == 1
    assert claims.hold_refused(now=at(END, 1)) == 0
    claim.refresh_from_db()
    assert claim.held_at == at(END)
    assert Hold.objects.count() == 1
