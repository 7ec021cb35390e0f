"""The doctor names each planted ailment, says what to do, and finds a healthy house good."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer import Typer
from typer.testing import CliRunner

import society
from sameboat.cli.doctor import doctor
from sameboat.identity.models import StaffRole
from sameboat.record.actions import sequence
from sameboat.record.models import Entry
from sameboat.runtime import beats, clock, rests
from sameboat.runtime.jobs import queue
from sameboat.runtime.settings import Settings, settings
from sameboat.upkeep import machine, promises, service
from sameboat.upkeep.doctor import Moment, examine
from sameboat.upkeep.finding import Standing
from sameboat.upkeep.service import WORKER
from society import HAO, LIN, START
from upkeep.places import SAMEBOAT

pytestmark = pytest.mark.django_db
NOON = START


def healthy() -> None:
    """Everything runs, was backed up, and has its people."""
    society.running()
    for somebody in (HAO, LIN):
        society.signed_in(somebody)
    for somebody, role in (
        *((LIN, role) for role in ("insurer", "investigator", "children")),
        (HAO, "children"),
    ):
        StaffRole.objects.get_or_create(
            login=society.signed_in(somebody), role=role, defaults={"granted_at": NOON}
        )
    sequence(now=NOON)
    beats.note({f"{WORKER}record": "", "backup": "", "backup.keys": ""})


def moment(now: datetime) -> Moment:
    return Moment(now=now, by_the_machine=clock.by_the_machine())


def standings(now: Any = NOON) -> dict[str, Standing]:
    return {finding.about: finding.standing for finding in examine(moment(now))}


def change(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def a_silent_worker() -> None:
    change("UPDATE runtime_beat SET well_at = now() - interval '1 minute' WHERE name ~ 'worker'")


def a_breaking_worker() -> None:
    beats.note({f"{WORKER}record": "OperationalError"})


def no_worker() -> None:
    beats.forget(WORKER)


def a_late_job() -> None:
    queue.configure_task("identity.verify").defer(ref="x")
    change("UPDATE procrastinate_events SET at = at - interval '1 hour'")


def a_refused_entry() -> None:
    Entry.objects.create(hash=b"x" * 32, type="x", content=b"", added_at=NOON)
    Entry.objects.filter(hash=b"x" * 32).update(state="REFUSED", refused_code="x")


def an_old_program() -> None:
    change("INSERT INTO django_migrations (app, name, applied) VALUES ('claims', '9999', now())")


def an_old_backup() -> None:
    change("UPDATE runtime_beat SET well_at = now() - interval '2 days' WHERE name = 'backup'")


def an_open_key_store() -> None:
    settings().keystore_path.chmod(0o640)


def nobody_for_children() -> None:
    StaffRole.objects.filter(login=society.signed_in(HAO), role="children").delete()


def a_silent_gateway() -> None:
    rests.lengthen("gateway.messaging", now=NOON)


AILMENTS: dict[Callable[[], None], tuple[str, Standing]] = {
    no_worker: ("worker", Standing.WRONG),
    a_silent_worker: ("worker", Standing.WRONG),
    a_breaking_worker: ("worker", Standing.WRONG),
    a_late_job: ("jobs", Standing.WRONG),
    a_refused_entry: ("record", Standing.WRONG),
    an_old_program: ("tables", Standing.WRONG),
    a_silent_gateway: ("gateways", Standing.ATTENTION),
    an_old_backup: ("backups", Standing.ATTENTION),
    nobody_for_children: ("staff", Standing.ATTENTION),
    an_open_key_store: ("files", Standing.WRONG),
}


@pytest.fixture(autouse=True)
def _closed_again() -> Any:
    yield
    if settings().keystore_path.exists():
        settings().keystore_path.chmod(0o600)


def test_a_healthy_house_is_good() -> None:
    healthy()
    expected = dict.fromkeys(standings(), Standing.GOOD)
    # A test is no production: it says so, as a demonstration does.
    assert standings() == expected | {"address": Standing.ATTENTION}


@pytest.mark.parametrize("ailment", AILMENTS, ids=lambda each: each.__name__)
def test_each_ailment_is_named_and_nothing_else(ailment: Callable[[], None]) -> None:
    healthy()
    before = standings()
    ailment()
    about, standing = AILMENTS[ailment]
    after = standings()
    assert after[about] is standing
    assert {name: after[name] for name in after if name != about} == {
        name: before[name] for name in after if name != about
    }


class TestByTheClock:
    def test_an_overdue_period_and_a_late_record_are_named(self) -> None:
        healthy()
        society.signed_in(society.ANA)
        society.joined(society.ANA)
        late = NOON + timedelta(days=20)
        sequence(now=NOON)
        assert standings(late)["periods"] is Standing.WRONG

    def test_a_clock_that_went_back_is_named(self) -> None:
        healthy()
        assert standings(NOON - timedelta(hours=1))["clock"] is Standing.WRONG

    def test_a_machine_apart_from_the_database_is_named(self) -> None:
        healthy()
        apart = clock.by_the_machine() + timedelta(minutes=1)
        found = {each.about: each for each in examine(Moment(now=NOON, by_the_machine=apart))}
        assert found["clock"].standing is Standing.WRONG


class TestInProduction:
    def settings(self, **other: Any) -> Settings:
        chosen = settings().model_copy(update={"mode": "production", **other})
        assert isinstance(chosen, Settings)
        return chosen

    @pytest.mark.parametrize(
        ("module", "probe", "other"),
        [
            (machine, lambda: machine.address(), {"hosts": ("localhost",)}),
            (machine, lambda: machine.address(), {"hosts": ("aid.example.org",)}),
            (promises, lambda: promises.outside(NOON), {}),
        ],
    )
    def test_what_a_demonstration_may_is_wrong(
        self, monkeypatch: pytest.MonkeyPatch, module: Any, probe: Any, other: dict[str, Any]
    ) -> None:
        healthy()
        monkeypatch.setattr(module, "settings", lambda: self.settings(**other))
        assert probe().standing is Standing.WRONG

    def test_another_name_of_the_record_is_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        healthy()
        monkeypatch.setattr(service, "settings", lambda: self.settings(record_origin="other/1"))
        assert service.recording(NOON).standing is Standing.WRONG


class TestTheCommand:
    def test_tells_both_languages_and_ends_with_one_where_something_is_wrong(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        healthy()
        no_worker()
        app = Typer()
        app.command()(doctor)
        done = CliRunner().invoke(app, ["--json"])
        assert done.exit_code == 1
        told = {finding["about"]: finding for finding in json.loads(done.stdout)}
        assert told["worker"]["standing"] == "wrong"
        assert "sameboat worker" in told["worker"]["en"]
        assert "sameboat worker" in told["worker"]["zh"]
        monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
        assert "有误" in CliRunner().invoke(app, []).stdout

    def test_settings_with_which_nothing_starts_are_a_finding(self, tmp_path: Path) -> None:
        environment = {**os.environ, "SAMEBOAT_PORT": "no number", "LC_ALL": "C"}
        done = subprocess.run(
            [SAMEBOAT, "doctor"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "settings: The settings are wrong: SAMEBOAT_PORT" in done.stdout
