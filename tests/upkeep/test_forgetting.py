"""What is kept no longer goes, to the row; what a killed worker left is taken up again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from typer.testing import CliRunner

import society
from sameboat.cli.prune import prune
from sameboat.gateways.messaging import Message, sandbox
from sameboat.gateways.models import SandboxMessage
from sameboat.identity.models import Session
from sameboat.runtime import clock, jobs
from sameboat.runtime.idempotency import Answer, once
from sameboat.runtime.jobs import queue
from sameboat.runtime.models import IdempotencyKey
from sameboat.upkeep.forgetting import forget
from society import ANA, START

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def answered(key: str, *, days: int) -> None:
    done = Answer(status=200, body={})
    once(scope="s", key=key, verb="v", body=b"", do=lambda: done, now=START + days * DAY)


def told(key: str, *, days: int) -> None:
    message = Message(
        key=key,
        to=ANA.phone,
        template="sign_in_code",
        data={"code": "1", "minutes": "5"},
        language="zh",
    )
    sandbox.send(message, now=START + days * DAY)


def state(job: int) -> tuple[str, int] | None:
    """Status and attempts of a job; None if it is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, attempts FROM procrastinate_jobs WHERE id = %s", [job])
        row = cursor.fetchone()
    return row and (row[0], row[1])


def change(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def begun_by_a_dead_worker(lock: str | None = None) -> int:
    """A job whose worker is gone."""
    job = queue.configure_task("identity.verify", queueing_lock=lock).defer(ref="x")
    change("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", job)
    return int(job)


class TestForgetting:
    def test_takes_what_is_over_and_leaves_the_rest(self) -> None:
        for key, days in (("old", 0), ("young", 20)):
            answered(key, days=days)
            told(key, days=days)
            expires = START + (days + 14) * DAY
            Session.objects.create(session_key=key, session_data="", expire_date=expires)
        forgotten = forget(now=START + 31 * DAY)
        assert (forgotten.answers, forgotten.sandbox_messages, forgotten.sessions) == (1, 1, 1)
        for model in (IdempotencyKey, SandboxMessage):
            assert model.objects.get().key == "young"
        assert Session.objects.get().session_key == "young"
        assert forget(now=START + 31 * DAY).answers == 0

    def test_takes_identity_outcomes_after_30_days(self) -> None:
        society.running()
        society.verified(ANA)
        assert forget(now=START + 30 * DAY).verifications == 0
        assert forget(now=START + 31 * DAY).verifications == 1

    def test_counters_that_ran_out_go_and_live_ones_stay(self) -> None:
        cache.set("limit", 3, timeout=60)
        assert forget(now=clock.now()).rate_limits == 0
        assert cache.get("limit") == 3
        assert forget(now=clock.now() + DAY).rate_limits == 1

    def test_failed_jobs_stay_for_30_days(self) -> None:
        job = queue.configure_task("identity.verify").defer(ref="x")
        change("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", job)
        assert forget(now=START).failed_jobs == 0
        change("UPDATE procrastinate_events SET at = at - interval '31 days'")
        assert forget(now=START).failed_jobs == 1
        assert state(job) is None

    def test_the_command_tells_what_it_did(self) -> None:
        import typer

        app = typer.Typer()
        app.command()(prune)
        done = CliRunner().invoke(app, ["--json"])
        assert json.loads(done.stdout)["answers"] == 0


class TestWhatADeadWorkerLeft:
    def test_is_queued_again_and_the_living_are_left_alone(self) -> None:
        change("INSERT INTO procrastinate_workers DEFAULT VALUES")
        abandoned, running = begun_by_a_dead_worker(), begun_by_a_dead_worker()
        change(
            "UPDATE procrastinate_jobs SET worker_id = (SELECT max(id) FROM procrastinate_workers)"
            " WHERE id = %s",
            running,
        )
        assert jobs.put_back_abandoned() == 1
        assert state(abandoned) == ("todo", 1)
        assert state(running) == ("doing", 0)
        change("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")
        assert jobs.put_back_abandoned() == 1
        assert state(running) == ("todo", 1)
        assert jobs.put_back_abandoned() == 0

    def test_goes_where_the_same_work_is_queued_anew(self) -> None:
        lost = begun_by_a_dead_worker("lock")
        anew = queue.configure_task("identity.verify", queueing_lock="lock").defer(ref="x")
        assert jobs.put_back_abandoned() == 0
        assert state(lost) is None
        assert state(anew) == ("todo", 0)

    def test_of_two_with_one_lock_one_is_queued(self) -> None:
        both = [begun_by_a_dead_worker("lock"), begun_by_a_dead_worker("lock")]
        assert jobs.put_back_abandoned() == 1
        assert sorted(str(state(job)) for job in both) == ["('todo', 1)", "None"]

    def test_that_ended_ten_workers_is_left_to_a_person(self) -> None:
        job = begun_by_a_dead_worker()
        change("UPDATE procrastinate_jobs SET attempts = 10 WHERE id = %s", job)
        assert jobs.put_back_abandoned() == 0
        assert state(job) == ("doing", 10)
