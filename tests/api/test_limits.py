"""A caller who asks too much is told when to come back; who has the answer already gets none."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.test import Client

from sameboat.api import limits, middleware
from sameboat.api.limits import Limit, TooManyRequests
from sameboat.identity import actions
from sameboat.runtime import clock
from sameboat.runtime.settings import settings
from society import ANA, PLAN, running

PLANS = "/api/v1/plans"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    limits.forget()
    yield
    limits.forget()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three requests a minute by a token, two by an address."""
    chosen = settings().model_copy(update={"api_a_minute": 3, "api_a_minute_for_strangers": 2})
    monkeypatch.setattr(middleware, "settings", lambda: chosen)


class TestTheLimit:
    def test_a_minutes_requests_may_come_at_once_and_then_one_after_the_other(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 1_000_000_000_000
        monkeypatch.setattr(time, "monotonic_ns", lambda: now)
        limit = Limit("token", 60)
        assert [limit.take("ana").left for _ in range(60)] == [*reversed(range(60))]
        with pytest.raises(TooManyRequests) as refused:
            limit.take("ana")
        assert refused.value.data == {"limit": 60, "retry_after": 1}
        assert limit.take("fei").left == 59
        now += 1_000_000_000
        assert limit.take("ana").left == 0
        with pytest.raises(TooManyRequests):
            limit.take("ana")
        now += 60_000_000_000
        assert limit.take("ana").left == 59

    def test_processes_that_parted_count_together(self) -> None:
        import os

        limit = Limit("token", 5)
        child = os.fork()
        if child == 0:
            limit.take("ana")
            os._exit(0)
        os.waitpid(child, 0)
        assert limit.take("ana").left == 3


@pytest.mark.django_db
class TestTheServer:
    @pytest.mark.usefixtures("few")
    def test_who_asks_too_much_is_told_when_to_come_back(self, client: Client) -> None:
        first, second, third = (client.get(PLANS) for _ in range(3))
        assert (first["RateLimit"], second["RateLimit"]) == (
            '"address";r=1;t=30',
            '"address";r=0;t=60',
        )
        assert first["RateLimit-Policy"] == '"address";q=2;w=60'
        assert (third.status_code, third.json()["code"]) == (429, "too_many_requests")
        assert 0 < int(third["Retry-After"]) <= 30
        assert client.get(PLANS, REMOTE_ADDR="192.0.2.7").status_code == 200

    @pytest.mark.usefixtures("few")
    def test_a_token_has_a_limit_of_its_own(self, client: Client) -> None:
        login = actions.open_login(phone=ANA.phone, now=clock.now())
        token = actions.issue_token(login_id=login.id, now=clock.now()).token
        headers = {"authorization": f"Bearer {token}"}
        asked = [client.get("/api/v1/self", headers=headers).status_code for _ in range(4)]
        assert asked == [200, 200, 200, 429]
        assert client.get(PLANS).status_code == 200

    @pytest.mark.usefixtures("few")
    def test_who_guesses_at_tokens_is_counted_by_address(self, client: Client) -> None:
        asked = [
            client.get("/api/v1/self", headers={"authorization": f"Bearer guess{n}"}).status_code
            for n in range(4)
        ]
        assert asked == [401, 401, 429, 429]

    def test_who_has_the_answer_already_gets_none(self, client: Client) -> None:
        running(now=clock.now())
        address = f"{PLANS}/{PLAN}"
        first = client.get(address)
        assert first["Cache-Control"] == "private, no-cache"
        again = client.get(address, headers={"if-none-match": f'"other", W/{first["ETag"]}'})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert "Content-Type" not in again
        assert "Accept-Language" in again["Vary"]
        other = client.get(f"{PLANS}/{PLAN}/terms", headers={"if-none-match": first["ETag"]})
        assert other.status_code == 200
        for answer in (client.get(f"{PLANS}/none"), client.get("/api/v1/self")):
            assert "ETag" not in answer
