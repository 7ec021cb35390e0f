"""The same request many times: one effect, equal answers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from sameboat.runtime.idempotency import Answer, BadKey, KeyReused, once
from sameboat.runtime.models import IdempotencyKey

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def ask(*, key: str = "k", body: bytes = b"{}", verb: str = "join", effects: list[int]) -> Answer:
    def do() -> Answer:
        effects.append(1)
        return Answer(status=201, body={"membership": len(effects)})

    return once(scope="login/ana", key=key, verb=verb, body=body, do=do, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_fifty_equal_requests_at_once_have_one_effect_and_fifty_equal_answers() -> None:
    effects: list[int] = []
    all_ready = threading.Barrier(50)

    def request(_: int) -> Answer:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            all_ready.wait(timeout=20)
            return ask(effects=effects)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=50) as pool:
        answers = list(pool.map(request, range(50)))
    assert effects == [1]
    assert answers == [Answer(status=201, body={"membership": 1})] * 50


@pytest.mark.django_db
class TestOnce:
    def test_another_body_under_the_same_key_is_refused(self) -> None:
        effects: list[int] = []
        ask(effects=effects)
        with pytest.raises(KeyReused):
            ask(body=b"{ }", effects=effects)
        with pytest.raises(KeyReused):
            ask(verb="leave", effects=effects)
        assert effects == [1]

    def test_two_senders_may_choose_the_same_key(self) -> None:
        effects: list[int] = []
        ask(effects=effects)
        once(
            scope="login/hao",
            key="k",
            verb="join",
            body=b"{}",
            do=lambda: Answer(status=200, body=None),
            now=NOW,
        )
        assert IdempotencyKey.objects.count() == 2

    def test_what_failed_was_not_done_and_may_be_tried_again(self) -> None:
        def fail() -> Answer:
            raise RuntimeError("the action broke")

        with pytest.raises(RuntimeError):
            once(scope="login/ana", key="k", verb="join", body=b"{}", do=fail, now=NOW)
        effects: list[int] = []
        assert ask(effects=effects).status == 201

    def test_an_empty_or_long_key_is_refused(self) -> None:
        for key in ("", "x" * 81):
            with pytest.raises(BadKey):
                ask(key=key, effects=[])
