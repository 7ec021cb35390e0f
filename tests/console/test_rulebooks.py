"""New terms on the staff pages and by the API: handed in, read, adopted by another person."""

from __future__ import annotations

import json
import secrets
from typing import cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from console.staff import AUDITOR, DESIGNER, SUPERVISOR, at_desk, signed_in_member
from members.test_adopting import NOW, with_version
from sameboat.identity import actions as identity
from sameboat.members.models import ProposedRulebook
from sameboat.plans import queries as plans
from sameboat.runtime import clock
from society import ANA, PLAN, Somebody, joined, running, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
HERE = reverse("console:plans")


def handed_in(client: Client, content: bytes) -> str:
    file = SimpleUploadedFile("terms.toml", content)
    answer = client.post(reverse("console:propose_terms"), {"file": file}, follow=True)
    return answer.content.decode()


def asks(somebody: Somebody, method: str, where: str, body: object = None) -> HttpResponse:
    """What the API answers this person of the staff."""
    token = identity.issue_token(login_id=signed_in(somebody).id, now=clock.now()).token
    headers = {"authorization": f"Bearer {token}", "idempotency-key": secrets.token_hex(16)}
    client = Client(headers=headers)
    content = json.dumps(body) if body else b""
    return cast(
        HttpResponse, client.generic(method, f"/api/v1{where}", content, "application/json")
    )


def test_a_designer_hands_terms_in_and_a_supervisor_adopts_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running()
    joined(ANA)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    designer, supervisor, auditor = (at_desk(one) for one in (DESIGNER, SUPERVISOR, AUDITOR))
    assert "Check and propose" not in auditor.get(HERE).content.decode()
    faulty = with_version(fee="9.5").replace(b"debit_notice_days = 2", b"debit_notice_days = 40")
    page = handed_in(designer, faulty)
    assert "faults in the file; nothing was kept" in page
    assert "fee_rate" in page
    assert not ProposedRulebook.objects.exists()
    page = handed_in(designer, with_version())
    assert "Proposed. Now a supervisor has to adopt it." in page
    assert "now 8%, then 6%" in page
    adopt = reverse("console:adopt_terms", args=[PLAN])
    assert adopt not in page
    page = supervisor.get(HERE).content.decode()
    assert adopt in page
    assert "Adopted. Members are told" in supervisor.post(adopt, follow=True).content.decode()
    assert plans.plan(PLAN).versions[-1].version == "2026-05"
    cover = signed_in_member(ANA).get(reverse("web:cover")).content.decode()
    assert "2026年5月1日" in cover, "the member reads when the new terms begin"


def test_the_api_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    running()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    faulty = {"toml": with_version(fee="9.5").decode()}
    refused = asks(DESIGNER, "POST", "/staff/rulebooks", faulty)
    assert (refused.status_code, json.loads(refused.content)["code"]) == (422, "rulebook_faulty")
    assert json.loads(refused.content)["data"]["problems"]
    made = asks(DESIGNER, "POST", "/staff/rulebooks", {"toml": with_version().decode()})
    assert made.status_code == 201
    (version,) = json.loads(made.content)["versions"]
    assert [change["key"] for change in version["changes"]] == ["sharing.fee_rate"]
    waiting = json.loads(asks(SUPERVISOR, "GET", "/staff/rulebooks").content)
    assert [each["plan"] for each in waiting] == [PLAN]
    assert asks(SUPERVISOR, "POST", f"/staff/rulebooks/{PLAN}/adopt").status_code == 200
    assert plans.plan(PLAN).versions[-1].version == "2026-05"
    assert asks(SUPERVISOR, "POST", f"/staff/rulebooks/{PLAN}/drop").status_code == 404
