"""From nothing to a membership, through the API alone."""

from __future__ import annotations

import pytest
from django.test import Client

import society
from sameboat.identity import actions as identity
from sameboat.runtime import clock
from society import ANA

pytestmark = pytest.mark.django_db
API = "/api/v1"


def signed_in(client: Client, phone: str) -> dict[str, str]:
    """The header of whoever has this phone."""
    asked = client.post(f"{API}/sign-in", {"phone": phone}, "application/json")
    assert asked.status_code == 200, asked.content
    (sent, *_) = client.get(f"{API}/demo/codes", {"phone": phone}).json()
    body = {"sign_in": asked.json()["sign_in"], "code": sent["code"]}
    answer = client.post(f"{API}/sign-in/confirm", body, "application/json")
    assert answer.status_code == 200, answer.content
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def test_ana_joins(client: Client) -> None:
    now = clock.now()
    society.running(now=now)
    ana = signed_in(client, ANA.phone)
    asked = client.post(
        f"{API}/verifications",
        {
            "relation": "self",
            "document_kind": "resident_id",
            "document_number": ANA.number,
            "name": ANA.name,
        },
        "application/json",
        headers={**ana, "Idempotency-Key": "verify"},
    )
    assert asked.status_code == 202, asked.content
    ref = asked.json()["ref"]
    identity.answer_verification(ref=ref, now=now)
    found = client.get(f"{API}/verifications/{ref}", headers=ana).json()
    assert found["outcome"] == "match"
    questions = client.get(f"{API}/plans/{society.PLAN}/questions").json()
    terms = client.get(f"{API}/plans/{society.PLAN}/terms").json()
    disclosure = client.get(f"{API}/plans/{society.PLAN}/disclosure").json()
    body = {
        "person_ref": found["person_ref"],
        "plan": society.PLAN,
        "answers": {each["id"]: not each["bars_on"] for each in questions["questions"]},
        "questions_version": questions["version"],
        "disclosure_version": disclosure["version"],
        "occupation_class": next(iter(terms["joining"]["occupation_classes"]), ""),
        "region": next(iter(terms["joining"]["regions"]), ""),
    }
    joined = client.post(
        f"{API}/memberships",
        body,
        "application/json",
        headers={**ana, "Idempotency-Key": "join"},
    )
    assert joined.status_code == 201, joined.content
    (mine,) = client.get(f"{API}/memberships", headers=ana).json()
    assert mine["ref"] == joined.json()["ref"]
    assert mine["cover"]["state"] == "waiting"
