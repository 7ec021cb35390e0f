"""A claim of a child under 14: it waits in sight of everybody, and is read by few."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

import society
from claims.story import PUBLICITY_ON, TAN, YUE, Story, at, begun, day, login
from console.staff import at_desk
from sameboat.claims import actions, queries
from sameboat.claims.children import ChildrensData, is_childs
from sameboat.identity.actions import change_roles
from sameboat.identity.models import AuditRow
from sameboat.identity.roles import Role
from sameboat.rules.calendar import start_of
from sameboat.rules.claim import State
from society import BAO, HAO, LIN, WEN

pytestmark = pytest.mark.django_db
HOME = "Asia/Shanghai"


@pytest.fixture
def bao() -> Story:
    """Wen has handed in a claim of her child Bao, who is 8."""
    begun()
    society.joined(WEN)
    story = Story(society.joined(BAO, by=WEN, relation="child"))
    story.drafts(by=WEN).opens(by=WEN).sends_all(by=WEN).consents(by=WEN)
    return story.seals(by=WEN)


def given_the_role(*staff: society.Somebody) -> None:
    for each in staff:
        change_roles(name=each.staff_name, grant=[Role.CHILDREN], now=day(122))


def looks(who: society.Somebody, story: Story) -> queries.StaffView:
    return queries.claim_for_staff(login_id=login(who), ref=story.ref, now=day(122))


def test_without_the_role_nobody_reads_it_and_no_look_is_noted(bao: Story) -> None:
    document = bao.claim.evidence.earliest("id")
    for who in (HAO, LIN, YUE):
        with pytest.raises(ChildrensData):
            looks(who, bao)
    for who in (HAO, LIN):
        with pytest.raises(ChildrensData):
            queries.evidence_view(login_id=login(who), evidence_ref=document.ref, now=day(122))
    assert not AuditRow.objects.filter(subject__in=(bao.ref, document.ref)).exists()
    # Her own mother reads it.
    assert queries.evidence_view(login_id=login(WEN), evidence_ref=document.ref, now=day(122))


def test_with_it_beside_the_own_role_it_is_read_and_noted(bao: Story) -> None:
    given_the_role(HAO)
    document = bao.claim.evidence.earliest("id")
    assert looks(HAO, bao).stated.hospital == "仁济医院"
    assert queries.evidence_view(login_id=login(HAO), evidence_ref=document.ref, now=day(122))
    seen = AuditRow.objects.filter(login_id=login(HAO)).values_list("verb", flat=True)
    assert {"claim.view", "claim.view_evidence"} <= set(seen)


def test_it_goes_its_whole_way_by_those_who_hold_it(bao: Story) -> None:
    with pytest.raises(ChildrensData):
        bao.is_investigated()
    given_the_role(YUE)
    with pytest.raises(ChildrensData):  # Whom she sends could not read it.
        bao.is_investigated()
    given_the_role(TAN)
    bao.is_investigated()
    with pytest.raises(ChildrensData):
        bao.proposed_by_hao(row="severe-39")
    given_the_role(HAO)
    decision = bao.proposed_by_hao(row="severe-39")
    with pytest.raises(ChildrensData):
        bao.confirmed_by_lin(decision)
    with pytest.raises(ChildrensData):
        actions.drop_decision(login_id=login(LIN), decision_id=decision, now=day(131))
    given_the_role(LIN)
    assert bao.confirmed_by_lin(decision).state() is State.PROPOSED


def test_the_queue_says_that_it_waits_and_for_whom(bao: Story) -> None:
    (item,) = queries.work_queue(login_id=login(HAO), now=day(122))
    assert (item.ref, item.is_childs, item.may_open) == (bao.ref, True, False)
    page = at_desk(HAO).get(reverse("console:queue")).content.decode()
    assert "Waits for somebody with the role" in page
    assert reverse("console:claim", args=[bao.ref]) not in page
    given_the_role(HAO)
    (item,) = queries.work_queue(login_id=login(HAO), now=day(122))
    assert item.may_open
    page = at_desk(HAO).get(reverse("console:queue")).content.decode()
    assert reverse("console:claim", args=[bao.ref]) in page


def test_words_about_it_are_in_no_list_of_who_may_not_read_it(bao: Story) -> None:
    given_the_role(YUE, TAN, HAO)
    bao.is_investigated().proposed_by_hao(row="severe-39")

    def listed(who: society.Somebody) -> int:
        return len(queries.decisions_waiting(login(who), now=day(131)))

    assert (listed(HAO), listed(LIN)) == (1, 0)
    (item,) = queries.work_queue(login_id=login(LIN), now=day(131))
    assert (item.todo, item.may_open) == (queries.Todo.CONFIRM, False)


def test_objections_to_it_too(bao: Story) -> None:
    given_the_role(YUE, TAN, HAO, LIN)
    bao.is_investigated().confirmed_by_lin(bao.proposed_by_hao())
    actions.open_publicity(plan_id=society.PLAN, publicity_on=PUBLICITY_ON, now=at(PUBLICITY_ON))
    bao.objected_to()

    def listed(who: society.Somebody) -> int:
        found = queries.objections_open(
            login_id=login(who), plan_id=society.PLAN, now=at(PUBLICITY_ON, days=1)
        )
        return len(found)

    assert listed(HAO) == 1
    change_roles(name=HAO.staff_name, revoke=[Role.CHILDREN], now=at(PUBLICITY_ON, days=1))
    assert listed(HAO) == 0


@pytest.mark.parametrize(
    ("moment", "is_one"),
    [
        (lambda: start_of(BAO.born_on.replace(year=2032), HOME) - timedelta(seconds=1), True),
        (lambda: start_of(BAO.born_on.replace(year=2032), HOME), False),
    ],
)
def test_a_child_is_one_until_the_fourteenth_birthday(
    bao: Story, moment: Callable[[], datetime], is_one: bool
) -> None:
    assert is_childs(bao.claim, now=moment()) is is_one
