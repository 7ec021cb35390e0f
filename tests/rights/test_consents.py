"""Each consent apart: what taking it back does is told before, and done at once, all of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

import pool
import society
from claims.story import TAN, YUE, Story, begun, day
from rights.test_erasing import own
from sameboat.claims import actions as claiming
from sameboat.claims import queries as claims
from sameboat.claims.actions.filing import ConsentMissing
from sameboat.claims.consents import ConsentTakenBack
from sameboat.claims.models import Claim
from sameboat.identity.actions import ask_score
from sameboat.identity.actions.consents import NoSuchConsent
from sameboat.identity.models import Consent
from sameboat.members.actions.ending import ChildrenFirst
from sameboat.members.models import Membership
from sameboat.rights import actions, queries
from sameboat.rights.actions.consenting import NoSuchPurpose
from sameboat.rights.consents import PURPOSES
from sameboat.rights.proving import NotYoursToDecide
from sameboat.rules.claim import State
from society import ANA, BAO, FEI, HAO, MEI, WEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    """Ana's claim is handed in."""
    return begun().drafts().opens().sends_all().consents().seals()


def takes_back(story: Story, purpose: str, *, on: int = 130) -> None:
    actions.revoke_consent(
        login_id=own(ANA),
        person_ref=story.membership.person.ref,
        purpose=purpose,
        now=day(on),
    )


def foretold(story: Story, purpose: str) -> queries.TakingBack:
    return queries.taking_back(
        login_id=own(ANA), person_ref=story.membership.person.ref, purpose=purpose, now=day(129)
    )


class TestTakingBack:
    @pytest.mark.parametrize("purpose", ["health_data", "publication"])
    def test_withdraws_what_is_not_decided_as_it_was_told(self, story: Story, purpose: str) -> None:
        assert foretold(story, purpose).claims == (story.ref,)
        takes_back(story, purpose)
        assert story.state() is State.WITHDRAWN

    def test_without_health_data_no_member_of_staff_reads_anything_any_more(
        self, story: Story
    ) -> None:
        document = story.claim.evidence.earliest("id")
        takes_back(story, "health_data")
        with pytest.raises(ConsentTakenBack):
            claims.claim_for_staff(login_id=own(HAO), ref=story.ref, now=day(131))
        with pytest.raises(ConsentTakenBack):
            claims.evidence_view(login_id=own(HAO), evidence_ref=document.ref, now=day(131))
        content, _ = claims.evidence_view(
            login_id=own(ANA), evidence_ref=document.ref, now=day(131)
        )
        assert content

    def test_without_health_data_nothing_is_handed_in_before_it_is_given_again(
        self, story: Story
    ) -> None:
        takes_back(story, "health_data")
        again = Story(story.membership).drafts(131).opens(131).sends_all(131)
        with pytest.raises(ConsentMissing):
            again.seals(131)
        for purpose in ("health_data", "sharing_insurer"):
            actions.give_consent(
                login_id=own(ANA),
                person_ref=story.membership.person.ref,
                purpose=purpose,
                now=day(132),
            )
        assert again.seals(132).state() is State.SEALED

    def test_sharing_keeps_the_insurer_and_the_investigator_out_and_not_the_staff(self) -> None:
        story = begun().drafts().opens().sends_all()
        for purpose in ("health_data", "sharing_insurer", "publication"):
            actions.give_consent(
                login_id=own(ANA),
                person_ref=story.membership.person.ref,
                purpose=purpose,
                now=day(120),
            )
        story.seals()
        takes_back(story, "sharing_insurer", on=122)
        # The terms ask for an outside look, so it cannot go on.
        assert story.state() is State.WITHDRAWN
        with pytest.raises(ConsentTakenBack):
            claims.claim_for_staff(login_id=own(YUE), ref=story.ref, now=day(123))
        assert claims.claim_for_staff(login_id=own(HAO), ref=story.ref, now=day(123))

    def test_who_never_agreed_to_the_insurer_hands_nothing_in(self) -> None:
        story = begun().drafts().opens().sends_all()
        for purpose in ("health_data", "publication"):
            actions.give_consent(
                login_id=own(ANA),
                person_ref=story.membership.person.ref,
                purpose=purpose,
                now=day(120),
            )
        with pytest.raises(ConsentMissing) as refused:
            story.seals()
        assert refused.value.data == {"purposes": "sharing_insurer"}

    def test_the_first_words_of_health_data_named_the_investigator(self, story: Story) -> None:
        given = Consent.objects.filter(person=story.membership.person, purpose="sharing_insurer")
        assert not given.exists()
        claiming.assign_investigator(
            login_id=own(YUE), claim_ref=story.ref, investigator_id=own(TAN), now=day(122)
        )
        assert story.state() is State.INVESTIGATION

    def test_without_the_terms_every_plan_is_left(self, story: Story) -> None:
        assert foretold(story, "terms").memberships == (society.PLAN,)
        takes_back(story, "terms")
        membership = Membership.objects.get(id=story.membership.id)
        assert membership.ends_on == day(131).date()
        with pytest.raises(NoSuchConsent):
            takes_back(story, "terms")
        assert story.state() is State.SEALED  # What began under cover is still judged.

    def test_a_payer_takes_the_children_out_first_and_nothing_is_half_done(self) -> None:
        society.running()
        wen = society.joined(WEN)
        society.joined(BAO, by=WEN, relation="child")
        with pytest.raises(ChildrenFirst):
            actions.revoke_consent(
                login_id=own(WEN), person_ref=wen.person.ref, purpose="terms", now=day(1)
            )
        assert Consent.objects.filter(person=wen.person, purpose="terms", revoked_at=None).exists()

    def test_a_score_and_its_marks_are_deleted(self) -> None:
        society.running()
        ana = society.joined(ANA)
        actions.give_consent(
            login_id=own(ANA), person_ref=ana.person.ref, purpose="credit_score", now=day(1)
        )
        assert ask_score(person_ref=ana.person.ref) is not None
        Membership.objects.filter(id=ana.id).update(review_reasons="score_below,other")
        actions.revoke_consent(
            login_id=own(ANA), person_ref=ana.person.ref, purpose="credit_score", now=day(2)
        )
        ana.refresh_from_db()
        ana.person.refresh_from_db()
        assert (ana.person.score, ana.review_reasons, ana.ends_on) == (None, "other", None)


class TestWho:
    def test_an_adult_alone_a_guardian_for_a_child_until_they_come_of_age(self) -> None:
        society.running()
        society.joined(WEN)
        mei = society.joined(MEI, by=WEN, relation="parent").person
        bao = society.joined(BAO, by=WEN, relation="child").person
        name, found = queries.consents_of(login_id=own(WEN), person_ref=bao.ref, now=day(1))
        assert name == BAO.name
        assert {each.code for each in found if each.versions} == {"terms", "health_data"}
        with pytest.raises(NotYoursToDecide):
            queries.consents_of(login_id=own(WEN), person_ref=mei.ref, now=day(1))
        grown_up = day(0) + timedelta(days=366 * 12)
        with pytest.raises(NotYoursToDecide):
            queries.consents_of(login_id=own(WEN), person_ref=bao.ref, now=grown_up)

    def test_nobody_else(self, story: Story) -> None:
        society.verified(FEI)
        with pytest.raises(NotYoursToDecide):
            actions.revoke_consent(
                login_id=own(FEI),
                person_ref=story.membership.person.ref,
                purpose="publication",
                now=day(130),
            )


def test_only_what_is_on_the_list_can_be_agreed_to() -> None:
    ana = society.verified(ANA)
    for purpose in ("telemarketing", "terms"):
        with pytest.raises(NoSuchPurpose):
            actions.give_consent(login_id=own(ANA), person_ref=ana.ref, purpose=purpose, now=day(1))


def test_every_purpose_says_in_both_languages_what_taking_it_back_does() -> None:
    for purpose in PURPOSES.values():
        for text in (purpose.name, purpose.what, purpose.taken_back):
            assert text.zh and text.en


@pytest.mark.django_db(transaction=True)
def test_of_an_aided_case_the_aid_alone_stays_visible() -> None:
    members = pool.filled(3)
    claim = pool.proposed(members[0])
    pool.announced()
    claim.refresh_from_db()
    assert claim.state == "SETTLED"
    person = claim.membership.person
    told = queries.taking_back(
        login_id=own(ANA), person_ref=person.ref, purpose="publication", now=day(30)
    )
    assert told.claims == ()
    reader = pool.another(0)
    before = claims.helped_cases(login_id=own(reader), plan_id=society.PLAN, claim_ids=[claim.id])
    assert before[0].age is not None
    actions.revoke_consent(
        login_id=own(ANA), person_ref=person.ref, purpose="publication", now=day(30)
    )
    (case,) = claims.helped_cases(login_id=own(reader), plan_id=society.PLAN, claim_ids=[claim.id])
    assert (case.sex, case.age, case.severity) == (None, None, None)
    assert case.aid == before[0].aid
    assert case.illness.en.startswith("No longer shown")
    assert Claim.objects.get(id=claim.id).state == "SETTLED"
