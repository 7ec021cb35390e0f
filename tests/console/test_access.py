"""Who opens which staff page: the matrix of roles and pages, and the second factor."""

from __future__ import annotations

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

import society
from claims import story
from console.staff import ONE_ROLE_EACH, at_desk, signed_in_member, through_the_pages
from sameboat.identity.roles import Role
from society import ANA, HAO, PLAN, Somebody

pytestmark = pytest.mark.django_db

R = Role
REVIEW = {R.CASE_HANDLER, R.SECOND_DECIDER, R.SUPERVISOR}
OUTSIDE = {R.INSURER, R.INVESTIGATOR}
MONEY = REVIEW | {R.FINANCE, R.PLAN_DESIGNER, R.AUDITOR}
PAGES: dict[str, set[Role]] = {
    "queue": REVIEW | OUTSIDE,
    "decisions": REVIEW,
    "objections": REVIEW,
    "members": REVIEW | {R.FINANCE},
    "documents": {R.SUPERVISOR, R.SECOND_DECIDER},
    "periods": MONEY,
    "plans": set(Role),
    "record": set(Role),
    "trail": {R.SUPERVISOR, R.AUDITOR},
}


@pytest.fixture
def running() -> None:
    society.running()


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("somebody", ONE_ROLE_EACH, ids=lambda each: each.roles[0].value)
class TestMatrix:
    def test_each_role_opens_its_pages_and_no_other(self, somebody: Somebody) -> None:
        desk = at_desk(somebody)
        (role,) = somebody.roles
        for name, roles in PAGES.items():
            status = desk.get(reverse(f"console:{name}")).status_code
            assert status == (200 if role in roles else 403), name
        plan = desk.get(reverse("console:plan", args=[PLAN]))
        assert plan.status_code == 200
        differences = desk.get(reverse("console:differences", args=[PLAN]))
        assert differences.status_code == (200 if role in MONEY else 403)

    def test_the_menu_offers_just_what_opens(self, somebody: Somebody) -> None:
        desk = at_desk(somebody)
        home = desk.get(reverse("console:home"), follow=True)
        assert home.status_code == 200
        (role,) = somebody.roles
        for name, roles in PAGES.items():
            offered = f'href="{reverse(f"console:{name}")}"' in home.content.decode()
            assert offered == (role in roles), name

    def test_only_finance_runs_what_is_due(self, somebody: Somebody) -> None:
        desk = at_desk(somebody)
        (role,) = somebody.roles
        answer = desk.post(reverse("console:advance", args=[PLAN]))
        assert answer.status_code == (302 if role is R.FINANCE else 403)
        assert desk.get(reverse("console:advance", args=[PLAN])).status_code == 405


CLAIM_PAGES: dict[str, set[Role]] = {
    "": REVIEW | OUTSIDE,
    "assign": {R.INSURER},
    "report": {R.INVESTIGATOR},
    "propose": {R.CASE_HANDLER},
    "decline": {R.CASE_HANDLER},
    "ask": {R.CASE_HANDLER, R.SUPERVISOR},
    "recall": {R.CASE_HANDLER},
    "reopen": {R.SECOND_DECIDER},
}


def test_each_role_opens_its_forms_of_a_claim() -> None:
    told = story.begun().drafts().opens().sends_all().consents().seals().is_investigated()
    where = reverse("console:claim", args=[told.ref])
    for somebody in ONE_ROLE_EACH:
        desk = at_desk(somebody)
        (role,) = somebody.roles
        for verb, roles in CLAIM_PAGES.items():
            status = desk.get(f"{where}/{verb}" if verb else where).status_code
            assert status == (200 if role in roles else 403), (role, verb)
        assert desk.get(f"{where}/burn").status_code in (403, 404)


@pytest.mark.usefixtures("running")
class TestSecondFactor:
    def test_who_is_not_signed_in_is_led_to_the_staff_sign_in(self, client: Client) -> None:
        answer = client.get(reverse("console:queue"))
        assert answer.status_code == 302
        assert answer.headers["location"].startswith(reverse("account_login"))

    def test_a_member_is_told_that_these_pages_are_for_staff(self) -> None:
        member = signed_in_member(ANA)
        for name in PAGES:
            assert member.get(reverse(f"console:{name}")).status_code == 403

    def test_a_session_without_the_second_factor_must_prove_it_first(self, client: Client) -> None:
        client.force_login(society.signed_in(HAO))
        answer = client.get(reverse("console:queue"))
        assert answer.headers["location"].startswith(reverse("mfa_reauthenticate"))
        session = client.session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": 1}]
        session.save()
        assert client.get(reverse("console:queue")).status_code == 302

    def test_the_real_sign_in_opens_the_pages(self) -> None:
        desk = through_the_pages(HAO)
        assert desk.get(reverse("console:queue")).status_code == 200

    def test_who_lost_the_second_factor_cannot_work_and_is_told_whom_to_ask(self) -> None:
        desk = at_desk(HAO)
        assert desk.get(reverse("console:queue")).status_code == 200
        Authenticator.objects.all().delete()
        answer = desk.get(reverse("console:queue"))
        assert answer.status_code == 403
        assert "Ask your administrator" in answer.content.decode()

    def test_nothing_is_kept_by_a_cache(self) -> None:
        answer = at_desk(HAO).get(reverse("console:queue"))
        assert answer.headers["cache-control"] == "no-store"
