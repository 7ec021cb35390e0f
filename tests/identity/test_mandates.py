"""Somebody outside the family acts for a person, by a paper that staff saw, until its last day.

Ana lies in hospital and has nobody; Fei, her neighbour, holds a power of attorney.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

import society
from console.staff import HANDLER, SUPERVISOR, at_desk
from sameboat.identity import actions
from sameboat.identity.actions.mandates import LONGEST, BadMandate, Mandate, NoSuchMandate
from sameboat.identity.models import AuditRow, Relation
from sameboat.identity.queries import NotAllowed, mandates, may_act_for
from sameboat.members.models import Membership
from sameboat.runtime import clock
from society import ANA, FEI, LIN, START, WEN, Somebody
from web.pages import client_of
from web.walking import Walker

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
UNTIL = date(2026, 6, 30)
DAY = timedelta(days=1)


@pytest.fixture
def ana() -> Membership:
    society.running()
    society.verified(FEI)
    return society.joined(ANA)


def grants(ana: Membership, *, by: Somebody = LIN, **said: Any) -> None:
    of = {"kind": Mandate.ATTORNEY, "document_kind": FEI.facts.number.kind, "until": UNTIL}
    actions.grant_mandate(
        login_id=society.signed_in(by).id,
        person_ref=ana.person.ref,
        now=START,
        **{**of, "document_number": FEI.number, **said},
    )


def acts(ana: Membership, somebody: Somebody = FEI) -> bool:
    return may_act_for(society.signed_in(somebody).id, ana.person_id)


def test_by_the_paper_the_neighbour_acts_until_its_last_day(ana: Membership) -> None:
    assert not acts(ana)
    grants(ana)
    assert acts(ana)
    assert AuditRow.objects.filter(verb="mandate.grant", subject=ana.person.ref).exists()
    over = START + (UNTIL - TODAY) + DAY
    assert actions.end_mandates(now=over - DAY) == 0
    assert actions.end_mandates(now=over) == 1
    assert not acts(ana)


@pytest.mark.parametrize(
    "said",
    [
        {"until": TODAY},
        {"until": TODAY + LONGEST + DAY},
        {"document_number": ANA.number},
        {"document_number": WEN.number},
    ],
)
def test_what_cannot_be_is_refused(ana: Membership, said: dict[str, Any]) -> None:
    with pytest.raises(BadMandate):
        grants(ana, **said)
    assert not Relation.objects.exists()


def test_who_acts_already_gets_no_second_one(ana: Membership) -> None:
    grants(ana)
    with pytest.raises(BadMandate):
        grants(ana, kind=Mandate.COURT)


def test_only_a_supervisor_or_second_decider_who_is_neither(ana: Membership) -> None:
    with pytest.raises(NotAllowed):
        grants(ana, by=HANDLER)
    society.signed_in(LIN)
    with pytest.raises(NotAllowed):
        grants(ana, document_kind=LIN.facts.number.kind, document_number=LIN.number)


def test_both_of_them_and_staff_take_it_back_and_nobody_else(ana: Membership) -> None:
    society.verified(WEN)
    for somebody in (ANA, FEI, SUPERVISOR):
        grants(ana)
        (mandate,) = mandates(society.signed_in(ANA).id)
        with pytest.raises(NoSuchMandate):
            actions.revoke_mandate(
                login_id=society.signed_in(WEN).id, mandate_id=mandate.id, now=START
            )
        actions.revoke_mandate(
            login_id=society.signed_in(somebody).id, mandate_id=mandate.id, now=START
        )
        assert not acts(ana)


def test_a_family_is_no_mandate_that_somebody_takes_back(ana: Membership) -> None:
    Relation.objects.create(
        person=society.verified(FEI), relative=society.verified(ANA), kind="spouse", since=START
    )
    with pytest.raises(NoSuchMandate):
        actions.revoke_mandate(
            login_id=society.signed_in(ANA).id, mandate_id=Relation.objects.get().pk, now=START
        )


def test_on_pages_staff_give_it_and_the_member_takes_it_back(ana: Membership) -> None:
    desk = Walker(at_desk(SUPERVISOR)).opens(reverse("console:members"))
    desk.presses("Find", {"phone": ANA.phone}).follows("Who may act for this person")
    until = clock.now().date() + 30 * DAY
    said = {f"until_{n}": str(part) for n, part in enumerate((until.year, until.month, until.day))}
    said |= {"kind": "court", "document_kind": "resident_id", "document_number": FEI.number}
    desk.presses("Let them act", said).says(f"{FEI.name} acts for {ANA.name}")
    fei = Walker(client_of(FEI)).opens(reverse("web:cover"))
    fei.says(ANA.name).opens(reverse("web:household")).says("By decision of a court")
    own = Walker(client_of(ANA)).opens(reverse("web:household"))
    own.says(f"{FEI.name} acts for {ANA.name}").presses("Take it back")
    assert not acts(ana)
