"""The straight way into the API: what it still does that the pages' middleware does for pages."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PLANS = "/api/v1/plans"


def test_every_answer_carries_strict_headers(client: Client) -> None:
    for answer in (client.get(PLANS), client.get("/api/v1/self"), client.get("/api/v1/nowhere")):
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Length"] == str(len(answer.content))


def test_a_name_that_is_not_ours_is_refused(client: Client) -> None:
    assert client.get(PLANS, headers={"Host": "evil.example"}).status_code == 400


def test_the_reader_chooses_the_language(client: Client) -> None:
    for language, spoken in (("en", "en"), ("zh-CN", "zh"), ("fr", "zh")):
        answer = client.get("/api/v1/self", headers={"Accept-Language": language})
        assert (answer.status_code, answer["Content-Language"]) == (401, spoken)
        assert "Accept-Language" in answer["Vary"]


def test_no_cookie_is_read_and_none_is_set(client: Client) -> None:
    client.cookies["sessionid"] = "somebody"
    answer = client.get("/api/v1/self")
    assert answer.status_code == 401
    assert not answer.cookies


def test_all_other_addresses_go_through_the_middleware_of_the_pages(client: Client) -> None:
    assert "script-src 'self'" in client.get("/health")["Content-Security-Policy"]
    assert client.get("/api/").status_code == 404
