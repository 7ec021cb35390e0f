"""A claim on the staff pages: four eyes, each verb by its form, documents with their audit rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import society
from claims import story
from claims.story import PUBLICITY_ON, TAN, YUE, Story, at
from console.staff import FINANCE, SECOND, SUPERVISOR, at_desk
from sameboat.claims import actions
from sameboat.claims.models import Decision
from sameboat.identity.models import AuditRow
from sameboat.plans.actions import adopt
from sameboat.rules.claim import State
from sameboat.runtime import clock
from sameboat.settlement.queries import next_publicity_on
from society import HAO, LIN, Somebody

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages' clock: a noon while the claim is being assessed."""
    monkeypatch.setattr(clock, "now", lambda: story.day(130))


@pytest.fixture
def sealed() -> Story:
    """Ana's claim, handed in."""
    return story.begun().drafts().opens().sends_all().consents().seals()


@pytest.fixture
def reported(sealed: Story) -> Story:
    """Ana's claim, investigated."""
    return sealed.is_investigated()


def act(desk: Client, told: Story, verb: str, **fields: object) -> Any:
    return desk.post(reverse("console:act", args=[told.ref, verb]), fields)


def propose(told: Story, by: Somebody = HAO) -> Decision:
    answer = act(at_desk(by), told, "propose", benefit_row="severe-39", reason="病历属实")
    assert answer.status_code == 302, answer.content.decode()
    return told.decision("propose")


def second(desk: Client, told: Story, decision: Decision, verb: str = "confirm") -> Any:
    return desk.post(reverse(f"console:{verb}", args=[told.ref, decision.id]), follow=True)


class TestFourEyes:
    def test_nothing_moves_until_somebody_else_confirmed(self, reported: Story) -> None:
        decision = propose(reported)
        assert reported.state() is State.REPORTED
        answer = second(at_desk(LIN), reported, decision)
        assert answer.status_code == 200
        assert reported.state() is State.PROPOSED

    def test_who_decided_first_cannot_confirm(self, reported: Story) -> None:
        decision = propose(reported)
        answer = second(at_desk(HAO), reported, decision)
        assert answer.status_code == 403
        assert reported.state() is State.REPORTED
        assert Decision.objects.get(id=decision.id).second_at is None

    def test_one_person_under_two_logins_is_one(self, reported: Story) -> None:
        decision = propose(reported)
        twin = replace(HAO, staff_name="hao2", roles=SECOND.roles)
        answer = second(at_desk(twin), reported, decision)
        assert answer.status_code == 409
        assert "A second person has to confirm this" in answer.content.decode()
        assert reported.state() is State.REPORTED
        assert b"You decided this first" in answer.content

    def test_a_dropped_decision_can_be_made_anew(self, reported: Story) -> None:
        decision = propose(reported)
        second(at_desk(LIN), reported, decision, "drop")
        assert Decision.objects.get(id=decision.id).dropped_at is not None
        assert propose(reported).id != decision.id

    def test_confirming_twice_says_that_it_is_done(self, reported: Story) -> None:
        decision, lin = propose(reported), at_desk(LIN)
        second(lin, reported, decision)
        again = second(lin, reported, decision)
        assert again.status_code == 409
        assert b"does not wait any more" in again.content

    def test_the_buttons_are_offered_to_the_second_person_only(self, reported: Story) -> None:
        decision = propose(reported)
        where = reverse("console:confirm", args=[reported.ref, decision.id])
        page = reverse("console:claim", args=[reported.ref])
        assert where in at_desk(LIN).get(page).content.decode()
        assert where not in at_desk(HAO).get(page).content.decode()


class TestVerbs:
    def test_the_insurer_sends_and_the_investigator_reports(self, sealed: Story) -> None:
        yue, tan = at_desk(YUE), at_desk(TAN)
        act(yue, sealed, "assign", investigator_id=story.login(TAN))
        assert sealed.state() is State.INVESTIGATION
        answer = act(tan, sealed, "report", finding="confirmed", report="走访属实")
        assert answer.status_code == 302
        assert sealed.state() is State.REPORTED
        page = at_desk(HAO).get(reverse("console:claim", args=[sealed.ref]))
        assert "走访属实" in page.content.decode()

    def test_more_documents_are_asked_for_until_a_day(self, reported: Story) -> None:
        due = (story.day(130) + timedelta(days=10)).date()
        fields = {"due_on_0": due.year, "due_on_1": due.month, "due_on_2": due.day}
        hao = at_desk(HAO)
        asked = {"kinds": ["bill"], "reason_code": "missing", **fields}
        assert act(hao, reported, "ask", **asked).status_code == 302
        assert reported.claim.asks.get().due_on == due
        again = act(hao, reported, "ask", **asked)
        assert again.status_code == 409
        assert act(at_desk(SUPERVISOR), reported, "ask", **asked).status_code == 302

    def test_a_wrong_form_keeps_what_was_written(self, reported: Story) -> None:
        answer = act(at_desk(HAO), reported, "propose", benefit_row="", reason="这是我写的理由")
        page = answer.content.decode()
        assert "这是我写的理由" in page
        assert "error-summary" in page
        assert not Decision.objects.exists()

    def test_a_refusal_is_told_and_keeps_what_was_written(self, reported: Story) -> None:
        propose(reported)
        answer = act(
            at_desk(HAO),
            reported,
            "decline",
            clause="claims.evidence_required",
            reason_code="not_proven",
            reason="材料不足以证明",
        )
        assert answer.status_code == 409
        assert "材料不足以证明" in answer.content.decode()
        assert Decision.objects.count() == 1

    def test_the_row_of_the_stated_severity_is_chosen_beforehand(self, reported: Story) -> None:
        page = at_desk(HAO).get(reverse("console:act", args=[reported.ref, "propose"]))
        assert page.context["form"]["benefit_row"].initial == "severe-39"
        assert page.context["working"].age == 38

    def test_a_decline_quotes_the_clause_of_the_governing_version(self, reported: Story) -> None:
        hao = at_desk(HAO)
        page = hao.get(reverse("console:act", args=[reported.ref, "decline"])).content.decode()
        assert "within 180 days of the first diagnosis" in page
        act(
            hao,
            reported,
            "decline",
            clause="claims.evidence_required",
            reason_code="not_proven",
            reason="材料不足",
        )
        second(at_desk(LIN), reported, reported.decision("decline"))
        assert reported.state() is State.DECLINED

    def test_objections_are_answered_by_two(self, reported: Story) -> None:
        second(at_desk(LIN), reported, propose(reported))
        actions.open_publicity(
            plan_id=society.PLAN, publicity_on=PUBLICITY_ON, now=at(PUBLICITY_ON)
        )
        objection = reported.objected_to()
        hao = at_desk(HAO)
        listed = hao.get(reverse("console:objections")).content.decode()
        assert "听说他早就有病" in listed
        assert "费" not in listed
        hao.post(
            reverse("console:answer", args=[reported.ref, objection]),
            {"outcome": "dismissed", "reason": "确诊在等待期后"},
        )
        assert reported.claim.objections.get().outcome == ""
        second(at_desk(LIN), reported, reported.decision("dismiss"))
        assert reported.claim.objections.get().outcome == "dismissed"


class TestQueue:
    def test_each_sees_what_waits_for_them(self, sealed: Story) -> None:
        def todos(somebody: Somebody) -> list[str]:
            page = at_desk(somebody).get(reverse("console:queue"))
            return [line.item.todo.value for line in page.context["page"].rows]

        assert todos(YUE) == ["assign"]
        assert todos(TAN) == []
        sealed.is_investigated()
        assert todos(HAO) == ["decide"]
        propose(sealed)
        assert todos(HAO) == []
        assert todos(SECOND) == ["confirm"]

    def test_a_line_says_how_long_it_waits_and_until_when(self, reported: Story) -> None:
        page = at_desk(HAO).get(reverse("console:queue"))
        (line,) = page.context["page"].rows
        assert line.age_days == 9
        assert not line.is_set
        assert line.due_on == next_publicity_on(society.PLAN)

    def test_the_filter_narrows_it(self, reported: Story) -> None:
        hao = at_desk(HAO)
        assert len(hao.get(reverse("console:queue"), {"todo": "decide"}).context["page"].rows) == 1
        wrong = hao.get(reverse("console:queue"), {"todo": "confirm"})
        assert wrong.status_code == 200

    def test_a_plan_filter_of_another_plan_leaves_nothing(self, reported: Story) -> None:
        adopt(plan_id_or_path="demo-xiaomi", now=story.day(1))
        page = at_desk(HAO).get(reverse("console:queue"), {"plan": "demo-xiaomi"})
        assert page.context["page"].rows == []
        assert page.context["total"] == 1


class TestDocuments:
    def test_a_look_at_a_document_is_audited(self, reported: Story) -> None:
        document = reported.claim.evidence.earliest("id")
        answer = at_desk(HAO).get(reverse("console:evidence", args=[document.ref]))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("image/")
        assert answer.headers["cache-control"] == "no-store"
        row = AuditRow.objects.get(verb="claim.view_evidence")
        assert (row.login.name, row.subject) == ("hao", document.ref)

    def test_the_claims_page_itself_is_audited(self, reported: Story) -> None:
        before = AuditRow.objects.filter(verb="claim.view").count()
        at_desk(HAO).get(reverse("console:claim", args=[reported.ref]))
        assert AuditRow.objects.filter(verb="claim.view").count() == before + 1

    @pytest.mark.parametrize("somebody", [FINANCE, YUE], ids=["finance", "insurer"])
    def test_who_does_not_assess_sees_no_document(
        self, reported: Story, somebody: Somebody
    ) -> None:
        document = reported.claim.evidence.earliest("id")
        answer = at_desk(somebody).get(reverse("console:evidence", args=[document.ref]))
        assert answer.status_code in (403, 404)
        assert not AuditRow.objects.filter(verb="claim.view_evidence").exists()

    def test_another_investigator_sees_neither_claim_nor_document(self, reported: Story) -> None:
        other = replace(TAN, name="别人", staff_name="bie", serial=9)
        desk = at_desk(other)
        document = reported.claim.evidence.earliest("id")
        assert desk.get(reverse("console:claim", args=[reported.ref])).status_code == 404
        assert desk.get(reverse("console:evidence", args=[document.ref])).status_code == 404

    def test_a_wrong_reference_is_a_clear_answer(self, reported: Story) -> None:
        hao = at_desk(HAO)
        assert hao.get(reverse("console:claim", args=["0" * 32])).status_code == 404
        assert hao.get(reverse("console:evidence", args=["0" * 32])).status_code == 404
