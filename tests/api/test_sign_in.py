"""Signing in by code and by second factor; tokens end, and only their hash is stored."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from api.people import staff
from sameboat.identity import actions
from sameboat.identity.actions.tokens import MEMBER_TOKEN_LASTS
from sameboat.identity.models import AccessToken, Login, Session
from sameboat.runtime import clock
from sameboat.simulation.client import Client, Problem
from society import ANA, FEI, HAO


@pytest.fixture(autouse=True)
def _fresh_limits(transactional_db: None) -> None:
    cache.clear()


def code_of(api: Client, phone: str) -> str:
    code = api.demo_codes(phone)[0]["code"]
    assert isinstance(code, str)
    return code


def test_the_right_code_signs_in_once(api: Client) -> None:
    sign_in = api.ask_code(ANA.phone)
    code = code_of(api, ANA.phone)
    ana = api.signed_in(sign_in, code)
    assert ana.self() == {"is_staff": False, "roles": [], "person_ref": None}
    assert Login.objects.get().phone_verified
    assert not Session.objects.exists()
    with pytest.raises(Problem) as again:
        api.signed_in(sign_in, code)
    assert (again.value.status, again.value.code) == (401, "wrong_code")


def test_the_third_wrong_code_ends_the_attempt(api: Client) -> None:
    sign_in = api.ask_code(ANA.phone)
    for _ in range(3):
        with pytest.raises(Problem) as wrong:
            api.signed_in(sign_in, "BBBBBBB")
        assert wrong.value.code == "wrong_code"
    with pytest.raises(Problem) as over:
        api.signed_in(sign_in, code_of(api, ANA.phone))
    assert over.value.code == "wrong_code"
    assert not AccessToken.objects.exists()


def test_one_persons_code_is_not_anothers(api: Client) -> None:
    anas, feis = api.ask_code(ANA.phone), api.ask_code(FEI.phone)
    with pytest.raises(Problem):
        api.signed_in(anas, code_of(api, FEI.phone))
    assert api.signed_in(feis, code_of(api, FEI.phone)).memberships() == []


def test_a_fourth_code_in_a_minute_is_refused(api: Client) -> None:
    for _ in range(3):
        api.ask_code(ANA.phone)
    with pytest.raises(Problem) as limited:
        api.ask_code(ANA.phone)
    assert (limited.value.status, limited.value.code) == (429, "too_many_attempts")
    api.ask_code(FEI.phone)


def test_what_is_no_phone_number_is_told(api: Client) -> None:
    for phone in ("12", "hello", "", "+++"):
        with pytest.raises(Problem) as refused:
            api.ask_code(phone)
        assert refused.value.code == "bad_phone"
    assert not Login.objects.exists()


def test_staff_need_all_three(api: Client) -> None:
    hao = staff(api, HAO)
    assert hao.self()["is_staff"]
    for name, password, totp in (
        ("hao", "wrong password", "000000"),
        ("hao", "correct horse battery", "000000"),
        ("nobody", "correct horse battery", "000000"),
    ):
        with pytest.raises(Problem) as refused:
            api.staff_signed_in(name, password, totp)
        assert (refused.value.status, refused.value.code) == (401, "wrong_secret")


def test_guessing_at_a_staff_login_is_slowed_down(api: Client) -> None:
    staff(api, HAO)
    codes = []
    for _ in range(8):
        with pytest.raises(Problem) as refused:
            api.staff_signed_in("hao", "wrong password", "000000")
        codes.append(refused.value.code)
    assert codes[0] == "wrong_secret"
    assert codes[-1] == "too_many_attempts"


def test_a_token_ends_by_signing_out_by_time_and_with_its_login(api: Client) -> None:
    login = actions.open_login(phone=ANA.phone, now=clock.now())
    tokens = [actions.issue_token(login_id=login.id, now=clock.now()).token for _ in range(3)]
    first, second, third = (api.with_token(token) for token in tokens)
    first.sign_out()
    assert second.memberships() == []
    AccessToken.objects.filter(revoked_at=None).update(expires_at=clock.now())
    with pytest.raises(Problem) as over:
        second.memberships()
    assert (over.value.status, over.value.code) == (401, "not_signed_in")
    AccessToken.objects.update(expires_at=clock.now() + timedelta(days=1))
    assert third.memberships() == []
    Login.objects.update(is_active=False)
    for each in (first, third, api, api.with_token("no token of ours")):
        with pytest.raises(Problem) as ended:
            each.memberships()
        assert ended.value.status == 401


def test_only_a_hash_is_stored_and_forgotten_in_time(api: Client) -> None:
    now = clock.now()
    login = actions.open_login(phone=ANA.phone, now=now)
    issued = actions.issue_token(login_id=login.id, now=now)
    assert issued.token not in repr(issued)
    assert issued.token.encode() not in bytes(AccessToken.objects.get().digest)
    assert issued.expires_at == now + MEMBER_TOKEN_LASTS
    assert actions.forget_tokens(now=issued.expires_at) == 0
    assert actions.forget_tokens(now=issued.expires_at + timedelta(days=8)) == 1


def test_a_cookie_signs_nobody_in(api: Client, client: object) -> None:
    from django.test import Client as Browser

    assert isinstance(client, Browser)
    client.force_login(actions.open_login(phone=ANA.phone, now=clock.now()))
    assert client.get("/api/v1/memberships").status_code == 401
