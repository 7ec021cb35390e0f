"""Input is strict: what is unknown, malformed or too long is refused with its place."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.people import application, member, verified
from sameboat.simulation.client import Client
from society import ANA

GOOD = {
    "relation": "self",
    "document_kind": "resident_id",
    "document_number": ANA.number,
    "name": ANA.name,
}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"unknown": 1}, "body.body.unknown"),
        ({"relation": "neighbour"}, "body.body.relation"),
        ({"document_kind": "library_card"}, "body.body.document_kind"),
        ({"born_on": 0}, "body.body.born_on"),
        ({"born_on": "1.2.1990"}, "body.body.born_on"),
        ({"born_on": "2021-02-30"}, "body.body.born_on"),
        ({"name": "a\0b"}, "body.body.name"),
        ({"name": "x" * 201}, "body.body.name"),
        ({"name": None}, "body.body.name"),
        ({"name": 7}, "body.body.name"),
    ],
)
def test_a_wrong_field_is_named(api: Client, wrong: dict[str, Any], place: str) -> None:
    answer = sent(member(api, ANA), GOOD | wrong)
    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == "bad_request"
    assert place in body["detail"]
    assert ANA.number not in answer.text


def test_what_is_no_json_is_told(api: Client) -> None:
    ana = member(api, ANA)
    for content in (b"", b"{", b"[]", b"\xff\xfe", b'{"name": "\\ud800"}', b"null"):
        answer = sent(ana, content)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), content


def test_a_body_beyond_the_limit_is_too_large(api: Client) -> None:
    answer = sent(member(api, ANA), b'{"name": "' + b"x" * (3 * 1024 * 1024) + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_number_that_cannot_be_is_unprocessable(api: Client) -> None:
    answer = sent(member(api, ANA), GOOD | {"document_number": "110101199001011231"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_document")


def test_a_join_asks_the_database_little(api: Client, client: Any) -> None:
    ana = member(api, ANA)
    body = application(api, verified(ana, ANA))
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(
            "/api/v1/memberships",
            body,
            "application/json",
            headers=ana._headers() | {"Idempotency-Key": "k"},
        )
    assert answer.status_code == 201
    # A prepared statement shows no text.
    asked = [query["sql"] or "prepared" for query in queries]
    asked = [sql for sql in asked if not _is_bracket(sql)]
    # Hundreds of joins a second on two cores leave a few milliseconds for each.
    assert len(asked) <= 8, "\n".join(asked)


def _is_bracket(sql: str) -> bool:
    return sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))


def sent(own: Client, body: dict[str, Any] | bytes) -> httpx.Response:
    url = f"{own._base}/api/v1/verifications"
    headers = own._headers() | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    if isinstance(body, bytes):
        return httpx.post(url, content=body, headers=headers, trust_env=False)
    return httpx.post(url, json=body, headers=headers, trust_env=False)
