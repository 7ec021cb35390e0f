"""The receipts of one settled period, made once for the tests that only read them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

_MADE: list[Path] = []


@pytest.fixture
def receipts(
    transactional_db: None, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A copy of the exported files, to tamper with."""
    # Django is not set up yet when this file is imported.
    from tamper.proofs import exported, settled

    if not _MADE:
        _MADE.append(exported(tmp_path_factory.mktemp("exported"), settled()))
    return Path(shutil.copytree(_MADE[0], tmp_path / "receipts"))
