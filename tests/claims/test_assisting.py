"""Help with filing: two codes of the member, one claim, a day; and what others see of it.

Fei helps Ana, who has no patience with pages. Hao handles claims and may help as well.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

import pool
import society
from claims.documents_factory import photo
from console.staff import HANDLER, SECOND, at_desk
from sameboat.claims import actions, queries
from sameboat.claims.access import NoSuchAssistance, NoSuchClaim, OwnClaim
from sameboat.claims.actions.assisting import (
    BEGUN_A_DAY_MAX,
    LASTS,
    HelpYourself,
    TooManyAssisted,
)
from sameboat.claims.actions.filing import EvidenceMissing
from sameboat.claims.models import Assistance, Claim
from sameboat.claims.payees import payee_of
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.identity import actions as identity
from sameboat.identity.models import Consent, PhoneCode
from sameboat.identity.queries import NotAllowed
from sameboat.members.models import Membership
from sameboat.record.queries import chain_entries
from sameboat.runtime import clock
from society import ANA, FEI, HAO, WEN, Somebody
from web.pages import client_of
from web.test_claims import HAPPENED, file
from web.walking import Walker

pytestmark = pytest.mark.django_db
NOW = pool.at(date(2026, 3, 4), 9)
SAID: dict[str, Any] = {
    "illness": "1",
    "severity": "severe",
    "accident": True,
    "diagnosed_on": date(2026, 3, 3),
    "hospital": "协和医院",
    "statement": "车祸",
    "payee_name": ANA.name,
    "payee_phone": ANA.phone,
}


@pytest.fixture
def ana() -> Membership:
    society.running()
    society.verified(FEI)
    return society.joined(ANA)


def login(somebody: Somebody) -> int:
    return society.signed_in(somebody).id


def code_for(somebody: Somebody = ANA, *, about: str = "") -> str:
    """The last code that reached their phone, about that help if it is named."""
    codes = PhoneCode.objects.filter(subject=about) if about else PhoneCode.objects.all()
    identity.send_code(code_id=codes.latest("id").pk, now=NOW)
    return outbox(to=somebody.phone)[0].data["code"]


def begun(*, by: Somebody = FEI, phone: str = ANA.phone) -> str:
    return actions.begin_assistance(login_id=login(by), phone=phone, now=NOW)


def opened(*, by: Somebody = FEI) -> str:
    ref = begun(by=by)
    code = code_for(about=ref)
    assert actions.open_assistance(login_id=login(by), ref=ref, code=code, now=NOW)
    return ref


def filled_in(ref: str, ana: Membership, *, by: Somebody = FEI, now: Any = NOW) -> Claim:
    claim_ref = actions.draft_assisted(
        login_id=login(by), ref=ref, membership_ref=ana.ref, now=now, **SAID
    )
    return Claim.objects.get(ref=claim_ref)


def documented(ref: str, *, by: Somebody = FEI) -> None:
    for kind in ("identity", "diagnosis"):
        actions.add_assisted_evidence(
            login_id=login(by),
            ref=ref,
            kind=kind,
            content=photo(f"{kind} {ref}"),
            filename=f"{kind}.jpg",
            now=NOW,
        )


class TestTheFirstCode:
    def test_nobody_learns_whether_a_number_is_a_members(self, ana: Membership) -> None:
        nobody = begun(phone="13900000998")
        assert not PhoneCode.objects.exists()
        for ref in (nobody, begun()):
            assert not actions.open_assistance(login_id=login(FEI), ref=ref, code="1", now=NOW)

    def test_only_with_it_something_can_be_filled_in(self, ana: Membership) -> None:
        ref = begun()
        with pytest.raises(NoSuchAssistance):
            filled_in(ref, ana)
        with pytest.raises(NoSuchAssistance):
            actions.open_assistance(login_id=login(HAO), ref=ref, code=code_for(), now=NOW)

    def test_nobody_helps_themself_or_without_being_somebody(self, ana: Membership) -> None:
        with pytest.raises(HelpYourself):
            begun(by=ANA)
        with pytest.raises(NotAllowed):
            begun(by=WEN)
        with pytest.raises(NotAllowed):
            begun(by=SECOND)

    def test_ten_in_a_day_are_enough(self, ana: Membership) -> None:
        for number in range(BEGUN_A_DAY_MAX):
            begun(phone=f"1390000{number:04d}")
        with pytest.raises(TooManyAssisted):
            begun()


class TestTheClaim:
    def test_is_the_members_and_the_record_says_that_it_was_assisted(self, ana: Membership) -> None:
        ref = opened()
        claim = filled_in(ref, ana)
        assert claim.filed_by_id == login(ANA)
        with pytest.raises(EvidenceMissing):
            actions.ask_to_hand_in(login_id=login(FEI), ref=ref, now=NOW)
        documented(ref)
        actions.ask_to_hand_in(login_id=login(FEI), ref=ref, now=NOW)
        hand_in: dict[str, Any] = {"login_id": login(FEI), "ref": ref, "now": NOW}
        assert not actions.hand_in_assisted(code="x", **hand_in)
        assert actions.hand_in_assisted(code=code_for(), **hand_in)
        claim.refresh_from_db()
        assert claim.state == "SEALED"
        marked = [
            line.type
            for line in chain_entries(bytes.fromhex(claim.ref))
            if line.body.get("assisted")
        ]
        assert marked == ["claim.open", "evidence.seal"]
        given = Consent.objects.filter(person=ana.person, purpose="publication").get()
        assert given.given_by_id == login(ANA)

    def test_the_helper_has_no_claim_of_their_own_by_it(self, ana: Membership) -> None:
        ref = opened()
        claim = filled_in(ref, ana)
        with pytest.raises(NoSuchClaim):
            queries.claim_for_claimant(login_id=login(FEI), ref=claim.ref)
        with pytest.raises(NoSuchClaim):
            actions.withdraw_claim(login_id=login(FEI), claim_ref=claim.ref, now=NOW)

    def test_only_for_whom_the_member_may_file(self, ana: Membership) -> None:
        other = society.joined(pool.another(3))
        with pytest.raises(NoSuchClaim):
            filled_in(opened(), other)

    def test_is_over_after_a_day_and_another_help_goes_on_with_it(self, ana: Membership) -> None:
        first = opened()
        claim = filled_in(first, ana)
        with pytest.raises(NoSuchAssistance):
            filled_in(first, ana, now=NOW + LASTS)
        assert filled_in(opened(by=HAO), ana, by=HAO) == claim
        assert claim.assistances.count() == 2

    def test_the_member_ends_it(self, ana: Membership) -> None:
        ref = opened()
        claim = filled_in(ref, ana)
        with pytest.raises(NoSuchClaim):
            actions.end_assistance(login_id=login(FEI), claim_ref=claim.ref, now=NOW)
        actions.end_assistance(login_id=login(ANA), claim_ref=claim.ref, now=NOW)
        with pytest.raises(NoSuchAssistance):
            documented(ref)
        claim.refresh_from_db()
        assert (claim.state, payee_of(claim).name) == ("COLLECTING", ANA.name)


class TestStaff:
    def test_who_helped_does_not_judge(self, ana: Membership) -> None:
        ref = opened(by=HANDLER)
        claim = filled_in(ref, ana, by=HANDLER)
        documented(ref, by=HANDLER)
        actions.ask_to_hand_in(login_id=login(HANDLER), ref=ref, now=NOW)
        actions.hand_in_assisted(login_id=login(HANDLER), ref=ref, code=code_for(), now=NOW)
        with pytest.raises(OwnClaim):
            queries.claim_for_staff(login_id=login(HANDLER), ref=claim.ref, now=NOW)
        view = queries.claim_for_staff(login_id=login(HAO), ref=claim.ref, now=NOW)
        assert view.assisted is not None
        assert (view.assisted.helper, view.assisted.count) == (HANDLER.staff_name, 1)


def test_the_pages_lead_through_it(ana: Membership) -> None:
    fei = Walker(client_of(FEI)).opens(reverse("web:claims"))
    fei.follows("Help somebody to ask for aid").presses("Send them a code", {"phone": ANA.phone})
    fei.presses("Confirm", {"code": "000"}).says("not right")
    fei.presses("Confirm", {"code": code_at_the_clock()}).says("They agreed").follows(ANA.name)
    told = {key: value for key, value in HAPPENED.items() if key not in ("hospital", "statement")}
    fei.presses(
        "Save and go on",
        told
        | {
            "illness": "1",
            "hospital": "协和医院",
            "statement": "车祸",
            "payee_name": ANA.name,
            "payee_phone": ANA.phone,
        },
    )
    for kind in ("identity", "diagnosis"):
        fei.presses("Add", {"kind": kind, "documents": [file(kind)]})
    fei.follows("Read it to them").says("车祸").presses("Send them the second code")
    fei.presses("Hand in", {"code": code_at_the_clock()}).says("The claim is handed in")
    claim = Claim.objects.get()
    assert claim.state == "SEALED"
    own = Walker(client_of(ANA)).opens(reverse("web:claim", args=[claim.ref]))
    own.says("Filled in with help")
    Walker(at_desk(HAO)).opens(reverse("console:claim", args=[claim.ref])).says("费○○")
    assert Assistance.objects.get().ended_at is not None
    over = Walker(client_of(FEI)).opens(reverse("web:assist", args=[Assistance.objects.get().ref]))
    over.says("handed in").follows("Help somebody else")


def code_at_the_clock() -> str:
    identity.send_code(code_id=PhoneCode.objects.latest("id").pk, now=clock.now())
    return outbox(to=ANA.phone)[0].data["code"]
