"""The payee: of the verified family, or verified by the identity gateway before a decision."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

import society
from claims.story import Story, begun, day, login
from sameboat.claims import actions
from sameboat.claims.access import NoSuchClaim
from sameboat.claims.life import ClaimEventNotPossible
from sameboat.claims.models import Claim
from sameboat.claims.payees import PayeeDocumentMissing, PayeeNotVerified, PayeeRefused
from sameboat.gateways.identity_check import Outcome
from sameboat.gateways.identity_check.sandbox import number_for
from sameboat.identity.queries import BadDocument
from sameboat.members.models import Membership
from sameboat.rules.claim import State
from sameboat.rules.documents import DocumentKind
from society import ANA, BAO, FEI, MEI, WEN


@pytest.fixture
def story(db: None) -> Story:
    return begun()


def names(story: Story, name: str, answer: Outcome | None = None, on: int = 121) -> None:
    """Ana names another payee; with a document unless `answer` is None."""
    document: dict[str, Any] = {}
    if answer is not None:
        number = number_for(answer, born_on=date(1970, 2, 2), sex="f")
        document = {
            "payee_document_kind": DocumentKind.RESIDENT_ID,
            "payee_document_number": number,
        }
    actions.name_payee(
        login_id=login(ANA),
        claim_ref=story.ref,
        payee_name=name,
        payee_phone="13900000009",
        now=day(on),
        **document,
    )


def waits(story: Story) -> int:
    """How many questions about this claim's payee were put into the queue."""
    jobs = ProcrastinateJob.objects.filter(task_name="claims.verify_payee")
    return jobs.filter(args__payee_ref=story.claim.payee_ref).count()


class TestFamily:
    def test_who_is_verified_here_needs_no_document(self, story: Story) -> None:
        story.drafts()
        names(story, "安 娜娜")
        assert story.claim.payee_outcome == "match"
        assert waits(story) == 0

    def test_nobody_else_goes_by_name_alone(self, story: Story) -> None:
        story.drafts()
        for stranger in ("路人甲", FEI.name):
            with pytest.raises(PayeeDocumentMissing):
                names(story, stranger)

    def test_a_childs_aid_goes_to_the_parent(self, db: None) -> None:
        begun()
        society.joined(WEN)
        story = Story(society.joined(BAO, by=WEN, relation="child"))
        said: dict[str, Any] = {
            "illness": "2",
            "severity": "severe",
            "accident": False,
            "diagnosed_on": day(118).date(),
            "hospital": "仁济医院",
            "statement": "发烧",
            "payee_phone": "13900000005",
        }
        draft: dict[str, Any] = {
            "login_id": login(WEN),
            "membership_ref": story.membership.ref,
            "now": day(120),
        }
        with pytest.raises(PayeeRefused):
            actions.draft_claim(**draft, **said, payee_name=BAO.name)
        ref = actions.draft_claim(**draft, **said, payee_name=WEN.name)
        assert Claim.objects.get(ref=ref).payee_outcome == "match"

    def test_a_relative_who_was_verified_is_family(self, db: None) -> None:
        begun()
        society.joined(WEN)
        society.joined(MEI, by=WEN, relation="parent")
        story = Story(Membership.objects.get(person__logins__id=login(WEN)))
        story.drafts(by=WEN)
        actions.name_payee(
            login_id=login(WEN),
            claim_ref=story.ref,
            payee_name=MEI.name,
            payee_phone="13900000006",
            now=day(121),
        )
        assert story.claim.payee_outcome == "match"


class TestGateway:
    @pytest.mark.parametrize(
        "answer", [Outcome.MISMATCH, Outcome.UNKNOWN, Outcome.DECEASED, Outcome.MINOR]
    )
    def test_who_is_not_confirmed_stops_handing_in_until_another_is_named(
        self, story: Story, answer: Outcome
    ) -> None:
        story.drafts(answer=answer).opens().sends_all().consents()
        assert story.claim.payee_outcome == answer
        with pytest.raises(PayeeRefused) as refused:
            story.seals()
        assert refused.value.explain("zh").startswith("收款人未通过核验。")
        names(story, "安爸爸", Outcome.MATCH)
        story.payee_is_answered(121)
        assert story.seals().state() is State.SEALED

    def test_while_it_is_silent_the_claim_goes_on_and_only_the_decision_waits(
        self, story: Story
    ) -> None:
        story.drafts(answer=Outcome.TIMEOUT).opens().sends_all().consents().seals()
        story.is_investigated()
        with pytest.raises(PayeeNotVerified):
            story.proposed_by_hao()
        for attempts in range(2, 5):
            assert story.payee_is_answered(130) == ""
            assert story.claim.payee_attempts == attempts
        assert waits(story) == 5  # The first question, and one after each silence.

    def test_another_payee_between_two_decisions_waits_for_the_gateway(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals().is_investigated()
        decision = story.proposed_by_hao()
        names(story, "安爸爸", Outcome.MATCH, on=130)
        with pytest.raises(PayeeNotVerified):
            story.confirmed_by_lin(decision)
        story.payee_is_answered(131)
        assert story.confirmed_by_lin(decision).state() is State.PROPOSED

    def test_a_late_answer_about_the_payee_before_is_nobodys(self, story: Story) -> None:
        story.drafts(answer=Outcome.TIMEOUT)
        before = story.claim.payee_ref
        names(story, "安爸爸", Outcome.MATCH)
        assert actions.answer_payee(payee_ref=before, now=day(121)) == ""
        assert story.claim.payee_outcome == ""

    def test_a_number_of_the_wrong_form_is_refused_at_once(self, story: Story) -> None:
        story.drafts()
        with pytest.raises(BadDocument):
            actions.name_payee(
                login_id=login(ANA),
                claim_ref=story.ref,
                payee_name="安爸爸",
                payee_phone="13900000009",
                payee_document_kind=DocumentKind.RESIDENT_ID,
                payee_document_number="123",
                now=day(121),
            )


class TestWho:
    def test_only_whoever_files_and_only_before_the_decision(self, story: Story) -> None:
        story.is_proposed()
        with pytest.raises(ClaimEventNotPossible):
            names(story, ANA.name)
        with pytest.raises(NoSuchClaim):
            actions.name_payee(
                login_id=login(FEI),
                claim_ref=story.ref,
                payee_name=FEI.name,
                payee_phone=FEI.phone,
                now=day(132),
            )
