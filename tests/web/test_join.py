"""Joining by page, the cover, and leaving."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import society
from sameboat.gateways.identity_check import Outcome, sandbox
from sameboat.identity.models import Login
from sameboat.members.models import Membership
from sameboat.plans.queries import plan
from sameboat.runtime import clock
from society import ANA, BAO, FEI, PLAN, WEN
from web.pages import client_of, text_of, verified_meanwhile

pytestmark = pytest.mark.django_db

AGREED = {"disclosure": "on", "health_data": "on", "debits": "on"}


@pytest.fixture(autouse=True)
def _running() -> None:
    society.running(now=clock.now())


def healthy() -> dict[str, str]:
    return {f"q_{q.id}": "no" for q in plan(PLAN).versions[-1].joining.questions}


def post(client: Client, page: str, **data: str) -> Any:
    return client.post(reverse(f"web:join_{page}", args=[PLAN]), data, follow=True)


def identified(client: Client, somebody: society.Somebody, relation: str = "self") -> Any:
    post(client, "who", who=f"new:{relation}")
    answer = post(
        client,
        "identity",
        document_kind="resident_id",
        document_number=somebody.number,
        name=somebody.name,
    )
    verified_meanwhile()
    return answer


def joined_by_page(client: Client, somebody: society.Somebody, relation: str = "self") -> Any:
    identified(client, somebody, relation)
    client.get(reverse("web:join_verification", args=[PLAN]), follow=True)
    post(client, "questions", **healthy())
    post(client, "agree", **AGREED, version=plan(PLAN).disclosure_version)
    return post(client, "check")


class TestJoining:
    def test_needs_a_sign_in_and_returns_to_where_one_was(self, client: Client) -> None:
        answer = client.get(reverse("web:join_who", args=[PLAN]))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_request_login_code"))
        assert "next=" in answer["Location"]

    def test_ana_joins_and_is_told_from_when_she_is_covered(self) -> None:
        answer = joined_by_page(client_of(ANA), ANA)
        membership = Membership.objects.get()
        assert answer.redirect_chain[-1][0] == reverse("web:joined", args=[membership.ref])
        assert f"{membership.covered_from.day} {membership.covered_from:%B %Y}" in text_of(answer)
        assert "Show the ticket" in text_of(answer)

    def test_wen_adds_her_child_and_pays_for_him(self) -> None:
        client = client_of(WEN)
        joined_by_page(client, WEN)
        joined_by_page(client, BAO, "child")
        child = Membership.objects.get(person__sex="m")
        assert child.household.payer == Login.objects.get().person
        assert "温小宝" in text_of(client.get(reverse("web:cover")))

    def test_waiting_for_the_identity_provider_is_a_page_that_looks_again(self) -> None:
        client = client_of(ANA)
        post(client, "who", who="new:self")
        answer = post(
            client,
            "identity",
            document_kind="resident_id",
            document_number=ANA.number,
            name=ANA.name,
        )
        assert 'http-equiv="refresh"' in answer.content.decode()
        assert "being verified" in text_of(answer)

    @pytest.mark.parametrize(
        ("outcome", "says"),
        [
            (Outcome.MISMATCH, "do not belong together"),
            (Outcome.UNKNOWN, "no such document"),
            (Outcome.DECEASED, "has died"),
        ],
    )
    def test_who_is_not_verified_is_told_why_and_what_to_do(
        self, outcome: Outcome, says: str
    ) -> None:
        client = client_of(ANA)
        number = sandbox.number_for(outcome, born_on=ANA.born_on, sex="f")
        post(client, "who", who="new:self")
        post(client, "identity", document_kind="resident_id", document_number=number, name="x")
        verified_meanwhile()
        answer = client.get(reverse("web:join_verification", args=[PLAN]))
        assert says in text_of(answer)
        assert reverse("web:join_identity", args=[PLAN]) in answer.content.decode()

    def test_a_wrong_number_is_said_and_the_input_kept(self) -> None:
        client = client_of(ANA)
        post(client, "who", who="new:self")
        answer = post(
            client, "identity", document_kind="resident_id", document_number="123", name="安娜娜"
        )
        page = answer.content.decode()
        assert 'role="alert"' in page
        assert 'value="123"' in page
        assert 'href="#id_document_number"' in page
        assert "18 characters" in text_of(answer)

    def test_a_missing_answer_is_linked_from_the_summary(self) -> None:
        client = client_of(ANA)
        identified(client, ANA)
        client.get(reverse("web:join_verification", args=[PLAN]), follow=True)
        answers = healthy()
        del answers["q_heart"]
        page = post(client, "questions", **answers).content.decode()
        assert 'href="#id_q_heart"' in page
        assert 'id="id_q_heart"' in page

    def test_who_is_ill_is_refused_with_the_rule_in_the_readers_language(self) -> None:
        client = client_of(ANA, language="zh-hans")
        identified(client, ANA)
        client.get(reverse("web:join_verification", args=[PLAN]), follow=True)
        post(client, "questions", **{**healthy(), "q_heart": "yes"})
        post(client, "agree", **AGREED, version=plan(PLAN).disclosure_version)
        answer = post(client, "check")
        assert "暂不能加入" in text_of(answer)
        assert not Membership.objects.exists()

    def test_nothing_is_joined_without_the_disclosure(self) -> None:
        client = client_of(ANA)
        identified(client, ANA)
        client.get(reverse("web:join_verification", args=[PLAN]), follow=True)
        post(client, "questions", **healthy())
        answer = post(client, "agree", health_data="on", debits="on", version="1")
        assert 'href="#id_disclosure"' in answer.content.decode()
        answer = post(client, "check")
        assert answer.redirect_chain[-1][0] == reverse("web:join_agree", args=[PLAN])
        assert not Membership.objects.exists()


class TestCoverAndLeaving:
    def test_the_waiting_clock_and_the_way_out_are_on_the_first_page(self) -> None:
        membership = society.joined(ANA, now=clock.now())
        answer = client_of(ANA).get(reverse("web:cover"))
        assert "91 days until illness is covered" in text_of(answer)
        assert reverse("web:leave", args=[membership.ref]) in answer.content.decode()

    def test_what_is_owed_comes_before_the_button(self) -> None:
        membership = society.joined(ANA, now=clock.now())
        page = client_of(ANA).get(reverse("web:leave", args=[membership.ref])).content.decode()
        assert page.index("Nothing is owed") < page.index("Leave now")

    def test_leaving_is_one_tap_and_is_confirmed(self) -> None:
        membership = society.joined(ANA, now=clock.now())
        answer = client_of(ANA).post(reverse("web:leave", args=[membership.ref]), follow=True)
        membership.refresh_from_db()
        assert membership.end_reason == "left"
        assert "has left" in text_of(answer)
        assert "Show the ticket" in text_of(answer)

    def test_a_payer_is_told_to_take_the_children_out_first(self) -> None:
        own = society.joined(WEN, now=clock.now())
        society.joined(BAO, by=WEN, relation="child", now=clock.now())
        answer = client_of(WEN).post(reverse("web:leave", args=[own.ref]))
        assert "温○○" in text_of(answer)
        own.refresh_from_db()
        assert own.ends_on is None

    def test_nobody_else_may_see_it_or_leave_for_her(self) -> None:
        membership = society.joined(ANA, now=clock.now())
        client = client_of(FEI)
        for page in ("web:leave", "web:left", "web:joined", "web:join_files"):
            assert client.get(reverse(page, args=[membership.ref])).status_code == 404
        assert client.post(reverse("web:leave", args=[membership.ref])).status_code == 404
        membership.refresh_from_db()
        assert membership.ends_on is None
