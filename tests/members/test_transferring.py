"""Becoming too old for one plan and going on in another, by the member's wish."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import pool
from pool import at
from sameboat.gateways.messaging import sandbox
from sameboat.identity.models import Consent
from sameboat.members import actions as members
from sameboat.members import queries
from sameboat.members.actions.joining import DisclosureOutdated
from sameboat.members.actions.telling_ends import tell_ended
from sameboat.members.actions.transferring import NoTransfer, NoTransferAsked, TransferTooEarly
from sameboat.members.models import MembersDay, Membership, Transfer
from sameboat.plans import actions as plans
from sameboat.record import actions as record
from sameboat.runtime.checks import sql_checks
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import Period
from society import FEI, HAO, LIN, PLAN, WEN, Somebody, joined, signed_in, verified

pytestmark = pytest.mark.django_db(transaction=True)

OLD_AGE = "xiang-hu-bao-old-age"
SIXTY = date(2026, 3, 12)
GRAN = Somebody(name="温奶奶", born_on=date(1966, 3, 12), sex="f", phone="+8613700000060")
DAY = timedelta(days=1)


def two_plans(folder: Path, *, offers: bool = True) -> None:
    """The demonstration plan, which leads into the old-age plan of Xiang Hu Bao at sixty."""
    changes = {
        b'questions_version = "1"\n': b'questions_version = "1"\ntransfer_to = "%s"\n'
        % OLD_AGE.encode(),
        b"[version.join.source]\n": b'[version.join.source]\ntransfer_to = "assumed: a test"\n',
    }
    book = pool.rulebook_with(changes if offers else {}, folder)
    record.start_record(now=at(date(2026, 3, 2), 8))
    for each in (book, OLD_AGE):
        plans.adopt(plan_id_or_path=each, now=at(date(2026, 3, 2), 8))


def asked(membership: Membership, by: Somebody, *, now: date = date(2026, 3, 4)) -> Transfer:
    return members.ask_transfer(
        login_id=signed_in(by).id,
        membership_ref=membership.ref,
        disclosure_version="1",
        now=at(now, 9),
    )


def lived_until(day: date) -> None:
    """Days are closed each morning, and everything is recorded."""
    today = date(2026, 3, 3)
    while today <= day:
        pool.settled_until(at(today, 1))
        today += DAY


def new_one(of: Membership) -> Membership:
    return Membership.objects.get(plan=OLD_AGE, person=of.person)


class TestTheWayOver:
    @pytest.mark.changes("join.transfer_to")
    @pytest.mark.parametrize("offers", [True, False])
    def test_whoever_asked_is_a_member_of_the_other_plan_on_the_birthday(
        self, tmp_path: Path, offers: bool
    ) -> None:
        two_plans(tmp_path, offers=offers)
        gran = joined(GRAN)
        if not offers:
            with pytest.raises(NoTransfer):
                asked(gran, GRAN)
            lived_until(SIXTY + DAY)
            assert not Membership.objects.filter(plan=OLD_AGE).exists()
            return
        asked(gran, GRAN)
        lived_until(SIXTY + DAY)
        gran.refresh_from_db()
        assert (gran.ends_on, gran.end_reason) == (SIXTY, "aged_out")
        over = new_one(gran)
        assert over.joined_on == SIXTY
        assert over.covered_from == gran.covered_from, "the days that were waited count on"
        assert (over.household_id, over.needs_consent) == (gran.household_id, False)
        assert over.until_on == date(1966 + 101, 3, 12)
        assert bytes(over.declaration.sealed_answers) == bytes(gran.declaration.sealed_answers)
        given = Consent.objects.filter(person=gran.person, version__startswith=OLD_AGE)
        assert set(given.values_list("purpose", flat=True)) == {"terms", "disclosure"}
        assert gran.transfer.into_id == over.pk
        assert [check.name for check in sql_checks() if check.findings] == []

    def test_it_is_on_the_record_like_any_joining_and_shares_from_the_next_lock(
        self, tmp_path: Path
    ) -> None:
        two_plans(tmp_path)
        gran, _ = joined(GRAN), joined(FEI)
        asked(gran, GRAN)
        lived_until(SIXTY + DAY)
        over = new_one(gran)
        assert MembersDay.objects.get(plan=OLD_AGE, day=SIXTY).joins == 1
        receipt = queries.join_receipt(login_id=signed_in(GRAN).id, membership_ref=over.ref)
        assert isinstance(receipt, queries.JoinReceipt)
        settlement.advance(plan_id=OLD_AGE, now=at(date(2026, 3, 21), 1))
        assert queries.is_member_at(date(2026, 3, 21), over)
        gran.refresh_from_db()
        assert not queries.is_member_at(date(2026, 3, 21), gran)

    def test_a_machine_that_slept_for_days_leaves_no_gap(self, tmp_path: Path) -> None:
        two_plans(tmp_path)
        gran = joined(GRAN)
        asked(gran, GRAN)
        members.close_days_due(now=at(SIXTY + 9 * DAY, 1))
        assert new_one(gran).joined_on == SIXTY
        for plan, sharing in ((PLAN, 0), (OLD_AGE, 1)):
            settlement.advance(plan_id=plan, now=at(SIXTY + 9 * DAY, 1))
            assert Period.objects.filter(plan=plan).latest("publicity_on").sharing == sharing

    def test_where_the_other_plans_day_is_closed_already_the_first_open_one_counts(
        self, tmp_path: Path
    ) -> None:
        two_plans(tmp_path)
        gran = joined(GRAN)
        asked(gran, GRAN)
        day = date(2026, 3, 2)
        while day <= SIXTY:
            members.close_day(plan_id=OLD_AGE, day=day, now=at(SIXTY + DAY))
            day += DAY
        members.close_days_due(now=at(SIXTY + DAY))
        assert new_one(gran).joined_on == SIXTY + DAY

    def test_who_pays_for_a_parent_may_ask_and_the_parent_still_agrees_in_person(
        self, tmp_path: Path
    ) -> None:
        two_plans(tmp_path)
        verified(WEN)
        gran = joined(replace(GRAN, phone=""), by=WEN, relation="parent")
        asked(gran, WEN)
        lived_until(SIXTY + DAY)
        assert queries.wants_consent(new_one(gran))


class TestAsking:
    def test_only_in_the_last_year_and_only_with_the_other_plans_disclosure(
        self, tmp_path: Path
    ) -> None:
        two_plans(tmp_path)
        gran, young = joined(GRAN), joined(FEI)
        with pytest.raises(TransferTooEarly):
            asked(young, FEI)
        with pytest.raises(DisclosureOutdated):
            members.ask_transfer(
                login_id=signed_in(GRAN).id,
                membership_ref=gran.ref,
                disclosure_version="0",
                now=at(date(2026, 3, 4)),
            )

    def test_it_can_be_taken_back_until_the_day(self, tmp_path: Path) -> None:
        two_plans(tmp_path)
        gran = joined(GRAN)
        asked(gran, GRAN)
        own = signed_in(GRAN).id
        members.drop_transfer(login_id=own, membership_ref=gran.ref)
        with pytest.raises(NoTransferAsked):
            members.drop_transfer(login_id=own, membership_ref=gran.ref)
        lived_until(SIXTY + DAY)
        assert not Membership.objects.filter(plan=OLD_AGE).exists()

    def test_who_leaves_before_goes_on_nowhere(self, tmp_path: Path) -> None:
        two_plans(tmp_path)
        gran = joined(GRAN)
        asked(gran, GRAN)
        members.leave(
            login_id=signed_in(GRAN).id, membership_ref=gran.ref, now=at(date(2026, 3, 5), 9)
        )
        lived_until(SIXTY + DAY)
        assert not Membership.objects.filter(plan=OLD_AGE).exists()


class TestLapses:
    def test_a_plan_that_ends_meanwhile_takes_nobody_in(self, tmp_path: Path) -> None:
        two_plans(tmp_path)
        gran = joined(GRAN)
        asked(gran, GRAN)
        on = date(2026, 3, 5)
        members.propose_wind_down(
            login_id=signed_in(LIN).id,
            plan_id=OLD_AGE,
            sharing_ends_on=on,
            ends_on=date(2026, 4, 20),
            now=at(on, 9),
        )
        members.announce_wind_down(login_id=signed_in(HAO).id, plan_id=OLD_AGE, now=at(on, 10))
        lived_until(SIXTY + DAY)
        assert Transfer.objects.get().lapsed == "plan_ends"

    def test_who_has_joined_there_already_is_no_member_twice(self, tmp_path: Path) -> None:
        two_plans(tmp_path)
        gran = joined(GRAN)
        asked(gran, GRAN)
        # The other plan lets people join at sixty: on the birthday itself, before midnight's work.
        joined(GRAN, OLD_AGE, person=gran.person, now=at(SIXTY, 0, 1))
        members.close_days_due(now=at(SIXTY, 1))
        assert Transfer.objects.get().lapsed == "already_member"
        assert Membership.objects.filter(plan=OLD_AGE).count() == 1
        with pytest.raises(NoTransferAsked):
            members.drop_transfer(login_id=signed_in(GRAN).id, membership_ref=gran.ref)


class TestTelling:
    def test_a_month_before_the_member_is_told_and_afterwards_where_it_goes_on(
        self, tmp_path: Path
    ) -> None:
        two_plans(tmp_path)
        day = date(2026, 3, 3)
        later = replace(GRAN, born_on=date(1966, 4, 3))
        gran = joined(later)
        self.morning(day)
        assert self.texts() == []
        self.morning(day + DAY)
        assert self.texts() == ["ages_out_soon"]
        asked(gran, later)
        pool.settled_until(at(gran.until_on + DAY))
        self.morning(gran.until_on + DAY)
        assert self.texts() == ["transferred", "ages_out_soon"]

    def morning(self, day: date) -> None:
        pool.settled_until(at(day))
        tell_ended(plan_id=PLAN, now=at(day))
        assert tell_ended(plan_id=PLAN, now=at(day)) == 0

    def texts(self) -> list[str]:
        return [sent.template for sent in sandbox.outbox(to=GRAN.phone)]
