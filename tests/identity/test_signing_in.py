"""Signing in through the real pages' machinery: phone and code, or name, password and TOTP."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.urls import reverse

import society
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.identity import actions, queries
from sameboat.identity.actions.logins import PhoneTaken
from sameboat.identity.actions.staff import BadLoginName, LoginNameTaken, WeakPassword
from sameboat.identity.models import Login, Session
from sameboat.identity.personal import BadPhone, normal_phone
from sameboat.identity.roles import Role
from sameboat.runtime import clock
from sameboat.runtime.keys import KeyDestroyed, keystore
from society import ANA, FEI, HAO, LIN, START

pytestmark = pytest.mark.django_db


def ask_for_code(client: Client, phone: str) -> Any:
    return client.post(reverse("account_request_login_code"), {"phone": phone})


def code_sent(phone: str) -> str:
    return outbox(to=phone)[0].data["code"]


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


class TestByPhone:
    def test_a_new_number_gets_a_login_when_the_code_is_right(self, client: Client) -> None:
        answer = ask_for_code(client, "138 0000 0001")
        assert answer.status_code == 302, answer.content
        login = Login.objects.get()
        assert not login.phone_verified
        client.post(answer.url, {"code": code_sent(ANA.phone)})
        assert signed_in_as(client) == str(login.id)
        assert Login.objects.filter(id=login.id, phone_verified=True).exists()
        assert queries.login_by_phone(ANA.phone) == login
        assert queries.phone_of(login) == ANA.phone

    def test_the_same_number_is_the_same_login(self, client: Client) -> None:
        login = society.signed_in(ANA)
        answer = ask_for_code(client, ANA.phone)
        client.post(answer.url, {"code": code_sent(ANA.phone)})
        assert signed_in_as(client) == str(login.id)
        assert Login.objects.count() == 1

    def test_a_wrong_code_signs_nobody_in(self, client: Client) -> None:
        answer = ask_for_code(client, ANA.phone)
        wrong = "".join("B" if c != "B" else "C" for c in code_sent(ANA.phone))
        for _ in range(3):
            client.post(answer.url, {"code": wrong})
        client.post(answer.url, {"code": code_sent(ANA.phone)})
        assert signed_in_as(client) is None

    def test_the_session_tells_neither_number_nor_code(self, client: Client) -> None:
        ask_for_code(client, ANA.phone)
        code = code_sent(ANA.phone)
        stored = "".join(Session.objects.values_list("session_data", flat=True))
        assert len(stored) > 100
        assert ANA.phone not in stored
        assert code not in stored
        assert "stages" not in stored

    def test_what_is_no_number_is_refused(self, client: Client) -> None:
        assert ask_for_code(client, "12").status_code == 200
        assert not Login.objects.exists()
        with pytest.raises(BadPhone):
            normal_phone("hello")
        for mistyped in ("1369058412", "010 8888 8888"):
            with pytest.raises(BadPhone):
                normal_phone(mistyped)
        assert normal_phone("+852 9123 4567") == "+85291234567"

    def test_two_logins_never_share_a_number(self) -> None:
        society.signed_in(ANA)
        other = actions.open_login(phone="+8613800000077", now=START)
        with pytest.raises(PhoneTaken):
            actions.set_phone(login_id=other.id, phone=ANA.phone, verified=True)

    def test_a_number_that_nobody_proved_is_forgotten_after_a_day(self) -> None:
        proved = society.signed_in(ANA)
        other = actions.open_login(phone="+8613800000077", now=START)
        actions.forget_unproved_logins(now=START + timedelta(days=1))
        assert Login.objects.count() == 2
        assert actions.forget_unproved_logins(now=START + timedelta(days=1, seconds=1)) == 1
        assert Login.objects.get() == proved
        with pytest.raises(KeyDestroyed):
            keystore().get("login", other.name)


class TestSigningOutEverywhere:
    def test_ends_every_browser_and_every_program_and_of_nobody_else(self) -> None:
        ana, fei = society.signed_in(ANA), society.signed_in(FEI)
        phone, desk, other = Client(), Client(), Client()
        for browser, login in ((phone, ana), (desk, ana), (other, fei)):
            browser.force_login(login)
        token = actions.issue_token(login_id=ana.id, now=clock.now()).token
        program = actions.grant_token(
            login_id=ana.id, name="账本", scopes=["shares:read"], days=7, now=clock.now()
        ).token
        page = phone.get(reverse("web:programs"))
        assert page.context["sessions"] == 2
        answer = phone.post(reverse("web:programs"), {"everywhere": "yes"}, follow=True)
        assert "全部退出" in answer.content.decode()
        assert [signed_in_as(each) for each in (phone, desk)] == [None, None]
        assert signed_in_as(other) == str(fei.pk)
        for each in (token, program):
            assert queries.login_of_token(each, now=clock.now()) is None

    def test_by_a_program_and_by_staff(self) -> None:
        ana = society.signed_in(ANA)
        token = actions.issue_token(login_id=ana.id, now=clock.now()).token
        headers = {"authorization": f"Bearer {token}"}
        where = "/api/v1/sign-out/everywhere"
        assert Client().post(where, headers=headers).status_code == 200
        assert Client().post(where, headers=headers).status_code == 401

    def test_a_browser_that_waits_for_a_code_is_of_the_login_too(self, client: Client) -> None:
        ana = society.signed_in(ANA)
        answer = ask_for_code(client, ANA.phone)
        assert Session.objects.get().login_id == ana.pk
        actions.sign_out_everywhere(login_id=ana.pk, now=START)
        client.post(answer.url, {"code": code_sent(ANA.phone)})
        assert signed_in_as(client) is None

    def test_a_request_that_was_under_way_brings_no_session_back(self, client: Client) -> None:
        ana = society.signed_in(ANA)
        client.force_login(ana)
        under_way = client.session
        assert not under_way.is_empty()
        under_way["plan"] = "x"
        actions.sign_out_everywhere(login_id=ana.pk, now=START)
        with pytest.raises(UpdateError):
            under_way.save()
        assert not Session.objects.exists()


class TestStaff:
    def test_password_alone_is_not_enough(self, client: Client) -> None:
        hao = society.signed_in(HAO)
        answer: Any = client.post(
            reverse("account_login"), {"login": "hao", "password": society.STAFF_PASSWORD}
        )
        assert signed_in_as(client) is None
        assert answer.url == reverse("mfa_authenticate")
        counter = int(time.time()) // 30
        code = format_hotp_value(hotp_value(society.TOTP_SECRET, counter))
        client.post(answer.url, {"code": code})
        assert signed_in_as(client) == str(hao.id)

    def test_without_a_second_factor_nobody_of_the_staff_signs_in(self, client: Client) -> None:
        society.signed_in(HAO)
        Authenticator.objects.all().delete()
        answer = client.post(
            reverse("account_login"), {"login": "hao", "password": society.STAFF_PASSWORD}
        )
        assert answer.context["form"].has_error("__all__", "second_factor_missing")
        assert signed_in_as(client) is None

    def test_the_secret_of_the_second_factor_is_sealed(self) -> None:
        society.signed_in(HAO)
        stored = str(Authenticator.objects.get().data)
        assert society.TOTP_SECRET not in stored
        assert re.search(r"[0-9a-f]{80}", stored)

    def test_roles_are_those_granted(self) -> None:
        hao, ana = society.signed_in(HAO), society.signed_in(ANA)
        assert queries.roles_of(hao.id) == {Role.CASE_HANDLER, Role.FINANCE}
        assert queries.roles_of(ana.id) == frozenset()
        queries.require_role(hao.id, Role.CASE_HANDLER, Role.AUDITOR)
        with pytest.raises(queries.NotAllowed):
            queries.require_role(hao.id, Role.SECOND_DECIDER)
        Login.objects.filter(id=hao.id).update(is_active=False)
        assert queries.roles_of(hao.id) == frozenset()

    def test_names_and_passwords_have_a_form(self) -> None:
        society.signed_in(HAO)
        made: dict[str, Any] = {"person": LIN.facts, "roles": LIN.roles, "now": START}
        with pytest.raises(LoginNameTaken):
            actions.make_staff(name="hao", password=society.STAFF_PASSWORD, **made)
        with pytest.raises(BadLoginName):
            actions.make_staff(name="-totp", password=society.STAFF_PASSWORD, **made)
        with pytest.raises(WeakPassword):
            actions.make_staff(name="lin", password="123456", **made)
