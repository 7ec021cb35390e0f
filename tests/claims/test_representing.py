"""Who files for a member who cannot: the payer, or a representative with a proof of authority."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import society
from claims.story import Story, begun, day, login
from sameboat.claims import actions, queries
from sameboat.claims.actions.filing import EvidenceMissing
from sameboat.claims.representing import ActingWrong
from sameboat.identity.models import Relation
from sameboat.members import actions as members
from sameboat.record.queries import chain_entries
from sameboat.rules.claim import State
from sameboat.rules.membership import EndReason
from society import ANA, BAO, FEI, HAO, START, WEN


@pytest.fixture
def ana(db: None) -> Story:
    """Ana pays for herself and lies in a coma; Fei is her husband, as was verified."""
    story = begun()
    Relation.objects.create(
        person=society.verified(FEI), relative=society.verified(ANA), kind="spouse", since=START
    )
    return story


def files(story: Story, acting: str, *, by: society.Somebody = FEI, **changes: Any) -> Story:
    said: dict[str, Any] = {
        "illness": "2",
        "severity": "severe",
        "accident": False,
        "diagnosed_on": day(118).date(),
        "hospital": "仁济医院",
        "statement": "突然倒下，至今未醒",
        "payee_name": by.name,
        "payee_phone": by.phone,
        "acting": acting,
        "now": day(120),
    }
    story.ref = actions.draft_claim(
        login_id=login(by), membership_ref=story.membership.ref, **said | changes
    )
    return story


def test_a_coma_the_spouse_files_with_a_proof_of_authority(ana: Story) -> None:
    files(ana, "unconscious").opens(by=FEI).sends_all(by=FEI).consents(by=FEI)
    with pytest.raises(EvidenceMissing) as refused:
        ana.seals(by=FEI)
    assert refused.value.data == {"kinds": "authority"}
    ana.sends("authority", by=FEI)
    ana.seals(by=FEI)
    assert chain_entries(bytes.fromhex(ana.ref))[0].body["filed_by"] == "representative"
    assert ana.claim.checks.get(code="authority").outcome == "attention"
    view = queries.claim_for_staff(login_id=login(HAO), ref=ana.ref, now=day(122))
    assert view.stated.acting == "unconscious"
    # She woke up: it is her claim as well.
    assert queries.claim_for_claimant(login_id=login(ANA), ref=ana.ref).line.ref == ana.ref


def test_a_death_asks_for_the_certificate_too_and_the_ended_membership_still_files(
    ana: Story,
) -> None:
    members.end_membership(
        membership_id=ana.membership.id,
        reason=EndReason.DIED,
        on=day(119).date(),
        now=day(119) + timedelta(hours=1),
    )
    files(ana, "dead").opens(by=FEI).sends_all(by=FEI).consents(by=FEI)
    needed = queries.claim_for_claimant(login_id=login(FEI), ref=ana.ref).kinds_missing
    assert needed == ("authority", "death_certificate")
    for kind in needed:
        ana.sends(kind, by=FEI)
    assert ana.seals(by=FEI).state() is State.SEALED
    assert ana.claim.checks.get(code="covered").outcome == "pass"
    assert ana.claim.checks.get(code="report_deadline").outcome == "pass"


def test_of_an_ended_membership_too_late_is_found_by_the_checks(ana: Story) -> None:
    members.leave(login_id=login(ANA), membership_ref=ana.membership.ref, now=day(119))
    late = day(120) + timedelta(days=200)
    files(ana, "unable", now=late)
    actions.open_claim(login_id=login(FEI), claim_ref=ana.ref, now=late)
    ana.sends_all(320, by=FEI).sends("authority", on=320, by=FEI)
    ana.consents(320, by=FEI).seals(320, by=FEI)
    assert ana.claim.checks.get(code="report_deadline").outcome == "fail"


@pytest.mark.parametrize("acting", ["", "child"])
def test_a_relative_says_why_and_no_adult_is_a_child(ana: Story, acting: str) -> None:
    with pytest.raises(ActingWrong):
        files(ana, acting)


def test_nobody_represents_themself(ana: Story) -> None:
    with pytest.raises(ActingWrong):
        files(ana, "unable", by=ANA)


def test_a_payer_files_as_payer_or_as_guardian(db: None) -> None:
    begun()
    society.joined(WEN)
    child = Story(society.joined(BAO, by=WEN, relation="child"))
    files(child, "", by=WEN).opens(by=WEN)
    assert chain_entries(bytes.fromhex(child.ref))[0].body["filed_by"] == "payer"
    actions.withdraw_claim(login_id=login(WEN), claim_ref=child.ref, now=day(121))
    files(child, "child", by=WEN, now=day(122)).opens(122, by=WEN)
    assert chain_entries(bytes.fromhex(child.ref))[0].body["filed_by"] == "representative"


class TestAGuardian:
    @pytest.fixture
    def child(self, db: None) -> Story:
        begun()
        society.joined(WEN)
        return Story(society.joined(BAO, by=WEN, relation="child"))

    def test_shows_with_the_first_claim_that_they_are_one(self, child: Story) -> None:
        child.drafts(by=WEN).opens(by=WEN).consents(by=WEN)
        for kind in ("identity", "diagnosis"):
            child.sends(kind, by=WEN)
        with pytest.raises(EvidenceMissing) as refused:
            child.seals(by=WEN)
        assert refused.value.data == {"kinds": "authority"}
        child.sends("authority", by=WEN)
        assert child.seals(by=WEN).state() is State.SEALED
        check = child.claim.checks.get(code="authority")
        assert check.outcome == "attention"

    def test_is_not_asked_for_it_again(self, child: Story) -> None:
        child.drafts(by=WEN).opens(by=WEN).sends_all(by=WEN).consents(by=WEN).seals(by=WEN)
        actions.withdraw_claim(login_id=login(WEN), claim_ref=child.ref, now=day(122))
        child.drafts(130, began=125, by=WEN).opens(130, by=WEN)
        view = queries.claim_for_claimant(login_id=login(WEN), ref=child.ref)
        assert "authority" not in view.kinds_required

    def test_who_is_dead_needs_the_certificate_of_death_all_the_same(self, child: Story) -> None:
        files(child, "dead", by=WEN).opens(by=WEN)
        view = queries.claim_for_claimant(login_id=login(WEN), ref=child.ref)
        assert view.kinds_required[-2:] == ("authority", "death_certificate")

    def test_of_an_adult_whom_one_pays_for_nothing_more_is_asked(self, db: None) -> None:
        begun()
        society.joined(WEN)
        mother = Story(society.joined(society.MEI, by=WEN, relation="parent"))
        mother.drafts(by=WEN).opens(by=WEN)
        view = queries.claim_for_claimant(login_id=login(WEN), ref=mother.ref)
        assert "authority" not in view.kinds_required
