"""What other members see of a case: exactly the listed fields, for members of the plan only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import society
from claims.story import PUBLICITY_ON, Story, at, begun, login
from sameboat.claims import actions, queries
from sameboat.claims.actions.publicity import OwnCase, PublicityOver
from sameboat.claims.models import Claim
from sameboat.claims.queries import NoSuchCase
from sameboat.claims.queries.public import Band, HelpedCase, PublicCase, _band_of_months
from sameboat.claims.stated import NoSuchChoice
from sameboat.record.actions import sequence
from society import ANA, FEI, HAO, MEI, PLAN, WEN, Somebody

DA = Somebody(name="戴大宝", born_on=date(1989, 5, 4), sex="m", phone="+8613800000006", serial=3)


def also_proposed(somebody: Somebody) -> None:
    """Another member's claim, up to the proposal."""
    story = Story(society.joined(somebody)).drafts(by=somebody, payee=somebody.name)
    story.opens(by=somebody).sends_all(by=somebody).consents(by=somebody).seals(by=somebody)
    story.is_investigated().confirmed_by_lin(story.proposed_by_hao())


def cases_for(reader: Somebody, count: int) -> list[PublicCase]:
    """The cases that a member is shown; there are so many."""
    cases = queries.public_cases(login_id=login(reader), plan_id=PLAN)
    assert len(cases) == count
    return cases


def queries_for(read: Callable[[], object]) -> int:
    """How many queries a reading takes."""
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


@pytest.fixture
def story(db: None) -> Story:
    return begun().is_published()


class TestPublicCase:
    def test_shows_exactly_these_fields(self, story: Story) -> None:
        sequence(now=at(PUBLICITY_ON))
        case = queries.public_case(login_id=login(FEI), ref=story.ref)
        assert {field.name for field in fields(PublicCase)} == {
            "ref",
            "name",
            "sex",
            "age",
            "province",
            "illness",
            "severity",
            "aid",
            "joined_months",
            "mark",
            "ends_at",
            "is_mine",
            "objected",
        }
        assert case.name == "安○○"
        assert case.age == Band(first=35, last=39)
        assert (case.sex, case.severity, case.aid) == ("f", "severe", 30_000)
        assert case.illness.zh == "急性心肌梗塞"
        assert case.joined_months == Band(first=3, last=5)
        assert case.mark.state == "RECORDED"
        assert case.mark.index is not None
        assert (case.is_mine, case.objected) == (False, False)

    def test_knows_its_reader(self, story: Story) -> None:
        assert queries.public_case(login_id=login(ANA), ref=story.ref).is_mine
        story.objected_to()
        assert queries.public_case(login_id=login(FEI), ref=story.ref).objected

    def test_is_for_members_of_the_plan(self, story: Story) -> None:
        society.verified(WEN)
        for stranger in (WEN, HAO):
            with pytest.raises(NoSuchCase):
                queries.public_case(login_id=login(stranger), ref=story.ref)
            with pytest.raises(NoSuchCase):
                queries.public_cases(login_id=login(stranger), plan_id=PLAN)

    def test_ends_with_publicity(self, story: Story) -> None:
        assert len(queries.public_cases(login_id=login(FEI), plan_id=PLAN)) == 1
        close = at(PUBLICITY_ON, days=3)
        actions.finalise(plan_id=PLAN, publicity_on=PUBLICITY_ON, now=close)
        assert queries.public_cases(login_id=login(FEI), plan_id=PLAN) == []
        with pytest.raises(NoSuchCase):
            queries.public_case(login_id=login(FEI), ref=story.ref)

    def test_afterwards_nothing_tells_who_it_was(self, story: Story) -> None:
        ids = [story.claim.id]
        (case,) = queries.helped_cases(login_id=login(FEI), plan_id=PLAN, claim_ids=ids)
        assert {field.name for field in fields(HelpedCase)} == {
            "sex",
            "age",
            "illness",
            "severity",
            "aid",
        }
        assert case.aid == 30_000
        society.verified(WEN)
        with pytest.raises(NoSuchCase):
            queries.helped_cases(login_id=login(WEN), plan_id=PLAN, claim_ids=ids)

    @pytest.mark.parametrize(
        ("months", "band"),
        [(0, (0, 2)), (2, (0, 2)), (3, (3, 5)), (11, (6, 11)), (35, (24, 35)), (90, (36, None))],
    )
    def test_months_are_shown_in_bands(self, months: int, band: tuple[int, int | None]) -> None:
        assert _band_of_months(months) == Band(first=band[0], last=band[1])


class TestManyCases:
    def test_ten_cases_cost_as_many_queries_as_one(self, db: None) -> None:
        first = begun()
        first.is_proposed()
        for somebody in (WEN, DA):
            also_proposed(somebody)
        opened = actions.open_publicity(
            plan_id=PLAN, publicity_on=PUBLICITY_ON, now=at(PUBLICITY_ON)
        )
        assert opened == 3
        first.objected_to()
        for_three = queries_for(lambda: cases_for(FEI, 3))
        Claim.objects.exclude(ref=first.ref).update(state="PROPOSED")
        assert queries_for(lambda: cases_for(FEI, 1)) == for_three
        assert [case.objected for case in cases_for(FEI, 1)] == [True]


class TestObjecting:
    def test_nobody_objects_to_their_own_case(self, story: Story) -> None:
        with pytest.raises(OwnCase):
            story.objected_to(ANA)

    def test_one_objection_per_member(self, story: Story) -> None:
        story.objected_to()
        with pytest.raises(actions.publicity.ObjectedAlready):
            story.objected_to(reason="forged")

    def test_another_member_may_object_too(self, story: Story) -> None:
        society.joined(WEN)
        story.objected_to(FEI)
        story.objected_to(WEN)
        assert story.claim.objections.count() == 2

    def test_only_until_the_end_of_publicity(self, story: Story) -> None:
        with pytest.raises(PublicityOver):
            story.objected_to(at_=at(PUBLICITY_ON, days=3))
        story.objected_to(at_=at(PUBLICITY_ON, days=2, hour=23))

    def test_who_is_no_member_sees_no_case(self, story: Story) -> None:
        society.verified(WEN)
        with pytest.raises(NoSuchCase):
            story.objected_to(WEN)

    def test_a_relative_of_a_member_is_no_member(self, story: Story) -> None:
        society.verified(WEN)
        society.joined(MEI, by=WEN, relation="parent")
        with pytest.raises(NoSuchCase):
            story.objected_to(WEN)

    def test_a_reason_is_one_of_the_list(self, story: Story) -> None:
        with pytest.raises(NoSuchChoice) as refused:
            story.objected_to(reason="envy")
        assert refused.value.code == "no_such_choice"
