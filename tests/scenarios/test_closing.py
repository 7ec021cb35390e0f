"""What a plan promised for its end is carried out: shares go back, aid as far as money is left."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

import pool
from pool import at
from sameboat.books.queries import balance
from sameboat.claims.models import Claim
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.payments.models import ClosingRefund, Difference, Payout, Refund, RefundBatch
from sameboat.proof.entry import chain_id
from sameboat.record.queries import chain_entries
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import Period
from scenarios.test_wind_down import DAY, END, announced, lived_until, sound
from society import HAO, LIN, PLAN, signed_in
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)

SHARE = 100
"""What the cap of the period leaves of an aid of 300 yuan to each of seven; nothing is carried."""
LEAVING = date(2026, 3, 19)


def promising(folder: Path, key: str, value: str, *, run_off_days: int = 5) -> Path:
    """The demonstration plan with a promise for its end, and a short run-off."""
    stands = "run_off_days = 180\n"
    put = f'run_off_days = {run_off_days}\n{key} = "{value}"\n'
    source = "[version.pool.source]\n"
    return pool.rulebook_with(
        {
            stands.encode(): put.encode(),
            source.encode(): f'{source}{key} = "assumed: a test"\n'.encode(),
        },
        folder,
    )


def shared_once(rulebook: Path) -> list[Membership]:
    """Ana is aided by seven others: one leaves before the end is announced, one never pays."""
    ana, *others = pool.filled(7, rulebook=rulebook)
    pool.proposed(ana)
    pool.announced()
    pool.poor(others[0], 0)
    lived_until(LEAVING - DAY, since=date(2026, 3, 10))
    members.leave(
        login_id=signed_in(pool.another(1)).id, membership_ref=others[1].ref, now=at(LEAVING, 1)
    )
    lived_until(LEAVING, since=LEAVING)
    announced(LEAVING + DAY)
    return others


def came_back(amount: int, on: date) -> None:
    """Money from before: the next period is relieved by it."""
    settlement.state_money_fact(
        plan_id=PLAN, kind="arrears", amount=Fen(amount), subject="late", now=at(on, 9)
    )


def spent(membership: Membership) -> int:
    return sandbox.OPENING_BALANCE - sandbox.balance(membership.household.customer_ref)


@pytest.mark.changes("pool.closing_refund")
@pytest.mark.parametrize("promise", ["none", "full", "pro_rata"])
def test_shares_go_back_to_whoever_was_a_member_when_the_end_was_announced(
    tmp_path: Path, promise: str
) -> None:
    never_paid, left, *stayed = shared_once(promising(tmp_path, "closing_refund", promise))
    came_back(303, date(2026, 4, 15))
    assert [spent(each) for each in (left, *stayed)] == [SHARE] * 6
    lived_until(date(2026, 5, 11), since=LEAVING + DAY)
    back = {"none": 0, "full": SHARE, "pro_rata": SHARE * 303 // 500}[promise]
    assert [spent(each) for each in stayed] == [SHARE - back] * 5
    assert spent(left) == SHARE
    assert sandbox.balance(never_paid.household.customer_ref) == 0
    assert set(Refund.objects.values_list("state", "amount")) == (
        {("PAID", back)} if back else set()
    )
    assert balance(f"{PLAN}:refunds") == 0
    if promise == "none":
        assert not ClosingRefund.objects.exists()
        return
    closing = ClosingRefund.objects.get()
    assert (closing.payers, closing.collected, closing.amount) == (5, 5 * SHARE, 5 * back)
    borne = Period.objects.get(extra=5 * back)
    assert borne.sponsored == max(0, 5 * back - 303)
    (fact,) = borne.money_facts.filter(kind="refund")
    assert fact.subject == "closing"
    sound()


def test_a_refund_that_fails_is_sent_again_by_finance(tmp_path: Path) -> None:
    _, _, gone, *_ = shared_once(promising(tmp_path, "closing_refund", "full"))
    customer = gone.household.customer_ref
    sandbox.set_wallet(customer=customer, rule=WalletRule.CLOSED, balance=Fen(0))
    lived_until(END, since=LEAVING + DAY)
    failed = Refund.objects.get(state="FAILED")
    assert failed.customer == customer
    sandbox.set_wallet(customer=customer, rule=WalletRule.PAYS, balance=Fen(0))
    payments.retry_refund(login_id=signed_in(HAO).id, refund_id=failed.pk, now=at(END, 5))
    lived_until(END + DAY, since=END + DAY)
    assert sandbox.balance(customer) == SHARE
    assert Refund.objects.filter(state="PAID").count() == 5


def test_shares_that_went_back_at_the_end_do_not_go_back_again_with_a_decline(
    tmp_path: Path,
) -> None:
    """A decline in the run-off gives the shares back too: to whoever had them not, and once."""
    _, left, stayed, *_ = shared_once(promising(tmp_path, "closing_refund", "full"))
    lived_until(END, since=LEAVING + DAY)
    assert (spent(left), spent(stayed)) == (SHARE, 0)
    pool.declined_in_waiting(stayed, pool.another(2), now=at(END + DAY, 9))
    pool.declined_in_waiting(left, pool.another(1), now=at(END + DAY, 10))
    lived_until(END + 30 * DAY, since=END + DAY)
    assert (spent(left), spent(stayed)) == (0, 0)
    again = Refund.objects.exclude(kind="closing").order_by("membership")
    assert list(again.values_list("membership", "amount")) == [(left.pk, SHARE), (stayed.pk, 0)]
    sound()


def test_refunds_go_in_batches_with_each_payer_once() -> None:
    for number, customer in enumerate(("ana", "bo", "ana")):
        Refund.objects.create(
            kind="paid_twice",
            plan=PLAN,
            customer=customer,
            key=f"refund/{number}",
            amount=10 + number,
            prepared_at=at(END),
        )
    pool.filled(1)
    assert payments.send_refunds(plan_id=PLAN, now=at(END)) == 2
    batches = list(RefundBatch.objects.order_by("number").values_list("payers", "amount", "state"))
    assert batches == [(2, 21, "ANSWERED"), (1, 12, "ANSWERED")]
    assert sandbox.balance("ana") - sandbox.OPENING_BALANCE == 22


def test_refunds_that_do_not_add_up_wait_for_finance_who_takes_the_gateways_list(
    tmp_path: Path,
) -> None:
    _, _, gone, *_ = shared_once(promising(tmp_path, "closing_refund", "full"))
    customer = gone.household.customer_ref
    sandbox.set_wallet(customer=customer, rule=WalletRule.MISCOUNTS, balance=Fen(0))
    lived_until(END, since=LEAVING + DAY)
    differs = Difference.objects.get(kind="answer_differs")
    assert (differs.ours, differs.theirs) == (5 * SHARE, 4 * SHARE)
    assert not Refund.objects.filter(state="PAID").exists()
    payments.propose_resolution(
        login_id=signed_in(HAO).id,
        difference_id=differs.pk,
        resolution="recount",
        note="已核对名单",
        now=at(END, 5),
    )
    payments.confirm_resolution(
        login_id=signed_in(LIN).id, difference_id=differs.pk, now=at(END, 5)
    )
    assert Refund.objects.filter(state="PAID").count() == 4
    assert Refund.objects.get(state="FAILED").customer == customer
    assert RefundBatch.objects.get().given_back == 4 * SHARE
    lived_until(END + 2 * DAY, since=END + DAY)
    sound()


@pytest.mark.changes("pool.run_off_aid")
@pytest.mark.parametrize(("promise", "paid"), [("full", 10_000), ("pro_rata", 2_314)])
def test_aid_of_the_run_off_is_paid_in_full_or_in_one_proportion_of_what_is_left(
    tmp_path: Path, promise: str, paid: int
) -> None:
    _, _, early, late, *_ = shared_once(promising(tmp_path, "run_off_aid", promise))
    lived_until(date(2026, 3, 24), since=LEAVING + DAY)
    pool.proposed(early, pool.another(2), row="severe-59", now=at(date(2026, 3, 25), 9))
    lived_until(date(2026, 4, 3), since=date(2026, 3, 25))
    came_back(5_000, date(2026, 4, 4))
    lived_until(date(2026, 4, 9), since=date(2026, 4, 4))
    pool.proposed(late, pool.another(3), row="severe-59", now=at(date(2026, 4, 10), 9))
    lived_until(date(2026, 4, 25), since=date(2026, 4, 10))
    claims = Claim.objects.filter(membership__in=[early, late]).order_by("pk")
    (first, _) = claims
    assert (first.state == "ACCEPTED") is (promise == "pro_rata"), "who was ill first has to wait"
    lived_until(date(2026, 5, 16), since=date(2026, 4, 26))
    assert [(each.state, each.aid, each.unfunded) for each in claims.all()] == [
        ("PAID", 10_000, 10_000 - paid)
    ] * 2
    assert set(Payout.objects.filter(claim__in=claims).values_list("aid", flat=True)) == {paid}
    told = chain_entries(bytes.fromhex(first.ref))[-1]
    assert (told.type, told.body["paid"]) == ("payout.confirm", paid)
    borne = Period.objects.filter(publicity_on__gte=date(2026, 4, 7), aid__gt=0)
    # The fee is of the aid that is paid. 10 000 fen with 8 % are 10 800, and 5 000 are left.
    with_fee = 2 * (paid + paid * 8 // 100)
    assert sum((each.aid or 0) + (each.fee or 0) for each in borne) == with_fee
    assert sum(each.sponsored or 0 for each in borne) == max(0, with_fee - 5_000)
    ends = chain_entries(chain_id("plan", PLAN))[-1]
    assert (ends.type, ends.body["run_off_aid"]) == ("plan.end", promise)
    sound()


def test_aid_from_what_is_left_waits_for_the_last_claim_that_was_handed_in(tmp_path: Path) -> None:
    _, _, early, late, *_ = shared_once(promising(tmp_path, "run_off_aid", "pro_rata"))
    lived_until(date(2026, 3, 24), since=LEAVING + DAY)
    pool.proposed(early, pool.another(2), row="severe-59", now=at(date(2026, 3, 25), 9))
    came_back(5_000, date(2026, 3, 25))
    lived_until(date(2026, 4, 22), since=date(2026, 3, 25))
    last = pool.sealed(
        late, pool.another(3), diagnosed_on=date(2026, 4, 19), now=at(date(2026, 4, 22), 9)
    )
    lived_until(date(2026, 5, 11), since=date(2026, 4, 22) + DAY)
    first = Claim.objects.get(membership=early)
    assert first.state == "ACCEPTED"
    page = text_of(client_of(pool.another(2)).get(reverse("web:claim", args=[first.ref])))
    assert "every claim gets the same part" in page
    pool.assessed(last.ref, "severe-59", now=at(date(2026, 5, 11), 9))
    lived_until(date(2026, 5, 30), since=date(2026, 5, 12))
    assert set(Claim.objects.values_list("state", "unfunded")) == {("PAID", 0), ("PAID", 7_686)}
    sound()
