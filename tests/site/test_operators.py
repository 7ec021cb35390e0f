"""Probes, metrics and request logs: what operators see, and that nobody is to be seen in it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

import society
from sameboat.record.actions import sequence
from sameboat.runtime import beats
from sameboat.runtime.logging import JsonLines
from sameboat.runtime.settings import settings
from sameboat.site import operators
from sameboat.upkeep.service import WORKER
from society import ANA, START

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ask_again() -> Iterator[None]:
    operators._probed.cache_clear()
    yield
    operators._probed.cache_clear()


def with_token() -> dict[str, str]:
    return {"Authorization": f"Bearer {settings().metrics_token()}"}


class TestProbes:
    def test_health_asks_nothing_and_works_by_any_address(self, client: Client) -> None:
        with connection.execute_wrapper(_refuse):
            answer = client.get("/healthz", headers={"Host": "10.0.0.7:8000"})
        assert (answer.status_code, answer.content) == (200, b"ok\n")
        assert answer["Cache-Control"] == "no-store"

    def test_ready_once_the_record_began_and_the_worker_lives(self, client: Client) -> None:
        society.running()
        sequence(now=START)
        beats.note({f"{WORKER}record": ""})
        answer = client.get("/readyz")
        assert answer.status_code == 200
        checks = dict.fromkeys(("database", "tables", "keys", "worker", "record"), "good")
        assert answer.json() == {"ready": True, "checks": checks}

    def test_a_dead_worker_needs_a_look_but_pages_are_served(self, client: Client) -> None:
        society.running()
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json()["checks"]["worker"] == "wrong"

    def test_not_ready_where_tables_are_missing(self, client: Client) -> None:
        society.running()
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM django_migrations WHERE id ="
                " (SELECT max(id) FROM django_migrations WHERE app = 'members')"
            )
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"] == {"database": "good", "tables": "wrong"}

    def test_not_ready_where_the_database_is_away(self, client: Client) -> None:
        with connection.execute_wrapper(_away):
            answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "checks": {"database": "wrong"}}


class TestMetrics:
    @pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer x"}])
    def test_are_told_only_to_who_shows_the_token(
        self, client: Client, shown: dict[str, str]
    ) -> None:
        answer = client.get("/metrics", headers=shown)
        assert answer.status_code == 401
        assert b"sameboat" not in answer.content

    def test_tell_of_requests_and_of_the_installation(self, client: Client) -> None:
        society.running()
        society.joined(ANA)
        client.get("/open/")
        client.get("/nowhere")
        families = {
            family.name: family
            for family in text_string_to_metric_families(
                client.get("/metrics", headers=with_token()).content.decode()
            )
        }
        answered = {
            (sample.labels["face"], sample.labels["status"]): sample.value
            for sample in families["sameboat_http_requests"].samples
            if sample.name.endswith("_total")
        }
        assert answered["public", "200"] >= 1
        assert answered["web", "404"] >= 1
        assert families["sameboat_record_pending"].samples[0].value >= 1
        assert {"sameboat_members", "sameboat_jobs", "sameboat_beat_age_seconds"} <= set(families)

    def test_every_metric_is_documented(self, client: Client) -> None:
        told = client.get("/metrics", headers=with_token()).content.decode()
        names = set(re.findall(r"^# HELP (\S+)", told, re.MULTILINE))
        document = (ROOT / "docs/operating/monitoring.md").read_text(encoding="utf-8")
        assert {name for name in names if f"`{name}`" not in document} == set()


class TestTheLog:
    def test_names_the_route_and_nothing_that_somebody_typed(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        planted = (ANA.name, ANA.number, ANA.phone, "心肌梗死")
        with caplog.at_level(logging.DEBUG):
            for typed in planted:
                client.get(f"/{typed}/")
                client.get("/open/", {"q": typed}, headers={"Referer": f"http://x/{typed}"})
                client.post("/api/v1/sign-in/code", {"phone": typed}, "application/json")
                client.post("/accounts/login/", {"login": typed, "password": typed})
                client.generic("POST", f"/api/v1/{typed}", typed.encode())
        ours = [r for r in caplog.records if r.name.startswith("sameboat")]
        lines = [json.loads(JsonLines().format(record)) for record in ours]
        assert {line["data"]["route"] for line in lines} >= {"open/", "accounts/login/"}
        for line in lines:
            written = json.dumps(line, ensure_ascii=False)
            assert [typed for typed in planted if typed in written] == []

    def test_a_crash_is_logged_by_its_place_under_the_request(
        self, client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(*_: Any, **__: Any) -> None:
            raise RuntimeError(f"{ANA.name} typed this")

        client.raise_request_exception = False
        monkeypatch.setattr("sameboat.plans.queries.plan", crash)
        written: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: written.append(JsonLines().format(record))  # type: ignore[method-assign]
        loggers = [logging.getLogger(name) for name in ("sameboat", "django", "django.request")]
        for logger in loggers:
            logger.addHandler(handler)
        try:
            answer = client.get(f"/open/plans/{ANA.number}")
        finally:
            for logger in loggers:
                logger.removeHandler(handler)
        assert answer.status_code == 500
        crashed = next(line for line in map(json.loads, written) if "exception" in line)
        assert crashed["exception"] == "RuntimeError"
        assert crashed["work"] == answer["X-Request-Id"]
        for typed in (ANA.name, ANA.number):
            assert not any(typed in line for line in written)


def _refuse(*_: Any) -> None:
    raise AssertionError("the database was asked")


def _away(*_: Any) -> None:
    from django.db import OperationalError

    raise OperationalError("gone")
