"""Every refusal that the API can answer has a status, both languages, and its line in the docs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from sameboat.api import description, errors
from sameboat.members.actions.joining import AlreadyMember

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "api.md"


def test_every_refusal_has_a_status_and_every_status_a_refusal() -> None:
    codes = {refusal.code for refusal in description.refusals()}
    assert codes - set(errors.STATUS) == set(), "say in api/errors.py which status these have"
    assert set(errors.STATUS) - codes == set(), "api/errors.py names codes that nobody refuses with"


def test_the_document_holds_the_table_of_refusals() -> None:
    assert description.refusal_table() in DOCUMENT.read_text(encoding="utf-8"), (
        "mend docs/api.md: sameboat openapi --refusals prints its table"
    )


@pytest.mark.parametrize(("spoken", "told"), [("en", "This person is"), ("zh-hans", "此人已是")])
def test_a_problem_speaks_the_readers_language(spoken: str, told: str) -> None:
    with translation.override(spoken):
        answer = errors.problem(AlreadyMember(plan="p"))
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Content-Language"] == spoken[:2]
    body = json.loads(answer.content)
    assert body["detail"].startswith(told)
    assert body["data"] == {"plan": "p"}


def test_what_is_not_there_is_a_problem_too(client: Client) -> None:
    for method, path, status, code in (
        ("get", "/api/v1/nowhere", 404, "not_found"),
        ("post", "/api/v1/nowhere", 404, "not_found"),
        ("delete", "/api/v1/plans", 405, "method_not_allowed"),
        ("get", "/api/v1/memberships", 401, "not_signed_in"),
    ):
        answer = getattr(client, method)(path, headers={"Accept-Language": "en"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer["Content-Type"] == "application/problem+json"
    assert client.get("/api/v1/memberships")["WWW-Authenticate"] == "Bearer"
    assert client.delete("/api/v1/plans")["Allow"] == "GET"
