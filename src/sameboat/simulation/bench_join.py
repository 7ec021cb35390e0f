"""Joins a second over HTTP: the real server, the record running, a million members there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from multiprocessing import get_context
from pathlib import Path

import urllib3
from django.db import connection

from sameboat.identity.actions import issue_token, open_login
from sameboat.identity.models import Login
from sameboat.identity.persons import person_for
from sameboat.members.actions import close_days_due
from sameboat.members.models import Membership
from sameboat.plans.actions import adopt
from sameboat.plans.queries import in_force, plan
from sameboat.record.actions import sequence
from sameboat.record.queries import pending_count
from sameboat.rules.calendar import day_of, start_of
from sameboat.runtime import clock
from sameboat.simulation.bench_client import Joiner, Spent, join_all
from sameboat.simulation.claimants import facts_of
from sameboat.simulation.population import copy_members
from sameboat.simulation.processor import parent_of, processor_seconds
from sameboat.simulation.society import families
from sameboat.simulation.stopwatch import Stopwatch

PLAN = "demo-xiang-hu-bao"
PORT = 8765
BASE = f"http://127.0.0.1:{PORT}/api/v1"
WARM_UP = 200
HISTORY_DAYS = 10
READY_SECONDS_MAX = 120


def run(
    *, data_dir: Path, members: int, joins: int, clients: int, seed: int, now: datetime
) -> dict[str, object]:
    """Copy `members` members, then let `joins` people join from `clients` processes at once."""
    watch = Stopwatch()
    clock.begin_at(now)
    adopt(plan_id_or_path=PLAN, now=now)
    rulebook = plan(PLAN)
    first_on = day_of(now, rulebook.timezone)
    with watch.phase("copy members"):
        last_on = first_on + timedelta(days=HISTORY_DAYS - 1)
        copy_members(plan_id=PLAN, count=members, since=first_on, until=last_on, seed=seed)
    with watch.phase("close days"):
        joining_at = start_of(last_on + timedelta(days=1), rulebook.timezone)
        now = clock.advance_to(joining_at + timedelta(hours=10))
        close_days_due(now=now)
        sequence(now=now)
    with watch.phase("verify and sign in"):
        joiners = _joiners(joins + WARM_UP, seed, now)
    body = _body(now)
    before = Membership.objects.count()
    connection.close()
    with watch.phase("start the server"):
        processes = [_process(data_dir, name) for name in ("serve", "worker")]
    try:
        _wait_until_ready(processes[0], data_dir / "serve.log")
        measured = _measure(joiners, clients, body, processes)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
    after = Membership.objects.count()
    assert after == before + joins + WARM_UP, "a join is missing"
    return {
        "rows": {"memberships_before": before, "joins": joins, "clients": clients},
        "before_seconds": watch.seconds,
        **measured,
        "record_pending": pending_count(),
    }


def _measure(
    joiners: list[Joiner],
    clients: int,
    body: dict[str, object],
    processes: list[subprocess.Popen[bytes]],
) -> dict[str, object]:
    """Let everybody join from `clients` processes at once, after some who warm them all up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        database = parent_of(cursor.fetchone()[0])
    roots = {"server": processes[0].pid, "worker": processes[1].pid, "database": database}
    with ProcessPoolExecutor(clients, mp_context=get_context("spawn")) as pool:
        _all_join(pool, joiners[:WARM_UP], clients, body)
        before = {name: processor_seconds(pid) for name, pid in roots.items()}
        begin = time.perf_counter()
        spent = _all_join(pool, joiners[WARM_UP:], clients, body)
        seconds = time.perf_counter() - begin
    busy = {name: processor_seconds(pid) - before[name] for name, pid in roots.items()}
    busy["clients"] = sum(each.processor_seconds for each in spent)
    joins = len(joiners) - WARM_UP
    waited = sorted(each for one in spent for each in one.waited)
    return {
        "seconds": round(seconds, 3),
        "joins_per_second": round(joins / seconds, 1),
        "milliseconds": {
            name: round(waited[int(share * (joins - 1))] * 1000, 1)
            for name, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("longest", 1.0))
        },
        "processor_milliseconds_per_join": {
            name: round(each * 1000 / joins, 2)
            for name, each in (*busy.items(), ("all", sum(busy.values())))
        },
    }


def _joiners(count: int, seed: int, now: datetime) -> list[Joiner]:
    """People with a verified person, a login and an access token, as the verbs make them."""
    found = []
    for family in families(seed=seed, people=count * 5, today=now.date())[:count]:
        login = open_login(phone=family.phone, now=now)
        person = person_for(facts_of(family.payer), now=now)
        Login.objects.filter(id=login.id).update(person=person, phone_verified=True)
        token = issue_token(login_id=login.id, now=now).token
        found.append(Joiner(token=token, person_ref=person.ref))
    assert len(found) == count
    return found


def _body(now: datetime) -> dict[str, object]:
    rulebook = plan(PLAN)
    joining = in_force(rulebook, day_of(now, rulebook.timezone)).joining
    return {
        "plan": PLAN,
        "answers": {question.id: not question.bars_on for question in joining.questions},
        "questions_version": joining.questions_version,
        "disclosure_version": rulebook.disclosure_version,
    }


def _process(data_dir: Path, name: str) -> subprocess.Popen[bytes]:
    with (data_dir / f"{name}.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-c", "from sameboat.cli import main; main()", name],
            env={**os.environ, "SAMEBOAT_PORT": str(PORT)},
            stdout=log,
            stderr=log,
        )


def _wait_until_ready(server: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + READY_SECONDS_MAX
    while True:
        try:
            answer = urllib3.request(
                "GET", f"{BASE}/plans", timeout=READY_SECONDS_MAX, retries=False
            )
        except urllib3.exceptions.HTTPError:
            if time.monotonic() > give_up_at or server.poll() is not None:
                said = log.read_text(errors="replace")[-2_000:]
                raise RuntimeError(f"the server does not answer; it said:\n{said}") from None
            time.sleep(0.1)
        else:
            assert answer.status == HTTPStatus.OK, answer.data[:300]
            return


def _all_join(
    pool: ProcessPoolExecutor, joiners: list[Joiner], clients: int, body: dict[str, object]
) -> list[Spent]:
    """Everybody joins, from `clients` connections at once."""
    parts = [joiners[number::clients] for number in range(clients)]
    return list(pool.map(partial(join_all, PORT, body), parts))
