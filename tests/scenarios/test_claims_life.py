"""A claim from the first word to the aid, and the ways in which it can end otherwise."""

from __future__ import annotations

from datetime import date

import pytest

from claims.story import PUBLICITY_ON, TAN, YUE, Story, at, begun, day, login
from sameboat.claims import actions, queries
from sameboat.claims.access import NoSuchClaim
from sameboat.claims.actions.assessment import FourEyes
from sameboat.claims.actions.filing import AppealTimeOver
from sameboat.claims.life import ClaimEventNotPossible
from sameboat.claims.queries.stored import NoSuchEvidence
from sameboat.identity.actions import make_staff
from sameboat.identity.models import AuditRow
from sameboat.identity.queries import NotAllowed
from sameboat.identity.roles import Role
from sameboat.members.models import Membership
from sameboat.record.actions import sequence
from sameboat.record.queries import chain_entries
from sameboat.rules.claim import State
from sameboat.rules.money import Fen
from society import ANA, FEI, HAO, LIN, PLAN, STAFF_PASSWORD


@pytest.fixture
def story(db: None) -> Story:
    return begun()


def types(story: Story) -> list[str]:
    return [line.type for line in chain_entries(bytes.fromhex(story.ref))]


class TestAnaIsHelped:
    def test_from_the_first_word_to_the_aid(self, story: Story) -> None:
        story.drafts()
        assert story.state() is State.DRAFT
        assert types(story) == []

        story.opens().sends_all().consents().seals()
        assert story.state() is State.SEALED
        assert {row.outcome for row in story.claim.checks.all()} <= {"pass", "attention"}

        story.is_investigated()
        assert story.state() is State.REPORTED

        decision = story.proposed_by_hao()
        assert story.state() is State.REPORTED, "one person alone moves nothing"
        story.confirmed_by_lin(decision)
        assert story.state() is State.PROPOSED
        assert (story.claim.benefit_row, story.claim.aid) == ("severe-39", 30_000)

        actions.open_publicity(plan_id=PLAN, publicity_on=PUBLICITY_ON, now=at(PUBLICITY_ON))
        assert story.state() is State.PUBLISHED
        assert story.claim.publicity_ends_at == at(PUBLICITY_ON, days=3)

        sequence(now=at(PUBLICITY_ON))
        close = at(PUBLICITY_ON, days=3)
        assert actions.finalise(plan_id=PLAN, publicity_on=PUBLICITY_ON, now=close) == 1
        assert [claim.ref for claim in queries.accepted_claims(PLAN)] == [story.ref]

        actions.mark_settled(claim_ids=[story.claim.id], period_on=close.date(), now=close)
        assert queries.accepted_claims(PLAN) == []
        actions.mark_paid(claim_id=story.claim.id, now=at(date(2026, 7, 29)), arrears=Fen(300))
        assert story.state() is State.PAID

        assert types(story) == [
            "claim.open",
            "evidence.add",
            "evidence.add",
            "evidence.seal",
            "invest.assign",
            "invest.report",
            "decision.propose",
            "publicity.open",
            "decision.final",
            "payout.confirm",
        ]
        ana = Membership.objects.get(id=story.membership.id)
        assert (ana.end_reason, ana.ends_on) == ("aided", date(2026, 7, 30))

    def test_every_step_is_recorded_and_names_no_illness(self, story: Story) -> None:
        story.is_published()
        lines = chain_entries(bytes.fromhex(story.ref))
        assert {line.state for line in lines} == {"RECORDED"}
        bodies = [dict(line.body) for line in lines]
        assert bodies[0]["plan"] == PLAN
        assert bodies[0]["version"] == "2026-01"
        assert bodies[6] == {"row": "severe-39", "aid": 30_000}
        said = str(bodies)
        for word in ("安", "仁济", "心肌", "I21", "illness", ANA.phone):
            assert word not in said

    def test_each_look_and_verb_of_staff_leaves_an_audit_row(self, story: Story) -> None:
        story.is_proposed()
        evidence = story.claim.evidence.first()
        assert evidence is not None
        queries.claim_for_staff(login_id=login(HAO), ref=story.ref, now=day(131))
        queries.evidence_view(login_id=login(HAO), evidence_ref=evidence.ref, now=day(131))
        about_claims = AuditRow.objects.filter(verb__startswith="claim.").order_by("id")
        rows = about_claims.values_list("login__name", "verb", "subject")
        assert list(rows) == [
            ("yue", "claim.assign", story.ref),
            ("tan", "claim.report", story.ref),
            ("hao", "claim.propose", story.ref),
            ("lin", "claim.confirm_propose", story.ref),
            ("hao", "claim.view", story.ref),
            ("hao", "claim.view_evidence", evidence.ref),
        ]


class TestFeiObjects:
    def test_unanswered_the_claim_leaves_the_period(self, story: Story) -> None:
        story.is_published()
        objection = story.objected_to()
        close = at(PUBLICITY_ON, days=3)
        assert actions.finalise(plan_id=PLAN, publicity_on=PUBLICITY_ON, now=close) == 0
        assert story.state() is State.PUBLISHED

        story.answered(objection, "dismissed", now=at(PUBLICITY_ON, days=4))
        assert story.state() is State.PUBLISHED
        later = at(date(2026, 8, 10))
        accepted = actions.finalise(plan_id=PLAN, publicity_on=date(2026, 8, 7), now=later)
        assert accepted == 1
        assert types(story)[-3:] == ["objection.add", "objection.answer", "decision.final"]

    def test_upheld_the_claim_is_assessed_again_and_published_again(self, story: Story) -> None:
        story.is_published()
        story.answered(story.objected_to(), "upheld", now=at(PUBLICITY_ON, days=2))
        assert story.state() is State.REPORTED

        story.confirmed_by_lin(story.proposed_by_hao(145), 146)
        again = date(2026, 8, 7)
        assert actions.open_publicity(plan_id=PLAN, publicity_on=again, now=at(again)) == 1
        assert story.claim.publicity_ends_at == at(again, days=3)
        sequence(now=at(again))
        assert actions.finalise(plan_id=PLAN, publicity_on=again, now=at(again, days=3)) == 1

    def test_two_people_answer(self, story: Story) -> None:
        story.is_published()
        decision = actions.answer_objection(
            login_id=login(HAO),
            objection_ref=story.objected_to(),
            outcome="dismissed",
            reason="无据",
            now=at(PUBLICITY_ON, days=1),
        )
        assert story.claim.objections.get().outcome == ""
        story.confirmed_by_lin(decision, 143)
        assert story.claim.objections.get().outcome == "dismissed"


class TestAnaIsDeclined:
    def test_with_the_clause_quoted_and_the_row_due_if_overturned(self, story: Story) -> None:
        story.is_declined()
        shown = queries.claim_for_claimant(login_id=login(ANA), ref=story.ref).decline
        assert shown is not None
        assert shown.clause == "claims.evidence_required"
        assert "proven by documents" in shown.quoted.en
        assert shown.words == "材料不足"
        assert shown.appeal_ends_at == at(date(2026, 7, 11), days=31)
        entry = chain_entries(bytes.fromhex(story.ref))[-1]
        assert dict(entry.body) == {
            "clause": "claims.evidence_required",
            "reason": "not_proven",
            "appeal_ends_at": int(shown.appeal_ends_at.timestamp()),
            "row": "severe-39",
            "aid": 30_000,
        }

    def test_the_appeal_waits_in_a_queue_that_says_so(self, story: Story) -> None:
        story.is_declined()
        actions.appeal(login_id=login(ANA), claim_ref=story.ref, text="请复核", now=day(140))
        assert story.state() is State.BOARD
        todos = [
            (item.ref, item.todo) for item in queries.work_queue(login_id=login(HAO), now=day(131))
        ]
        assert todos == [(story.ref, queries.Todo.APPEAL_WAITS)]
        assert queries.claim_for_claimant(login_id=login(ANA), ref=story.ref).waits_for_board
        with pytest.raises(ClaimEventNotPossible):
            actions.appeal(login_id=login(ANA), claim_ref=story.ref, text="再复核", now=day(141))

    def test_the_time_to_appeal_ends_with_its_last_day(self, story: Story) -> None:
        story.is_declined()
        end = story.claim.appeal_ends_at
        assert end is not None
        with pytest.raises(AppealTimeOver):
            actions.appeal(login_id=login(ANA), claim_ref=story.ref, text="请复核", now=end)

    def test_an_illness_in_the_waiting_period_ends_the_membership(self, story: Story) -> None:
        story.drafts(60, began=50).opens(60).sends_all(60).consents(60).seals(60)
        failed = {row.code for row in story.claim.checks.filter(outcome="fail")}
        assert failed == {"waiting"}
        decision = story.declined_by_hao(62, clause="waiting.days", code="in_waiting_period")
        story.confirmed_by_lin(decision, 63)
        ana = Membership.objects.get(id=story.membership.id)
        assert ana.end_reason == "waiting_illness"
        refunded = queries.declined_with_refund(PLAN, now=day(63))
        assert [claim.ref for claim in refunded] == [story.ref]

    def test_two_second_deciders_may_reopen_it(self, story: Story) -> None:
        story.is_declined()
        decision = actions.reopen_claim(
            login_id=login(LIN),
            claim_ref=story.ref,
            reason_code="court",
            reason="判决",
            now=day(150),
        )
        with pytest.raises(FourEyes):
            story.confirmed_by_lin(decision, 151)
        assert story.state() is State.DECLINED


class TestAnaWithdraws:
    def test_and_may_claim_again(self, story: Story) -> None:
        story.is_proposed()
        actions.withdraw_claim(login_id=login(ANA), claim_ref=story.ref, now=day(133))
        assert story.state() is State.WITHDRAWN
        again = Story(story.membership).drafts(134)
        assert again.state() is State.DRAFT

    def test_a_decision_that_waited_is_dropped(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals().is_investigated()
        story.proposed_by_hao()
        actions.withdraw_claim(login_id=login(ANA), claim_ref=story.ref, now=day(133))
        assert queries.decisions_waiting(login(LIN), now=day(133)) == []


class TestMoreIsAskedFor:
    def test_the_supplement_answers_and_the_checks_run_again(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        actions.ask_evidence(
            login_id=login(HAO),
            claim_ref=story.ref,
            kinds=["pathology"],
            reason_code="missing",
            due_on=day(140).date(),
            now=day(122),
        )
        todos = [item.todo for item in queries.work_queue(login_id=login(HAO), now=day(122))]
        assert todos == [queries.Todo.AWAIT_EVIDENCE]
        story.sends("pathology", on=125)
        assert story.claim.asks.get().answered_at == day(125)
        entry = chain_entries(bytes.fromhex(story.ref))[-1]
        assert (entry.type, entry.body["reason"]) == ("evidence.supplement", "asked")
        assert story.claim.checks.first() is not None
        assert {row.checked_at for row in story.claim.checks.all()} == {day(125)}

    def test_tan_sees_his_claim_only_once_he_is_sent(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        evidence = story.claim.evidence.first()
        assert evidence is not None
        with pytest.raises(NoSuchEvidence):
            queries.evidence_view(login_id=login(TAN), evidence_ref=evidence.ref, now=day(122))
        story.is_investigated()
        content, media_type = queries.evidence_view(
            login_id=login(TAN), evidence_ref=evidence.ref, now=day(124)
        )
        assert media_type == "image/jpeg"
        assert content.startswith(b"\xff\xd8")

    def test_tan_sees_it_no_more_when_another_is_sent(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        evidence = story.claim.evidence.first()
        assert evidence is not None
        other = make_staff(
            name="fei",
            password=STAFF_PASSWORD,
            person=FEI.facts,
            roles=[Role.INVESTIGATOR],
            now=day(1),
        )
        for sent in (login(TAN), other.id):
            actions.assign_investigator(
                login_id=login(YUE), claim_ref=story.ref, investigator_id=sent, now=day(122)
            )
        with pytest.raises(NoSuchEvidence):
            queries.evidence_view(login_id=login(TAN), evidence_ref=evidence.ref, now=day(123))
        with pytest.raises(NoSuchClaim):
            queries.claim_for_staff(login_id=login(TAN), ref=story.ref, now=day(123))
        assert queries.work_queue(login_id=login(TAN), now=day(123)) == []
        assert queries.claim_for_staff(login_id=other.id, ref=story.ref, now=day(123))


class TestFeiNeverSees:
    def test_anas_documents(self, story: Story) -> None:
        story.is_published()
        evidence = story.claim.evidence.first()
        assert evidence is not None
        for attempt in (
            lambda: queries.evidence_view(
                login_id=login(FEI), evidence_ref=evidence.ref, now=day(142)
            ),
            lambda: queries.evidence_opening(login_id=login(FEI), evidence_ref=evidence.ref),
            lambda: queries.claim_for_claimant(login_id=login(FEI), ref=story.ref),
            lambda: queries.claim_for_staff(login_id=login(FEI), ref=story.ref, now=day(142)),
        ):
            with pytest.raises((NoSuchEvidence, NoSuchClaim, NotAllowed)):
                attempt()
