"""The units and the container file name what exists: commands, settings, each other."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from sameboat.cli import COMMANDS
from sameboat.runtime.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))


def parsed(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None, strict=True)
    found.optionxform = str  # type: ignore[assignment, method-assign]
    found.read_string(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_calls_a_command_as_somebody_who_may_little(path: Path) -> None:
    service = parsed(path)["Service"]
    for key in ("ExecStart", "ExecStop"):
        if key in service:
            program, command, *_ = service[key].split()
            assert program == "/opt/sameboat/.venv/bin/sameboat"
            assert command in COMMANDS
    assert service["User"] == "sameboat"
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "yes")
    assert service["UMask"] == "0077"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.parametrize("path", [*UNITS, *TIMERS], ids=lambda path: path.name)
def test_a_unit_needs_only_units_that_are_there(path: Path) -> None:
    unit = parsed(path)["Unit"]
    named = " ".join(unit.get(key, "") for key in ("Requires", "After", "Wants")).split()
    for name in named:
        assert not name.startswith("sameboat-") or (path.parent / name).exists()
    assert path.suffix == ".service" or path.with_suffix(".service").exists()


def test_the_settings_of_the_units_exist() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {"DATABASE_URL"}
    lines = (DEPLOY / "systemd" / "environment").read_text(encoding="utf-8").splitlines()
    named = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert named
    assert named <= known


def test_the_container_runs_a_command_as_somebody_who_is_not_root() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    last = text.rpartition("FROM ")[2]
    user = re.search(r"^USER (\d+)$", last, re.MULTILINE)
    assert user is not None and int(user[1]) > 0
    called = re.search(r'^CMD \["([a-z]+)"', last, re.MULTILINE)
    assert called is not None and called[1] in COMMANDS
    for copied in re.findall(r"^COPY ((?!--)[^\n]+) \S+$", text, re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists(), name
    for name in re.findall(r"\bSAMEBOAT_[A-Z_]+", text):
        assert name in {PREFIX + field.upper() for field in Settings.model_fields}
