"""A death that was recorded by mistake: two persons undo it, and nothing of it stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

import pool
import society
from console.staff import SECOND, SUPERVISOR, at_desk
from members.test_payers import DIED, FATHER, dies, family, wen
from sameboat.cli.check import run_checks
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.identity.actions import issue_token
from sameboat.identity.models import AuditRow, Login
from sameboat.identity.queries import NotAllowed
from sameboat.members import actions, queries
from sameboat.members.actions.deaths import Entered
from sameboat.members.actions.living import NotRecordedDead, Shown
from sameboat.members.models import Absence, DeathEntry, MembersDay, Membership
from sameboat.payments import actions as payments
from sameboat.payments.agenda import paused_households
from sameboat.payments.models import UnpaidDebit
from sameboat.rules.money import Fen
from sameboat.runtime import clock
from sameboat.settlement import actions as settlement
from society import ANA, BAO, HAO, LIN, PLAN, START, WEN, Somebody
from web.pages import text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def says(somebody: Somebody, shown: Shown = Shown.IN_PERSON, *, days: int = 10) -> Entered:
    """Somebody of the staff saw that Wen lives."""
    return actions.undo_death(
        login_id=society.signed_in(somebody).id,
        person_ref=wen().ref,
        shown_by=shown,
        now=START + days * DAY,
    )


def lives(*, days: int = 10) -> None:
    for staff in (LIN, SUPERVISOR):
        says(staff, days=days)


def all_checks_hold() -> None:
    assert [done for done in run_checks() if done.findings] == []


class TestAMistake:
    def test_the_household_is_as_if_it_had_not_been(self) -> None:
        society.running()
        child, mother = family()
        own = Membership.objects.get(person=wen())
        before = (own.joined_on, own.covered_from)
        dies()
        actions.close_days_due(now=START + 10 * DAY)
        lives()
        for each in (own, child, mother):
            each.refresh_from_db()
            assert (each.ends_on, each.household.paused_from) == (None, None)
        assert wen().deceased_on is None
        assert (own.joined_on, own.covered_from) == before
        assert queries.payer_wanted_until(child) is None
        assert paused_households() == []

    def test_the_return_stands_on_the_record_and_the_end_stays_there(self) -> None:
        society.running()
        family()
        dies()
        lives()
        actions.close_days_due(now=START + 12 * DAY)
        ended = MembersDay.objects.get(day=date(2026, 3, 5))
        back = MembersDay.objects.get(day=date(2026, 3, 12))
        assert (ended.ends, back.returns, back.active) == (1, 1, 3)
        all_checks_hold()

    def test_cover_goes_on_through_the_time_between(self) -> None:
        society.running()
        family()
        dies()
        lives(days=200)
        own = Membership.objects.get(person=wen())
        assert queries.gaps(own) == ()
        for on in (date(2026, 7, 1), date(2026, 9, 18)):
            assert queries.cover(own, on).state is queries.CoverState.COVERED

    def test_what_ended_without_a_payer_comes_back_too(self) -> None:
        society.running()
        child, mother = family()
        dies()
        actions.close_days_due(now=DIED + 70 * DAY)
        child.refresh_from_db()
        assert child.end_reason == "default"
        lives(days=80)
        for each in (child, mother):
            each.refresh_from_db()
            assert each.ends_on is None
        actions.close_days_due(now=START + 82 * DAY)
        all_checks_hold()

    def test_whoever_took_over_goes_on_paying(self) -> None:
        society.running()
        child, _mother = family()
        dies()
        society.verified(FATHER)
        society.verified(BAO, by=FATHER, relation="child")
        actions.take_over(
            login_id=society.signed_in(FATHER).id, membership_ref=child.ref, now=DIED + DAY
        )
        lives()
        child.refresh_from_db()
        assert child.household.payer == society.signed_in(FATHER).person
        assert Membership.objects.get(person=wen()).ends_on is None

    def test_leaving_on_the_same_day_is_leaving_and_no_death(self) -> None:
        society.running()
        own = society.joined(WEN)
        dies()
        lives()
        actions.leave(
            login_id=Login.objects.get(person=wen()).id,
            membership_ref=own.ref,
            now=START + 10 * DAY,
        )
        own.refresh_from_db()
        assert (own.end_reason, own.ends_on) == ("left", date(2026, 3, 13))
        actions.close_days_due(now=START + 14 * DAY)
        all_checks_hold()

    def test_who_became_too_old_meanwhile_stays_ended(self) -> None:
        society.running()
        own = society.joined(WEN)
        dies()
        Membership.objects.filter(id=own.id).update(until_on=date(2026, 3, 10))
        lives()
        own.refresh_from_db()
        assert own.end_reason == "died"
        assert not Absence.objects.exists()


class TestTwoPersons:
    @pytest.fixture(autouse=True)
    def _wen_is_taken_for_dead(self) -> None:
        society.running()
        family()
        dies()

    def test_say_what_they_saw_each_by_themselves(self) -> None:
        assert says(SUPERVISOR) == "waits"
        assert says(replace(SUPERVISOR, staff_name="su.again")) == "waits"
        assert says(LIN, Shown.COURT) == "differs"
        assert wen().deceased_on is not None
        assert says(SUPERVISOR, Shown.COURT) == "recorded"
        assert wen().deceased_on is None
        assert not DeathEntry.objects.exists()
        verbs = AuditRow.objects.filter(subject=wen().ref).values_list("verb", flat=True)
        assert list(verbs).count("person.died.undone") == 1

    def test_no_case_handler_does_and_nobody_who_was_not_recorded_dead(self) -> None:
        with pytest.raises(NotAllowed):
            says(HAO)
        lives()
        with pytest.raises(NotRecordedDead):
            says(LIN)

    def test_a_second_death_is_a_death_again(self) -> None:
        lives()
        society.died(wen(), on=date(2026, 3, 13), now=START + 11 * DAY)
        own = Membership.objects.get(person=wen())
        assert (own.end_reason, own.ends_on) == ("died", date(2026, 3, 14))
        actions.close_days_due(now=START + 13 * DAY)
        all_checks_hold()

    def test_on_pages(self) -> None:
        address = reverse("console:living", args=[wen().ref])
        desk, second = at_desk(SUPERVISOR), at_desk(SECOND)
        said = {"shown_by": "register"}
        assert "A second person enters it too" in text_of(desk.post(address, said))
        assert "recorded by mistake" in text_of(second.get(reverse("console:members")))
        assert "without asking them" in text_of(second.get(address))
        assert "The mistake is put right" in text_of(second.post(address, said))
        assert "No death of this person" in text_of(second.post(address, said))


class TestTheLogin:
    def test_opens_with_its_phone_and_the_person_is_told(self) -> None:
        society.running()
        family()
        login = society.signed_in(WEN)
        dies()
        lives()
        assert society.signed_in(WEN) == login
        actions.tell_living(person_id=wen().id, now=START + 10 * DAY)
        assert "death_undone" in [one.template for one in outbox(to=WEN.phone)]

    def test_takes_its_phone_back_from_a_login_of_nobody(self) -> None:
        society.running()
        family()
        login = society.signed_in(WEN)
        dies()
        anew = society.signed_in(WEN)
        assert anew != login
        lives()
        assert society.signed_in(WEN) == login

    def test_leaves_the_phone_to_another_person_and_is_verified_anew(self) -> None:
        society.running()
        family()
        dies()
        widower = replace(ANA, phone=WEN.phone)
        society.verified(widower)
        lives()
        assert society.signed_in(widower).person != wen()
        assert society.verified(replace(WEN, phone="+8613800000079")) == wen()


def test_by_the_api_it_is_the_same_verb() -> None:
    society.running()
    family()
    dies()
    for staff, entered in ((LIN, "waits"), (SUPERVISOR, "recorded")):
        token = issue_token(login_id=society.signed_in(staff).id, now=clock.now()).token
        answer = Client().post(
            f"/api/v1/staff/persons/{wen().ref}/death/undo",
            {"shown_by": "in_person"},
            content_type="application/json",
            headers={"authorization": f"Bearer {token}", "idempotency-key": staff.staff_name},
        )
        assert answer.json() == {"entered": entered}


@pytest.mark.django_db(transaction=True)
def test_what_fell_due_meanwhile_is_the_sponsors_and_the_next_period_is_debited() -> None:
    pool.filled(2)
    child, _mother = family()
    dies()
    costs(on=date(2026, 3, 5))
    pool.announced()
    for on in (date(2026, 3, 10), date(2026, 3, 14)):
        payments.advance(plan_id=PLAN, now=pool.at(on, 9))
    lives(days=13)
    actions.close_days_due(now=pool.at(date(2026, 3, 16), 9))
    payments.advance(plan_id=PLAN, now=pool.at(date(2026, 3, 16), 9))
    unpaid = UnpaidDebit.objects.get()
    assert (unpaid.reason, unpaid.borne_by) == ("payer_died", "sponsor")
    costs(on=date(2026, 3, 17))
    pool.announced(date(2026, 3, 21))
    for on in (date(2026, 3, 24), date(2026, 3, 28)):
        payments.advance(plan_id=PLAN, now=pool.at(on, 9))
    # Nobody is left out of the second period, and nothing of the first is asked for.
    assert UnpaidDebit.objects.get() == unpaid
    assert Membership.objects.get(person=wen()).ends_on is None
    child.refresh_from_db()
    assert child.ends_on is None
    all_checks_hold()


def costs(*, on: date) -> None:
    """Something that the members share."""
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(500), subject=str(on), now=pool.at(on)
    )
