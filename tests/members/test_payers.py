"""When a payer dies the household goes on: nobody is debited, and somebody takes over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.urls import reverse

import pool
import society
from console.staff import SECOND, SUPERVISOR, at_desk
from sameboat.cli.check import run_checks
from sameboat.gateways.payment import sandbox
from sameboat.identity import actions as identity
from sameboat.identity.models import Person
from sameboat.identity.persons import find_person
from sameboat.identity.queries import NotAllowed, login_of_token, may_act_for, relations_asked
from sameboat.members import actions, queries
from sameboat.members.actions.deaths import BadDeathDay, DeathRecorded
from sameboat.members.actions.ending import NoSuchMembership
from sameboat.members.actions.payers import PayerLives
from sameboat.members.models import DeathEntry, Membership
from sameboat.payments import actions as payments
from sameboat.payments.models import UnpaidDebit
from sameboat.rules.calendar import day_of
from sameboat.rules.membership import EndReason
from sameboat.rules.money import Fen
from sameboat.runtime import clock
from sameboat.settlement import actions as settlement
from society import BAO, FEI, MEI, PLAN, START, WEN
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DIED = START + 3 * DAY
FATHER = society.Somebody(name="温国强", born_on=date(1988, 6, 6), sex="m", phone="+8613800000066")


def family() -> tuple[Membership, Membership]:
    """Wen with her child and her mother; the child's and the mother's memberships."""
    society.joined(WEN)
    child = society.joined(BAO, by=WEN, relation="child")
    return child, society.joined(MEI, by=WEN, relation="parent")


def wen() -> Person:
    """Who pays; found by her document, also when she can sign in no more."""
    found = find_person(WEN.facts.number)
    assert found is not None
    return found


def dies(*, on: date = date(2026, 3, 4)) -> None:
    society.died(wen(), on=on, now=DIED)


def enters(somebody: society.Somebody, on: date = date(2026, 3, 4)) -> str:
    return actions.record_death(
        login_id=society.signed_in(somebody).id, person_ref=wen().ref, died_on=on, now=DIED
    )


def takes_over(somebody: society.Somebody, membership: Membership, days: int = 4) -> int:
    return actions.take_over(
        login_id=society.signed_in(somebody).id,
        membership_ref=membership.ref,
        now=START + days * DAY,
    )


class TestDeath:
    def test_the_dead_ends_and_the_household_stays(self) -> None:
        society.running()
        child, mother = family()
        own = Membership.objects.get(person=society.verified(WEN))
        dies()
        own.refresh_from_db()
        assert (own.end_reason, own.ends_on) == ("died", date(2026, 3, 6))
        assert own.cover_ends_on == date(2026, 3, 5)
        for each in (child, mother):
            each.refresh_from_db()
            assert each.ends_on is None
            assert queries.payer_wanted_until(each) == date(2026, 5, 4)

    def test_it_is_recorded_once_with_a_possible_day_by_whom_it_concerns(self) -> None:
        society.running()
        family()
        with pytest.raises(BadDeathDay):
            dies(on=date(2026, 3, 6))
        with pytest.raises(NotAllowed):
            enters(society.HAO)
        dies()
        with pytest.raises(DeathRecorded):
            dies()

    def test_two_read_the_day_each_by_themselves(self) -> None:
        society.running()
        family()
        assert enters(SUPERVISOR) == "waits"
        assert enters(SUPERVISOR) == "waits"
        assert wen().deceased_on is None
        assert enters(society.LIN, date(2026, 3, 3)) == "differs"
        assert wen().deceased_on is None
        assert enters(SUPERVISOR) == "differs"
        assert enters(society.LIN) == "recorded"
        assert wen().deceased_on == date(2026, 3, 4)
        assert not DeathEntry.objects.exists()

    def test_two_logins_of_one_person_are_one(self) -> None:
        society.running()
        family()
        again = replace(SUPERVISOR, staff_name="su.again")
        assert enters(SUPERVISOR) == "waits"
        assert enters(again) == "waits"

    def test_the_login_of_the_dead_closes_and_the_phone_is_free(self) -> None:
        society.running()
        family()
        closed = society.signed_in(WEN)
        token = identity.issue_token(login_id=closed.id, now=DIED).token
        dies()
        assert login_of_token(token, now=DIED) is None
        anew = society.signed_in(WEN)
        assert anew.id != closed.id
        assert anew.person is None


class TestTakingOver:
    def test_the_other_parent_verifies_the_child_and_pays_from_then_on(self) -> None:
        society.running()
        child, mother = family()
        society.verified(FATHER)
        with pytest.raises(NoSuchMembership):
            takes_over(FATHER, child)
        ref = society.asked(BAO, by=FATHER, relation="child")
        assert identity.answer_verification(ref=ref, now=START) == "asked"
        (asked,) = relations_asked(society.signed_in(WEN).id)
        identity.agree_to_relation(login_id=society.signed_in(WEN).id, asked_id=asked.id, now=START)
        with pytest.raises(PayerLives):
            takes_over(FATHER, child)
        dies()
        assert takes_over(FATHER, child) == 2
        for each in (child, mother):
            each.refresh_from_db()
            assert each.household.payer == society.signed_in(FATHER).person
            assert queries.payer_wanted_until(each) is None
        assert may_act_for(society.signed_in(FATHER).id, child.person_id)

    def test_a_stranger_does_not(self) -> None:
        society.running()
        child, _mother = family()
        dies()
        society.verified(FEI)
        with pytest.raises(NoSuchMembership):
            takes_over(FEI, child)

    def test_after_the_grace_without_a_payer_they_end_as_default(self) -> None:
        society.running()
        child, mother = family()
        dies()
        actions.close_days_due(now=DIED + 60 * DAY)
        child.refresh_from_db()
        assert child.ends_on is None
        actions.close_days_due(now=DIED + 61 * DAY)
        for each in (child, mother):
            each.refresh_from_db()
            assert (each.end_reason, each.ends_on) == ("default", date(2026, 5, 5))
        assert [done for done in run_checks() if done.findings] == []

    def test_an_aided_payer_leaves_and_the_child_stays_while_somebody_pays(self) -> None:
        society.running()
        child, _mother = family()
        own = Membership.objects.get(person=society.verified(WEN))
        actions.end_membership(
            membership_id=own.id, reason=EndReason.AIDED, on=date(2026, 3, 5), now=DIED
        )
        child.refresh_from_db()
        assert child.ends_on is None
        assert child.household.payer == own.person
        assert child.household.paused_from is None


@pytest.mark.django_db(transaction=True)
def test_nobody_debits_the_dead_and_no_cycle_fails() -> None:
    pool.filled(2)
    child, _mother = family()
    dies(on=date(2026, 3, 4))
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(500), subject="x", now=pool.at(date(2026, 3, 5))
    )
    pool.announced()
    for on in (date(2026, 3, 10), date(2026, 3, 14), date(2026, 3, 26)):
        payments.advance(plan_id=PLAN, now=pool.at(on, 9))
    unpaid = UnpaidDebit.objects.get()
    assert (unpaid.household, unpaid.amount) == (child.household, 200)
    assert (unpaid.reason, unpaid.attempts) == ("payer_died", 0)
    # A wallet of the sandbox opens with its first debit: this one was never asked for anything.
    assert sandbox.balance(child.household.customer_ref) == 0
    child.refresh_from_db()
    assert child.ends_on is None
    assert [done for done in run_checks() if done.findings] == []


def test_the_pages_lead_from_the_death_to_a_new_payer() -> None:
    society.running()
    child, _mother = family()
    desk = at_desk(SUPERVISOR)
    found = desk.post(reverse("console:members"), {"phone": WEN.phone})
    address = reverse("console:death", args=[society.verified(WEN).ref])
    assert address in found.content.decode()
    today = day_of(clock.now(), "Asia/Shanghai")
    typed = {f"died_on_{n}": part for n, part in enumerate((today.year, today.month, today.day))}
    assert "A second person enters the day too" in text_of(desk.post(address, typed))
    second = at_desk(SECOND)
    waits = text_of(second.get(reverse("console:members")))
    assert "Deaths that wait for a second person" in waits
    assert "without asking them" in text_of(second.get(address))
    assert "The death is recorded" in text_of(second.post(address, typed))
    society.verified(FATHER)
    society.verified(BAO, by=FATHER, relation="child")
    client = client_of(FATHER)
    page = client.get(reverse("web:cover"))
    assert "The payer has died" in text_of(page)
    asked = reverse("web:take_over", args=[child.ref])
    assert asked in page.content.decode()
    assert BAO.name in text_of(client.get(asked))
    done = text_of(client.post(asked, follow=True))
    assert "The payer has died" not in done
    assert FATHER.name in done
