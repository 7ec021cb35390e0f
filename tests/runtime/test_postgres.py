"""The embedded PostgreSQL starts, starts again, survives a hard kill, and stops."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from sameboat.runtime import postgres


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder so deep that the socket does not fit beside the data."""
    top = Path(tempfile.mkdtemp(prefix="sameboat-pg-"))
    deep = top / ("a-long-folder-name-" * 5)
    deep.mkdir()
    yield deep
    postgres.stop(data_dir=deep)
    shutil.rmtree(top)


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres/cluster/postmaster.pid").read_text().split()[0])


def test_a_cluster_lives_through_two_starts_a_hard_kill_and_a_stop(data_dir: Path) -> None:
    with ThreadPoolExecutor(max_workers=3) as pool:
        urls = list(pool.map(lambda _: postgres.start(data_dir=data_dir, fsync=False), range(3)))
    assert len(set(urls)) == 1
    url = urls[0]
    assert url == postgres.url(data_dir=data_dir)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    first = postmaster(data_dir)

    os.kill(first, signal.SIGKILL)
    assert postgres.start(data_dir=data_dir, fsync=False) == url
    assert postmaster(data_dir) != first
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)

    postgres.stop(data_dir=data_dir)
    assert not postgres.running(data_dir=data_dir)
    postgres.stop(data_dir=data_dir)


def test_what_a_statement_carried_does_not_reach_the_log(data_dir: Path) -> None:
    url = postgres.start(data_dir=data_dir, fsync=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('Ana Ling')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('Ana Ling')")
    log = (data_dir / "postgres/postgres.log").read_text()
    assert "duplicate key" in log
    assert "Ana" not in log


def test_stopping_what_never_was_does_nothing(tmp_path: Path) -> None:
    postgres.stop(data_dir=tmp_path)
    assert not postgres.running(data_dir=tmp_path)


def test_a_socket_folder_others_may_enter_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_folder = tmp_path / "postgres" / "run"
    open_folder.mkdir(parents=True)
    open_folder.chmod(0o755)
    with pytest.raises(postgres.PostgresFailed, match="0700"):
        postgres.start(data_dir=tmp_path, fsync=False)


@pytest.mark.parametrize("script", [None, "#!/bin/sh\necho 'unshare: not permitted' >&2; exit 1\n"])
def test_root_without_user_namespaces_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    if script is not None:
        (programs / "unshare").write_text(script)
        (programs / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(os, "getuid", lambda: 0)
    with pytest.raises(postgres.RootNeedsNamespaces, match="DATABASE_URL"):
        postgres.start(data_dir=tmp_path / "data", fsync=False)
