"""One embedded PostgreSQL per run in a fresh folder, a database and a key store per worker.

pytest imports this file before Django's settings are read, so the environment is made here. The
cluster is started by the first test that needs a database: pure tests pay nothing.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Made by the controller, inherited by its workers.
RUN_FOLDER = "TEST_RUN_OF_SAMEBOAT"
KEPT = frozenset({"SAMEBOAT_VECTORS", "SAMEBOAT_CHROMIUM"})


def _prepare_environment() -> Path:
    """Set what the settings will read; nothing of the caller's installation may leak in."""
    run = Path(os.environ.setdefault(RUN_FOLDER, tempfile.mkdtemp(prefix="sameboat-test-")))
    for name in [n for n in os.environ if n.startswith("SAMEBOAT_") and n not in KEPT]:
        del os.environ[name]
    for name in ("DATABASE_URL", "KEYSTORE_URL"):
        os.environ.pop(name, None)
    from sameboat.runtime import postgres
    from sameboat.runtime.settings import settings

    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ.setdefault("SAMEBOAT_VECTORS", str(ROOT.parent / "shared" / "vectors"))
    os.environ["SAMEBOAT_MODE"] = "test"
    # The suite asks more in a minute than a caller may.
    os.environ["SAMEBOAT_API_A_MINUTE"] = "1000000"
    os.environ["SAMEBOAT_API_A_MINUTE_FOR_STRANGERS"] = "1000000"
    os.environ["SAMEBOAT_HOSTS"] = "127.0.0.1,localhost,testserver"
    os.environ["SAMEBOAT_DATA_DIR"] = str(run / worker)
    os.environ["DATABASE_URL"] = postgres.url(data_dir=run)
    os.environ["DJANGO_SETTINGS_MODULE"] = "sameboat.site.settings"
    # A worker inherits the controller's environment, and pytest-django has read it by now: without
    # this, all workers would share the controller's key store and clock.
    settings.cache_clear()
    return run


RUN = _prepare_environment()


def pytest_configure() -> None:
    import django

    django.setup()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Before pytest-django makes this worker's database, the run's cluster must be up."""
    from sameboat.runtime import postgres

    postgres.start(data_dir=RUN, fsync=False)


@pytest.fixture(autouse=True)
def _no_head_was_signed_before() -> None:
    """A test begins with an empty database, but the key store is one for all tests of a worker.

    Else its memory of what an earlier test signed would look like a database that lost entries.
    """
    from sameboat.runtime.settings import settings

    path = settings().keystore_path
    if not path.exists():
        return
    with closing(sqlite3.connect(path, timeout=10)) as store:
        if store.execute("SELECT 1 FROM sqlite_master WHERE name = 'head'").fetchone():
            store.execute("DELETE FROM head")
            store.commit()


def _skipped(config: pytest.Config) -> list[str]:
    """Why tests were skipped. Only a clone without the shared vectors may skip, and says so."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return []
    reasons = [str(report.longrepr) for report in reporter.stats.get("skipped", [])]
    return [reason for reason in reasons if "SAMEBOAT_VECTORS" not in reason]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run that left something out has not passed."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for reason in _skipped(config):
        terminalreporter.write_line(f"A skipped test fails the run: {reason}", red=True)
    if not Path(os.environ["SAMEBOAT_VECTORS"]).is_dir():
        terminalreporter.write_line(
            "The shared vectors are absent (SAMEBOAT_VECTORS); the project's golden files stood in."
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller stops the cluster when all workers are done."""
    if hasattr(config, "workerinput"):
        return
    from sameboat.runtime import postgres

    postgres.stop(data_dir=RUN)
    shutil.rmtree(RUN, ignore_errors=True)
