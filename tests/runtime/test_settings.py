"""A wrong setting stops the program with its name, and no secret is ever shown."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sameboat.runtime import settings as module
from sameboat.runtime.settings import BadSettings, RunsOptimised, Settings, read


def read_with(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name in [n for n in os.environ if n.startswith("SAMEBOAT_")]:
        monkeypatch.delenv(name)
    for name in ("DATABASE_URL", "KEYSTORE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read(dict(os.environ))


class TestWrongValues:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SAMEBOAT_MODE", "staging"),
            ("SAMEBOAT_PORT", "0"),
            ("SAMEBOAT_PORT", "http"),
            ("SAMEBOAT_PAYMENT_GATEWAY", "../sandbox"),
            ("SAMEBOAT_LANGUAGE", "fr"),
            ("DATABASE_URL", "mysql://hao:sesame@db/sameboat"),
            ("KEYSTORE_URL", "sqlite://host/keys"),
            ("KEYSTORE_URL", "https://kms/keys"),
        ],
    )
    def test_are_named(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        with pytest.raises(BadSettings) as refused:
            read_with(monkeypatch, **{name: value})
        assert name in str(refused.value)
        assert "sesame" not in str(refused.value)

    def test_an_unknown_variable_is_refused_by_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(BadSettings, match="SAMEBOAT_PROT"):
            read_with(monkeypatch, SAMEBOAT_PROT="8000")

    def test_any_host_is_refused_in_production(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(BadSettings, match="hosts"):
            read_with(monkeypatch, SAMEBOAT_MODE="production", SAMEBOAT_HOSTS="*")


def test_the_variables_of_tests_and_fail_points_are_no_unknown_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read_with(monkeypatch, SAMEBOAT_VECTORS="/v", SAMEBOAT_CHROMIUM="/c", SAMEBOAT_KILL_AT="x")


def test_hosts_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = read_with(monkeypatch, SAMEBOAT_HOSTS="a.example, b.example")
    assert chosen.hosts == ("a.example", "b.example")


def test_no_secret_is_in_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = read_with(monkeypatch, DATABASE_URL="postgresql://hao:sesame@db/sameboat")
    assert "sesame" not in repr(chosen)
    assert "sesame" not in str(chosen)


def test_an_optimised_python_is_refused() -> None:
    with pytest.raises(RunsOptimised):
        module.refuse_optimised_python(optimize=1)


class TestKeyFiles:
    def test_are_made_once_and_private(self, tmp_path: Path) -> None:
        first = Settings(data_dir=tmp_path)
        key = first.master_key()
        assert len(key) == 32
        assert Settings(data_dir=tmp_path).master_key() == key
        assert first.secret_key() != key.hex()
        for path in (tmp_path / "secrets").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(list((tmp_path / "secrets").iterdir())) == 2

    def test_outside_the_data_folder_are_never_made(self, tmp_path: Path) -> None:
        chosen = Settings(data_dir=tmp_path / "data", master_key_file=tmp_path / "master.key")
        with pytest.raises(BadSettings, match=r"master\.key"):
            chosen.master_key()

    def test_a_lost_master_key_is_not_replaced(self, tmp_path: Path) -> None:
        chosen = Settings(data_dir=tmp_path)
        chosen.keystore_path.parent.mkdir(parents=True)
        chosen.keystore_path.touch()
        with pytest.raises(BadSettings, match="put its master key back"):
            chosen.master_key()

    def test_of_another_length_are_refused(self, tmp_path: Path) -> None:
        chosen = Settings(data_dir=tmp_path, secret_key_file=tmp_path / "short.key")
        (tmp_path / "short.key").write_text("c2hvcnQ=")
        with pytest.raises(BadSettings, match="32 bytes"):
            chosen.secret_key()
