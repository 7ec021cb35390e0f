"""Signing in by page, and what only the demonstration shows."""

from __future__ import annotations

import pytest
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import reverse

import society
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.identity.queries import login_by_phone
from sameboat.pages import context, demo
from sameboat.pages.templatetags import pages
from sameboat.runtime.settings import settings
from society import ANA, BAO, FEI, PLAN, WEN
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db

ASK, CONFIRM = reverse("account_request_login_code"), reverse("account_confirm_login_code")


@pytest.fixture
def stranger() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def demonstration(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages believe that this is a demonstration."""
    chosen = settings().model_copy(update={"mode": "demo"})
    for module in (context, demo, pages):
        monkeypatch.setattr(module, "settings", lambda: chosen)


class TestSigningIn:
    def test_who_was_sent_to_sign_in_comes_back_to_the_page(self, stranger: Client) -> None:
        wanted = reverse("web:shares")
        led = stranger.get(wanted)["Location"]
        stranger.post(led, {"phone": ANA.phone, "next": wanted})
        code = outbox(to=ANA.phone)[0].data["code"]
        answer = stranger.post(CONFIRM, {"code": code, "next": wanted})
        assert answer["Location"] == wanted

    def test_a_wrong_code_is_said_beside_the_field(self, stranger: Client) -> None:
        stranger.post(ASK, {"phone": ANA.phone})
        page = stranger.post(CONFIRM, {"code": "nonsense"}).content.decode()
        assert 'role="alert"' in page
        assert 'aria-describedby="id_code_error"' in page

    @pytest.mark.parametrize("closed", ["email/", "password/set/", "password/reset/", "2fa/"])
    def test_what_the_library_offers_beside_our_pages_has_no_address(self, closed: str) -> None:
        assert client_of(ANA).get(f"/accounts/{closed}").status_code == 404

    def test_a_changed_number_counts_once_its_code_was_typed(self) -> None:
        own, new = society.signed_in(ANA), "+8613900000099"
        client = client_of(ANA)
        client.post(reverse("account_change_phone"), {"phone": new, "action_add": ""})
        assert login_by_phone(new) is None
        code = outbox(to=new)[0].data["code"]
        client.post(reverse("account_verify_phone"), {"code": code})
        assert login_by_phone(new) == own
        assert login_by_phone(ANA.phone) is None

    def test_a_number_of_somebody_else_cannot_be_taken(self) -> None:
        society.signed_in(FEI)
        client = client_of(ANA)
        client.post(reverse("account_change_phone"), {"phone": FEI.phone, "action_add": ""})
        client.post(reverse("account_verify_phone"), {"code": "ABC123"})
        assert login_by_phone(FEI.phone) == society.signed_in(FEI)

    def test_the_code_is_on_no_page_outside_the_demonstration(self, stranger: Client) -> None:
        society.running()
        society.joined(WEN)
        page = stranger.post(ASK, {"phone": ANA.phone}, follow=True).content.decode()
        assert outbox(to=ANA.phone)[0].data["code"] not in page
        assert "Try it as somebody" not in stranger.get(ASK).content.decode()

    def test_signing_out_is_a_button_of_ones_own_page(self) -> None:
        society.running()
        society.joined(ANA)
        client = client_of(ANA)
        client.post(reverse("account_logout"))
        assert client.get(reverse("web:cover")).status_code == 302


@pytest.mark.usefixtures("demonstration")
class TestTheDemonstration:
    def test_lists_phones_to_try_and_shows_the_code(self, stranger: Client) -> None:
        society.running()
        society.joined(WEN)
        society.joined(BAO, by=WEN, relation="child")
        society.joined(FEI)
        listed = text_of(stranger.get(ASK))
        assert "pays for a family 138 0000 0005" in listed
        assert "138 0000 0002" not in listed
        shown = text_of(stranger.post(ASK, {"phone": WEN.phone}, follow=True))
        assert outbox(to=WEN.phone)[0].data["code"] in shown

    def test_says_on_every_page_that_nothing_here_is_real(self, stranger: Client) -> None:
        society.running()
        for page in ("web:home", "web:plan"):
            address = reverse(page, args=[PLAN] if page == "web:plan" else [])
            assert "no money moves" in stranger.get(address).content.decode()


class TestWhenSomethingIsWrong:
    def test_an_address_that_is_none_has_a_page_in_the_readers_language(self) -> None:
        chinese = Client(headers={"accept-language": "zh-CN"})
        answer = chinese.get("/no/such/page")
        assert answer.status_code == 404
        assert "没有这个页面" in text_of(answer)

    def test_a_form_without_its_token_is_told_to_be_sent_again(self) -> None:
        strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
        answer = strict.post(ASK, {"phone": ANA.phone})
        assert answer.status_code == 403
        assert "Nothing was changed" in text_of(answer)

    def test_a_mistake_of_ours_has_a_page_that_needs_nothing(self) -> None:
        said = get_template("500.html").render()
        assert "/" in said
        assert "<h1>" in said

    def test_who_tries_too_often_is_told_to_wait(self) -> None:
        said = get_template("429.html").render({}, RequestFactory().get("/"))
        assert "Wait a few minutes" in said or "请过几分钟再试" in said
