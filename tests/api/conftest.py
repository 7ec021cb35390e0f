"""A live server over real connections, and its clock put back after each test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sameboat.simulation.client import Client


@pytest.fixture
def api(transactional_db: None, live_server: Any) -> Iterator[Client]:
    """A client of a server in which the demonstration plan runs."""
    # Django is not set up yet when this file is imported.
    import society
    from sameboat.runtime.settings import settings

    society.running(now=datetime.now(UTC))
    with Client(live_server.url) as client:
        yield client
    (settings().data_dir / "clock.json").unlink(missing_ok=True)
