"""Money that fails: nothing is lost, each difference is work for two, and then the books agree."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import pool
from pool import D, at
from sameboat.books.queries import balance
from sameboat.claims.models import Claim
from sameboat.cli.check import run_checks
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import Kind, sandbox
from sameboat.identity.actions import make_staff
from sameboat.identity.queries import NotAllowed
from sameboat.identity.roles import Role
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.payments import queries
from sameboat.payments.actions.resolutions import (
    DifferenceWaiting,
    NoSuchDifference,
    ResolutionDoesNotFit,
    SecondPersonNeeded,
)
from sameboat.payments.models import DebitBatch, Difference, Refund, UnpaidDebit
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from society import FEI, HAO, LIN, PLAN, STAFF_PASSWORD, START, joined, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
DEBIT = date(2026, 3, 14)
EACH = 100


def advance(day: date, hour: int = 0) -> list[str]:
    pool.settled_until(at(day, hour))
    done = payments.advance(plan_id=PLAN, now=at(day, hour))
    record.sequence(now=at(day, hour))
    return done


def all_is_well() -> None:
    assert [done for done in run_checks() if done.findings] == []
    assert not queries.differences(PLAN).exists()


def agreed(resolution: str, difference: Difference | None = None) -> None:
    """Hao of finance proposes it, Lin confirms."""
    found = difference or queries.differences(PLAN).get()
    now = at(DEBIT + timedelta(days=4), 12)
    payments.propose_resolution(
        login_id=signed_in(HAO).id,
        difference_id=found.pk,
        resolution=resolution,
        note="已与渠道核对",
        now=now,
    )
    payments.confirm_resolution(login_id=signed_in(LIN).id, difference_id=found.pk, now=now)


@pytest.fixture
def fei() -> Membership:
    """Fei and three others share four yuan; everybody was told."""
    pool.filled(2)
    fei = joined(FEI)
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(4 * EACH), subject="x", now=at(date(2026, 3, 4))
    )
    pool.announced()
    advance(date(2026, 3, 10), 9)
    return fei


def wallet(membership: Membership, rule: WalletRule, balance: int = 1_000) -> None:
    customer = membership.household.customer_ref
    sandbox.set_wallet(customer=customer, rule=rule, balance=Fen(balance))


def held(membership: Membership) -> int:
    return sandbox.balance(membership.household.customer_ref)


class TestOutage:
    def test_a_gateway_that_is_down_for_a_day_loses_nothing(self, fei: Membership) -> None:
        sandbox.set_outage(since=at(DEBIT), until=at(DEBIT + timedelta(days=1)))
        for hour in (0, 6, 12, 23):
            assert f"{D} warn" not in advance(DEBIT, hour)
        assert DebitBatch.objects.get().state == "SENT"
        advance(DEBIT + timedelta(days=1), 1)
        assert DebitBatch.objects.get().collected == 4 * EACH
        advance(DEBIT + timedelta(days=2), 1)
        all_is_well()


class TestDebits:
    def test_one_that_was_taken_though_its_answer_denied_it_is_paid_after_all(
        self, fei: Membership
    ) -> None:
        wallet(fei, WalletRule.DENIES, EACH)
        advance(DEBIT)
        assert UnpaidDebit.objects.get().reason == "other"
        assert held(fei) == 0
        wallet(fei, WalletRule.PAYS, 0)
        advance(DEBIT + timedelta(days=1))
        difference = queries.differences(PLAN).get()
        assert (difference.kind, difference.theirs - difference.ours) == ("amount_differs", EACH)
        agreed("recount")
        assert UnpaidDebit.objects.get().recounted
        assert balance(f"{PLAN}:members") == 0
        advance(DEBIT + timedelta(days=5))
        all_is_well()

    def test_who_paid_twice_by_it_gets_one_back(self, fei: Membership) -> None:
        wallet(fei, WalletRule.DENIES, EACH)
        advance(DEBIT)
        wallet(fei, WalletRule.PAYS, EACH)
        advance(DEBIT + timedelta(days=1))
        assert held(fei) == 0
        agreed("recount")
        advance(DEBIT + timedelta(days=5))
        assert Refund.objects.get().kind == "paid_twice"
        assert held(fei) == EACH
        advance(DEBIT + timedelta(days=6))
        all_is_well()

    def test_an_answer_that_does_not_add_up_is_work_and_the_period_goes_on_after(
        self, fei: Membership
    ) -> None:
        wallet(fei, WalletRule.MISCOUNTS, 0)
        advance(DEBIT)
        advance(DEBIT, 1)
        (difference,) = queries.differences(PLAN)
        assert difference.kind == "answer_differs"
        assert DebitBatch.objects.get().state == "SENT"
        wallet(fei, WalletRule.PAYS, 0)
        agreed("recount", difference)
        assert DebitBatch.objects.get().collected == 3 * EACH
        assert UnpaidDebit.objects.get().household == fei.household
        advance(DEBIT + timedelta(days=5))
        all_is_well()

    @pytest.mark.parametrize("kind", ["answer_differs", "missing_in_books"])
    def test_the_money_of_a_batch_without_its_answer_is_booked_once(
        self, fei: Membership, kind: str
    ) -> None:
        wallet(fei, WalletRule.MISCOUNTS, 0)
        advance(DEBIT)
        advance(DEBIT + timedelta(days=1))
        both = {each.kind: each for each in queries.differences(PLAN)}
        assert both.keys() == {"answer_differs", "missing_in_books"}
        for resolution in ("operator", "explained"):
            with pytest.raises(ResolutionDoesNotFit):
                agreed(resolution, both["missing_in_books"])
        wallet(fei, WalletRule.PAYS, 0)
        agreed("recount", both[kind])
        # Whichever of the two was settled, the other asks for nothing more.
        assert not queries.differences(PLAN).exists()
        assert balance(f"{PLAN}:gateway") == 3 * EACH
        advance(DEBIT + timedelta(days=5))
        all_is_well()


class TestLinesNobodyAskedFor:
    @pytest.fixture
    def stray(self, fei: Membership) -> Difference:
        advance(DEBIT)
        sandbox.stray(
            key=f"collect/{PLAN}/unknown", kind=Kind.DEBIT, amount=Fen(777), now=at(DEBIT, 5)
        )
        advance(DEBIT + timedelta(days=1))
        return queries.differences(PLAN).get()

    def test_the_operator_takes_it(self, stray: Difference) -> None:
        assert stray.kind == "missing_in_books"
        agreed("operator")
        assert balance(f"{PLAN}:gateway") == 4 * EACH + 777
        assert balance(f"{PLAN}:advance") == -777
        payments.reconcile(plan_id=PLAN, statement_on=DEBIT, now=at(DEBIT + timedelta(days=5)))
        all_is_well()

    def test_what_two_have_explained_is_not_asked_again(self, stray: Difference) -> None:
        agreed("explained")
        payments.reconcile(plan_id=PLAN, statement_on=DEBIT, now=at(DEBIT + timedelta(days=5)))
        all_is_well()

    def test_what_was_settled_of_another_kind_does_not_explain_it(self, stray: Difference) -> None:
        agreed("explained")
        Difference.objects.filter(pk=stray.pk).update(kind="answer_differs")
        payments.reconcile(plan_id=PLAN, statement_on=DEBIT, now=at(DEBIT + timedelta(days=5)))
        again = queries.differences(PLAN).get()
        assert (again.kind, again.key) == ("missing_in_books", stray.key)

    def test_two_persons_of_the_right_roles_are_needed(self, stray: Difference) -> None:
        now = at(DEBIT + timedelta(days=2))
        hao, lin = signed_in(HAO).id, signed_in(LIN).id
        again = make_staff(
            name="hao2",
            password=STAFF_PASSWORD,
            person=HAO.facts,
            roles=(Role.SUPERVISOR,),
            now=START,
        ).id
        ask = {"difference_id": stray.pk, "note": "x", "now": now}
        with pytest.raises(NotAllowed):
            payments.propose_resolution(login_id=lin, resolution="operator", **ask)  # type: ignore[arg-type]
        with pytest.raises(ResolutionDoesNotFit):
            payments.propose_resolution(login_id=hao, resolution="pay_again", **ask)  # type: ignore[arg-type]
        with pytest.raises(NoSuchDifference):
            payments.confirm_resolution(login_id=lin, difference_id=stray.pk, now=now)
        payments.propose_resolution(login_id=hao, resolution="operator", **ask)  # type: ignore[arg-type]
        with pytest.raises(DifferenceWaiting):
            payments.propose_resolution(login_id=hao, resolution="explained", **ask)  # type: ignore[arg-type]
        with pytest.raises(SecondPersonNeeded):
            payments.confirm_resolution(login_id=again, difference_id=stray.pk, now=now)
        payments.drop_resolution(login_id=lin, difference_id=stray.pk, now=now)
        assert balance(f"{PLAN}:advance") == 0


class TestReturnedAid:
    def test_aid_that_came_back_from_the_bank_goes_out_again(self) -> None:
        ana, *_ = pool.filled(3)
        claim: Claim = pool.proposed(ana)
        pool.announced()
        sandbox.set_wallet(customer=claim.payee_ref, rule=WalletRule.BOUNCES, balance=Fen(0))
        for day in (date(2026, 3, 10), DEBIT, date(2026, 3, 16), date(2026, 3, 17)):
            advance(day, 9)
        assert Claim.objects.get().state == "PAID"
        advance(date(2026, 3, 18))
        (back,) = queries.differences(PLAN)
        assert (back.kind, back.theirs) == ("missing_in_books", 30_000)
        sandbox.set_wallet(customer=claim.payee_ref, rule=WalletRule.PAYS, balance=Fen(0))
        agreed("pay_again")
        advance(date(2026, 3, 19))
        assert sandbox.balance(claim.payee_ref) == 30_000
        advance(date(2026, 3, 20))
        all_is_well()
