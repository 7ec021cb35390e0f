"""Who is told what, by message: what failed, what was decided, what was paid, what ended.

Nothing is told before it is on the record, and nothing twice.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import pool
from pool import D, at
from sameboat.claims.actions.telling import tell_claimants
from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.messaging import sandbox
from sameboat.gateways.messaging.sandbox import SentMessage
from sameboat.members import actions as members
from sameboat.members.actions.telling_ends import tell_ended
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.record import actions as record
from sameboat.rules.membership import EndReason
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from society import ANA, BAO, FEI, PLAN, WEN, Somebody, joined, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
DEBIT = date(2026, 3, 14)


def told(somebody: Somebody, template: str) -> list[SentMessage]:
    return [sent for sent in sandbox.outbox(to=somebody.phone) if sent.template == template]


def advance(day: date, hour: int = 0) -> list[str]:
    pool.settled_until(at(day, hour))
    done = payments.advance(plan_id=PLAN, now=at(day, hour))
    record.sequence(now=at(day, hour))
    tell_claimants(now=at(day, hour))
    return done


def cost(fen: int) -> None:
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(fen), subject="x", now=at(date(2026, 3, 4))
    )


class TestFailedDebits:
    @pytest.fixture
    def fei(self) -> Membership:
        """Fei cannot pay one yuan; Ana can."""
        pool.filled(1)
        fei = joined(FEI)
        cost(300)
        pool.poor(fei)
        pool.announced()
        advance(date(2026, 3, 10), 9)
        return fei

    def test_whose_debit_failed_is_told_until_when_it_is_tried_again(self, fei: Membership) -> None:
        advance(DEBIT)
        (sent,) = told(FEI, "debit_failed")
        assert sent.data["amount"] == "1.00"
        assert sent.data["retry_until"] == "2026-03-26"
        assert not told(ANA, "debit_failed")

    def test_one_message_for_all_the_retries(self, fei: Membership) -> None:
        for day in range(4):
            advance(DEBIT + timedelta(days=day))
        assert len(told(FEI, "debit_failed")) == 1

    def test_without_messages_the_money_goes_on(
        self, fei: Membership, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down(*messages: object, now: object) -> None:
            raise GatewayUnavailable(kind="messaging")

        with monkeypatch.context() as outage:
            outage.setattr(sandbox, "send", down)
            assert f"{D} retry" not in advance(DEBIT)
            pool.poor(fei, 100)
            assert f"{D} retry" in advance(DEBIT + timedelta(days=1))
        # Paid meanwhile: there is nothing to warn of any more.
        advance(DEBIT + timedelta(days=2))
        assert not told(FEI, "debit_failed")


class TestClaims:
    def test_a_claimant_is_told_of_publicity_acceptance_and_payment(self) -> None:
        ana, *_ = pool.filled(3)
        claim = pool.proposed(ana)
        tell_claimants(now=at(date(2026, 3, 5)))
        assert told(ANA, "claim_moved") == []
        pool.announced()
        tell_claimants(now=at(date(2026, 3, 10)))
        moved = told(ANA, "claim_moved")
        assert len(moved) == 2  # Published, accepted.
        assert moved[0].data["link"].endswith(f"/claims/{claim.ref}")
        for day in (date(2026, 3, 10), DEBIT, date(2026, 3, 16)):
            advance(day, 9)
        (paid,) = told(ANA, "aid_paid")
        assert paid.data == {"claim": claim.ref[:8], "amount": "300.00"}
        assert "300.00" in paid.text

    def test_a_declined_claimant_is_told_once_it_is_recorded(self) -> None:
        pool.filled(1)
        fei = joined(FEI)
        pool.declined_in_waiting(fei, FEI, now=at(date(2026, 3, 18), 9))
        assert tell_claimants(now=at(date(2026, 3, 18), 9)) == 0
        record.sequence(now=at(date(2026, 3, 18), 10))
        assert tell_claimants(now=at(date(2026, 3, 18), 10)) == 1
        assert tell_claimants(now=at(date(2026, 3, 18), 10)) == 0
        assert len(told(FEI, "claim_moved")) == 1


class TestEnds:
    LAST_DAY = date(2026, 3, 9)

    def ended(self, membership: Membership, reason: EndReason) -> None:
        members.end_membership(
            membership_id=membership.pk, reason=reason, on=self.LAST_DAY, now=at(self.LAST_DAY, 12)
        )

    def tell(self) -> int:
        pool.settled_until(at(self.LAST_DAY + timedelta(days=1)))
        return tell_ended(plan_id=PLAN, now=at(self.LAST_DAY + timedelta(days=1)))

    def test_the_member_is_told_when_the_day_is_recorded(self) -> None:
        pool.filled(1)
        self.ended(joined(FEI), EndReason.DEFAULT)
        assert tell_ended(plan_id=PLAN, now=at(self.LAST_DAY, 13)) == 0
        assert self.tell() == 1
        assert self.tell() == 0
        (sent,) = told(FEI, "membership_ended")
        assert sent.data["ends_on"] == "2026-03-10"

    def test_for_a_child_the_payer_is_told(self) -> None:
        pool.filled(1)
        joined(WEN)
        self.ended(joined(BAO, by=WEN, relation="child"), EndReason.DEFAULT)
        assert self.tell() == 1
        assert len(told(WEN, "membership_ended")) == 1

    def test_who_left_knows_it(self) -> None:
        pool.filled(1)
        fei = joined(FEI)
        members.leave(login_id=signed_in(FEI).id, membership_ref=fei.ref, now=at(self.LAST_DAY, 12))
        assert self.tell() == 0
