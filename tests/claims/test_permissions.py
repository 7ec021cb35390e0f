"""Who may do what: roles, four eyes, and parties to a claim."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

import society
from claims.story import PUBLICITY_ON, TAN, YUE, Story, at, begun, day, login
from sameboat.claims import actions, queries
from sameboat.claims.access import NoSuchClaim, OwnClaim
from sameboat.claims.actions.assessment import (
    BenefitRowNotDue,
    FourEyes,
    InvestigationNeeded,
)
from sameboat.claims.actions.evidence import DueInThePast
from sameboat.claims.actions.filing import ConsentMissing, EvidenceMissing
from sameboat.claims.actions.investigation import NoInvestigator, NotAssigned
from sameboat.claims.actions.reopening import MoneyOnItsWay, begin_settling
from sameboat.claims.models import Claim
from sameboat.claims.stated import DiagnosedLater, NoSuchChoice, TextMissing
from sameboat.identity.actions import make_staff, revoke_consent
from sameboat.identity.models import Login
from sameboat.identity.queries import NotAllowed
from sameboat.identity.roles import Role
from sameboat.rules.claim import State
from society import ANA, BAO, FEI, HAO, LIN, WEN, Somebody


@pytest.fixture
def story(db: None) -> Story:
    return begun()


@pytest.fixture
def reported(story: Story) -> Story:
    return story.drafts().opens().sends_all().consents().seals().is_investigated()


def also_as(somebody: Somebody, name: str, *roles: Role) -> Login:
    """A second login of the same person."""
    return make_staff(
        name=name, password=society.STAFF_PASSWORD, person=somebody.facts, roles=roles, now=day(0)
    )


class TestFiling:
    def test_a_stranger_cannot_draft_or_touch_it(self, story: Story) -> None:
        with pytest.raises(NoSuchClaim):
            story.drafts(by=FEI)
        story.drafts()
        for verb in (story.opens, story.seals):
            with pytest.raises(NoSuchClaim):
                verb(by=FEI)
        with pytest.raises(NoSuchClaim):
            actions.withdraw_claim(login_id=login(FEI), claim_ref=story.ref, now=day(121))

    def test_a_mother_files_for_her_child(self, story: Story) -> None:
        society.joined(WEN)
        child = Story(society.joined(BAO, by=WEN, relation="child"))
        child.drafts(by=WEN).opens(by=WEN).sends_all(by=WEN).consents(by=WEN).seals(by=WEN)
        assert child.state() is State.SEALED

    def test_sealing_needs_every_consent(self, story: Story) -> None:
        story.drafts().opens().sends_all()
        with pytest.raises(ConsentMissing) as refused:
            story.seals()
        assert refused.value.data == {"purposes": "sharing_insurer, publication"}
        story.consents()
        revoke_consent(
            login_id=login(ANA),
            person_id=story.membership.person_id,
            purpose="health_data",
            now=day(120),
        )
        with pytest.raises(ConsentMissing):
            story.seals()

    def test_sealing_needs_what_the_terms_require(self, story: Story) -> None:
        story.drafts().opens().consents()
        story.sends("identity")
        with pytest.raises(EvidenceMissing) as refused:
            story.seals()
        assert refused.value.data == {"kinds": "diagnosis"}

    def test_nobody_was_diagnosed_tomorrow(self, story: Story) -> None:
        with pytest.raises(DiagnosedLater):
            story.drafts(120, began=121)

    def test_words_are_needed(self, story: Story) -> None:
        with pytest.raises(TextMissing):
            story.drafts(payee=" ")
        assert Claim.objects.count() == 0


class TestRoles:
    @pytest.mark.parametrize("somebody", [ANA, FEI, LIN, YUE, TAN])
    def test_only_a_case_handler_decides_first(self, somebody: Somebody, reported: Story) -> None:
        with pytest.raises((NotAllowed, OwnClaim)):
            actions.propose_aid(
                login_id=login(somebody),
                claim_ref=reported.ref,
                benefit_row="severe-39",
                reason="属实",
                now=day(130),
            )

    @pytest.mark.parametrize("somebody", [ANA, FEI, HAO, YUE, TAN])
    def test_only_a_second_decider_confirms(self, somebody: Somebody, reported: Story) -> None:
        decision = reported.proposed_by_hao()
        with pytest.raises(NotAllowed):
            actions.confirm_decision(login_id=login(somebody), decision_id=decision, now=day(131))
        assert reported.state() is State.REPORTED

    @pytest.mark.parametrize("somebody", [ANA, HAO, LIN, TAN])
    def test_only_the_insurer_sends_an_investigator(self, somebody: Somebody, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        with pytest.raises((NotAllowed, OwnClaim)):
            actions.assign_investigator(
                login_id=login(somebody),
                claim_ref=story.ref,
                investigator_id=login(TAN),
                now=day(122),
            )

    def test_only_a_supervisor_asks_a_second_time(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()

        def asks(somebody: Somebody) -> None:
            actions.ask_evidence(
                login_id=login(somebody),
                claim_ref=story.ref,
                kinds=["bill"],
                reason_code="missing",
                due_on=day(140).date(),
                now=day(122),
            )

        asks(HAO)
        with pytest.raises(NotAllowed):
            asks(HAO)
        asks(LIN)
        assert story.claim.asks.count() == 2

    def test_a_request_leaves_time(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        with pytest.raises(DueInThePast):
            actions.ask_evidence(
                login_id=login(HAO),
                claim_ref=story.ref,
                kinds=["bill"],
                reason_code="missing",
                due_on=day(122).date(),
                now=day(122),
            )

    @pytest.mark.parametrize("somebody", [ANA, FEI])
    def test_members_have_no_work_queue(self, somebody: Somebody, reported: Story) -> None:
        for query in (
            lambda: queries.work_queue(login_id=login(somebody), now=day(130)),
            lambda: queries.decisions_waiting(login(somebody), now=day(130)),
            lambda: queries.objections_open(
                login_id=login(somebody), plan_id=reported.claim.plan, now=day(130)
            ),
            lambda: queries.investigators(login_id=login(somebody)),
        ):
            with pytest.raises(NotAllowed):
                query()


class TestFourEyes:
    def test_one_person_under_two_logins_is_one(self, reported: Story) -> None:
        second = also_as(HAO, "hao2", Role.SECOND_DECIDER)
        decision = reported.proposed_by_hao()
        with pytest.raises(FourEyes):
            actions.confirm_decision(login_id=second.id, decision_id=decision, now=day(131))

    def test_the_database_refuses_it_too(self, reported: Story) -> None:
        reported.proposed_by_hao()
        decision = reported.decision("propose")
        decision.second_person_id = decision.first_person_id
        with pytest.raises(IntegrityError, match="two_different_people"), transaction.atomic():
            decision.save()

    def test_who_investigated_decides_nothing(self, reported: Story) -> None:
        decider = also_as(TAN, "tan2", Role.CASE_HANDLER, Role.SECOND_DECIDER)
        with pytest.raises(FourEyes):
            actions.decline_claim(
                login_id=decider.id,
                claim_ref=reported.ref,
                clause="illnesses",
                reason_code="not_listed",
                reason="无",
                now=day(130),
            )
        decision = reported.proposed_by_hao()
        with pytest.raises(FourEyes):
            actions.confirm_decision(login_id=decider.id, decision_id=decision, now=day(131))

    def test_who_decides_does_not_investigate(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        looker = also_as(HAO, "hao3", Role.INVESTIGATOR)
        with pytest.raises(NoInvestigator):
            actions.assign_investigator(
                login_id=login(YUE), claim_ref=story.ref, investigator_id=looker.id, now=day(122)
            )

    def test_another_investigator_cannot_report(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        actions.assign_investigator(
            login_id=login(YUE), claim_ref=story.ref, investigator_id=login(TAN), now=day(122)
        )
        other = also_as(FEI, "fei", Role.INVESTIGATOR)
        with pytest.raises(NotAssigned):
            actions.report_investigation(
                login_id=other.id,
                claim_ref=story.ref,
                finding="confirmed",
                report="属实",
                now=day(123),
            )

    def test_staff_do_not_judge_their_own_claim(self, reported: Story) -> None:
        own = also_as(ANA, "ana", Role.CASE_HANDLER, Role.SECOND_DECIDER)
        verbs: list[Callable[[], object]] = [
            lambda: actions.propose_aid(
                login_id=own.id,
                claim_ref=reported.ref,
                benefit_row="severe-39",
                reason="属实",
                now=day(130),
            ),
            lambda: queries.claim_for_staff(login_id=own.id, ref=reported.ref, now=day(130)),
        ]
        for verb in verbs:
            with pytest.raises(OwnClaim):
                verb()

    def test_the_second_person_may_drop_it_and_the_first_decide_anew(self, reported: Story) -> None:
        decision = reported.proposed_by_hao()
        actions.drop_decision(login_id=login(LIN), decision_id=decision, now=day(131))
        reported.confirmed_by_lin(reported.declined_by_hao(132), 133)
        assert reported.state() is State.DECLINED


class TestDeciding:
    def test_not_before_an_investigation_where_the_terms_require_one(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        with pytest.raises(InvestigationNeeded):
            story.proposed_by_hao()

    def test_the_row_is_one_of_the_age_at_diagnosis(self, reported: Story) -> None:
        with pytest.raises(BenefitRowNotDue) as refused:
            reported.proposed_by_hao(row="severe-59")
        assert refused.value.data["possible"] == "severe-39, mild"

    def test_the_assessment_may_find_it_milder(self, reported: Story) -> None:
        reported.confirmed_by_lin(reported.proposed_by_hao(row="mild"))
        assert reported.claim.aid == 5_000

    @pytest.mark.parametrize(
        ("clause", "code"), [("because", "not_listed"), ("illnesses", "because")]
    )
    def test_a_decline_names_a_clause_and_a_reason(
        self, clause: str, code: str, reported: Story
    ) -> None:
        with pytest.raises(NoSuchChoice):
            reported.declined_by_hao(clause=clause, code=code)

    def test_two_second_deciders_reopen_a_decline(self, story: Story) -> None:
        story.is_declined()
        other = also_as(YUE, "yue2", Role.SECOND_DECIDER)
        decision = actions.reopen_claim(
            login_id=login(LIN),
            claim_ref=story.ref,
            reason_code="court",
            reason="判决",
            now=day(150),
        )
        actions.confirm_decision(login_id=other.id, decision_id=decision, now=day(151))
        assert story.state() is State.REPORTED
        assert story.claim.decline_clause == ""

    def test_nothing_is_reopened_while_its_money_is_on_its_way(self, story: Story) -> None:
        story.is_published()
        close = at(PUBLICITY_ON, days=3)
        actions.finalise(plan_id=story.claim.plan, publicity_on=PUBLICITY_ON, now=close)
        other = also_as(YUE, "yue2", Role.SECOND_DECIDER)
        decision = actions.reopen_claim(
            login_id=login(LIN),
            claim_ref=story.ref,
            reason_code="fraud",
            reason="假病历",
            now=day(150),
        )
        with transaction.atomic():
            assert begin_settling(claim_ids=[story.claim.id]) == [story.claim.id]
        with pytest.raises(MoneyOnItsWay):
            actions.confirm_decision(login_id=other.id, decision_id=decision, now=day(151))
        actions.mark_settled(claim_ids=[story.claim.id], period_on=PUBLICITY_ON, now=close)
        actions.confirm_decision(login_id=other.id, decision_id=decision, now=day(151))
        assert story.state() is State.REPORTED

    def test_a_proposal_is_recalled_by_two(self, story: Story) -> None:
        story.is_proposed()
        decision = actions.recall_decision(
            login_id=login(HAO), claim_ref=story.ref, reason_code="mistake", now=day(132)
        )
        assert story.state() is State.PROPOSED
        story.confirmed_by_lin(decision, 133)
        assert story.state() is State.REPORTED
