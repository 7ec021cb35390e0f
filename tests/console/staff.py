"""Staff at their desks: each signs in through the real pages, with the second factor."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

import society
from claims.story import TAN, YUE
from sameboat.identity.models import Login
from sameboat.identity.roles import Role
from society import STAFF_PASSWORD, TOTP_SECRET, Somebody

FINANCE = Somebody(
    name="金管钱", born_on=date(1977, 4, 4), sex="f", staff_name="jin", roles=(Role.FINANCE,)
)
DESIGNER = Somebody(
    name="纪设计",
    born_on=date(1978, 4, 4),
    sex="m",
    staff_name="ji",
    roles=(Role.PLAN_DESIGNER,),
)
AUDITOR = Somebody(
    name="申计", born_on=date(1979, 4, 4), sex="f", staff_name="shen", roles=(Role.AUDITOR,)
)
HANDLER = Somebody(
    name="何办案",
    born_on=date(1980, 4, 4),
    sex="f",
    staff_name="he",
    roles=(Role.CASE_HANDLER,),
)
SECOND = Somebody(
    name="陆复核",
    born_on=date(1981, 4, 4),
    sex="m",
    staff_name="lu",
    roles=(Role.SECOND_DECIDER,),
)
SUPERVISOR = Somebody(
    name="苏主管",
    born_on=date(1982, 4, 4),
    sex="f",
    staff_name="su",
    roles=(Role.SUPERVISOR,),
)
INTEGRATOR = Somebody(
    name="钱包包",
    born_on=date(1984, 4, 4),
    sex="f",
    staff_name="qian",
    roles=(Role.INTEGRATOR,),
)
"""Answers for a wallet that embeds the platform."""
CHILDRENS = Somebody(
    name="童护护",
    born_on=date(1985, 4, 4),
    sex="f",
    staff_name="tong",
    roles=(Role.CHILDREN,),
)
"""The role beside others, alone: it opens nothing."""
ONE_ROLE_EACH = (
    *(HANDLER, SECOND, SUPERVISOR, YUE, TAN),
    *(FINANCE, DESIGNER, AUDITOR, CHILDRENS, INTEGRATOR),
)


def at_desk(somebody: Somebody, language: str = "en") -> Client:
    """A browser in which this person of the staff has signed in and proved the second factor."""
    login = society.signed_in(somebody)
    client = Client(headers={"accept-language": language})
    client.force_login(login)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp"}]
    session["account_authentication_methods_user"] = str(login.pk)
    session.save()
    return client


def through_the_pages(somebody: Somebody) -> Client:
    """The same by the real pages: name, password, code. A code is good once."""
    login = society.signed_in(somebody)
    client = Client()
    answer: Any = client.post(
        reverse("account_login"), {"login": login.name, "password": STAFF_PASSWORD}
    )
    assert answer.url == reverse("mfa_authenticate")
    code = format_hotp_value(hotp_value(TOTP_SECRET, int(time.time()) // 30))
    client.post(answer.url, {"code": code})
    return client


def signed_in_member(somebody: Somebody) -> Client:
    """A browser in which a member has signed in."""
    client = Client()
    client.force_login(Login.objects.get(id=society.signed_in(somebody).id))
    return client
