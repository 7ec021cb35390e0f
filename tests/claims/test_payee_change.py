"""Another payee after the decision: a code, a day of waiting, a supervisor; nothing is paid before.

The claim is Ana's, decided and shared; her mother is to receive the aid instead of herself.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

import pool
import society
from console.staff import SUPERVISOR, at_desk
from sameboat.claims import actions
from sameboat.claims.access import NoSuchClaim
from sameboat.claims.actions.payee_change import NoSuchPayeeChange, PayeeChangeWaits
from sameboat.claims.actions.reopening import MoneyOnItsWay
from sameboat.claims.life import ClaimEventNotPossible
from sameboat.claims.models import Claim, PayeeChange
from sameboat.claims.payees import PayeeNotVerified, payee_of
from sameboat.cli.check import run_checks
from sameboat.gateways.identity_check import Outcome
from sameboat.gateways.identity_check.sandbox import number_for
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.identity import actions as identity
from sameboat.identity.actions.codes import TRIES_MAX, NoSuchCode
from sameboat.identity.models import AuditRow, PhoneCode
from sameboat.identity.queries import NotAllowed
from sameboat.payments import actions as payments
from sameboat.payments.models import Payout
from sameboat.record.queries import chain_entries
from sameboat.rules.documents import DocumentKind
from sameboat.runtime import clock
from society import ANA, FEI, PLAN
from web.pages import client_of, text_of
from web.walking import Walker

DAY = timedelta(days=1)
ASKED = pool.at(date(2026, 3, 11), 9)
PAYOUT_DAY = pool.at(date(2026, 3, 17), 9)
MOTHER = {"payee_name": "安妈妈", "payee_phone": "13900000001"}


def code_at(now: datetime) -> str:
    """The last code that reached Ana's phone."""
    identity.send_code(code_id=PhoneCode.objects.latest("id").pk, now=now)
    return outbox(to=ANA.phone)[0].data["code"]


def asks(claim: Claim, *, by: society.Somebody = ANA, now: datetime = ASKED) -> None:
    number = number_for(Outcome.MATCH, born_on=date(1960, 2, 2), sex="f")
    actions.ask_payee_change(
        login_id=society.signed_in(by).id,
        claim_ref=claim.ref,
        now=now,
        payee_name=MOTHER["payee_name"],
        payee_phone=MOTHER["payee_phone"],
        payee_document_kind=DocumentKind.RESIDENT_ID,
        payee_document_number=number,
    )


def confirms(claim: Claim, code: str, *, now: datetime = ASKED) -> bool:
    return actions.confirm_payee_change(
        login_id=society.signed_in(ANA).id, claim_ref=claim.ref, code=code, now=now
    )


def asked_and_confirmed(claim: Claim, *, now: datetime = ASKED) -> PayeeChange:
    asks(claim, now=now)
    assert confirms(claim, code_at(now), now=now)
    change = PayeeChange.objects.latest("id")
    actions.tell_payee_change(change_id=change.pk, template="payee_change_asked", now=now)
    return change


def decides(
    claim: Claim, approve: bool, *, now: datetime, by: society.Somebody = SUPERVISOR
) -> None:
    actions.decide_payee_change(
        login_id=society.signed_in(by).id, claim_ref=claim.ref, approve=approve, now=now
    )


def answered(change: PayeeChange) -> None:
    assert actions.answer_payee(payee_ref=change.payee_ref, now=ASKED) == "match"


@pytest.fixture
def claim(db: None) -> Claim:
    """Proposed by one and seconded by another."""
    ana, *_others = pool.filled(1)
    return pool.proposed(ana)


class TestAsking:
    def test_before_the_decision_it_is_simply_named(self, db: None) -> None:
        ana, *_others = pool.filled(1)
        undecided = pool.sealed(ana, ANA, diagnosed_on=date(2026, 3, 3), now=ASKED)
        with pytest.raises(ClaimEventNotPossible):
            asks(undecided)

    def test_only_with_the_code_it_counts(self, claim: Claim) -> None:
        asks(claim)
        claim.refresh_from_db()
        assert claim.payee_held_at is None
        code = code_at(ASKED)
        wrong = "0" * 6 if code != "0" * 6 else "1" * 6
        assert not confirms(claim, wrong)
        assert confirms(claim, code)
        claim.refresh_from_db()
        assert claim.payee_held_at == ASKED
        assert payee_of(claim).name == ANA.name
        with pytest.raises(PayeeChangeWaits):
            asks(claim)

    def test_a_code_is_over_after_five_tries_and_after_half_an_hour(self, claim: Claim) -> None:
        asks(claim)
        code = code_at(ASKED)
        with pytest.raises(NoSuchCode):
            confirms(claim, code, now=ASKED + timedelta(minutes=31))
        for _ in range(TRIES_MAX):
            assert not confirms(claim, "x")
        with pytest.raises(NoSuchCode):
            confirms(claim, code)

    def test_a_stranger_neither_asks_nor_stops(self, claim: Claim) -> None:
        society.verified(FEI)
        with pytest.raises(NoSuchClaim):
            asks(claim, by=FEI)
        asked_and_confirmed(claim)
        with pytest.raises(NoSuchClaim):
            actions.stop_payee_change(
                login_id=society.signed_in(FEI).id, claim_ref=claim.ref, now=ASKED
            )

    def test_everybody_is_told_and_can_stop_it(self, claim: Claim) -> None:
        asked_and_confirmed(claim)
        told = outbox(to=ANA.phone)[0]
        assert told.template == "payee_change_asked"
        assert told.data["until"] == "2026-03-12 09:00"
        actions.stop_payee_change(
            login_id=society.signed_in(ANA).id, claim_ref=claim.ref, now=ASKED + DAY
        )
        claim.refresh_from_db()
        assert (claim.payee_held_at, payee_of(claim).name) == (None, ANA.name)
        with pytest.raises(NoSuchPayeeChange):
            decides(claim, True, now=ASKED + 2 * DAY)


class TestDeciding:
    def test_a_supervisor_waits_a_day_and_for_the_register(self, claim: Claim) -> None:
        change = asked_and_confirmed(claim)
        with pytest.raises(PayeeChangeWaits):
            decides(claim, True, now=ASKED + DAY - timedelta(seconds=1))
        with pytest.raises(PayeeNotVerified):
            decides(claim, True, now=ASKED + DAY)
        answered(change)
        with pytest.raises(NotAllowed):
            decides(claim, True, now=ASKED + DAY, by=society.HAO)
        decides(claim, True, now=ASKED + DAY)
        claim.refresh_from_db()
        assert payee_of(claim).name == MOTHER["payee_name"]
        assert (claim.payee_outcome, claim.payee_held_at) == ("match", None)
        assert AuditRow.objects.filter(verb="claim.payee.approve", subject=claim.ref).exists()

    def test_refused_the_payee_stays(self, claim: Claim) -> None:
        asked_and_confirmed(claim)
        decides(claim, False, now=ASKED)
        claim.refresh_from_db()
        assert (payee_of(claim).name, claim.payee_held_at) == (ANA.name, None)


@pytest.mark.django_db(transaction=True)
class TestMoney:
    @pytest.fixture
    def shared(self) -> Claim:
        """Settled, and the debit day is over."""
        ana, *_others = pool.filled(1)
        claim = pool.proposed(ana)
        pool.announced()
        payments.advance(plan_id=PLAN, now=pool.at(date(2026, 3, 14), 9))
        return claim

    def test_nothing_is_paid_while_it_waits_and_then_the_other_one_is(self, shared: Claim) -> None:
        now = pool.at(date(2026, 3, 16), 9)
        change = asked_and_confirmed(shared, now=now)
        answered(change)
        for minutes in (0, 1):
            payments.advance(plan_id=PLAN, now=PAYOUT_DAY - timedelta(minutes=minutes))
        assert Payout.objects.get().state == "PREPARED"
        decides(shared, True, now=PAYOUT_DAY)
        payments.advance(plan_id=PLAN, now=PAYOUT_DAY)
        shared.refresh_from_db()
        assert (shared.state, shared.payee_ref) == ("PAID", change.payee_ref)
        last = chain_entries(bytes.fromhex(shared.ref))[-1]
        assert (last.type, last.body["payee_changes"]) == ("payout.confirm", 1)
        pool.settled_until(PAYOUT_DAY)
        assert [done for done in run_checks() if done.findings] == []

    def test_a_payee_who_died_is_not_paid(self, shared: Claim) -> None:
        Claim.objects.filter(id=shared.id).update(payee_person=society.verified(FEI))
        person = society.verified(FEI)
        person.deceased_on = date(2026, 3, 15)
        person.save()
        payments.advance(plan_id=PLAN, now=PAYOUT_DAY)
        assert Payout.objects.get().state == "PREPARED"
        change = asked_and_confirmed(shared, now=PAYOUT_DAY)
        answered(change)
        decides(shared, True, now=PAYOUT_DAY + DAY)
        payments.advance(plan_id=PLAN, now=PAYOUT_DAY + DAY)
        assert Payout.objects.get().state == "PAID"

    def test_once_it_is_on_its_way_it_is_too_late(self, shared: Claim) -> None:
        Claim.objects.filter(id=shared.id).update(money_moves="paying")
        with pytest.raises(MoneyOnItsWay):
            asks(shared)


def test_the_pages_lead_through_it(claim: Claim) -> None:
    ana = Walker(client_of(ANA)).opens(reverse("web:claim", args=[claim.ref]))
    ana.follows("Name another payee").says("takes effect after a code to your phone")
    document = number_for(Outcome.MATCH, born_on=date(1960, 2, 2), sex="f")
    ana.presses(
        "Save", MOTHER | {"payee_document_kind": "resident_id", "payee_document_number": document}
    )
    ana.presses("Confirm", {"code": "000"}).says("not right")
    ana.presses("Confirm", {"code": code_at(clock.now())}).says("It waits until", "安妈妈")
    actions.answer_payee(payee_ref=PayeeChange.objects.get().payee_ref, now=clock.now())
    desk = at_desk(SUPERVISOR)
    page = text_of(desk.get(reverse("console:queue")))
    assert "Another payee was asked for" in page
    Walker(desk).opens(reverse("console:claim", args=[claim.ref])).says("安妈妈")
    answer = desk.post(reverse("console:act", args=[claim.ref, "change_payee"]), {"approve": "yes"})
    assert answer.status_code == 409
    assert "waits until" in text_of(answer)
    ana.opens(reverse("web:claim", args=[claim.ref])).follows("See it, or stop it")
    ana.presses("Stop it").says("The payee stays as it was")
