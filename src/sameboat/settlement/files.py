"""Where the files of a period lie. A file is written beside its place and moved there at once.

The files hold numbers and hashes only: no name, no document, no phone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sameboat.runtime.settings import settings


@dataclass(frozen=True, slots=True)
class PeriodFiles:
    """The Parquet files of one period."""

    folder: Path

    @property
    def snapshot(self) -> Path:
        """The memberships that exist at the lock: one row each, sorted by member."""
        return self.folder / "snapshot.parquet"

    @property
    def shares(self) -> Path:
        """What each of them is charged: one row each, sorted by member."""
        return self.folder / "shares.parquet"

    @property
    def debits(self) -> Path:
        """What each payer owes for the household, sorted by payer; nobody with nothing to pay."""
        return self.folder / "debits.parquet"

    @property
    def leaves(self) -> Path:
        """The share leaves by class, sorted: what auditors download. No identities."""
        return self.folder / "leaves.parquet"

    @property
    def nodes(self) -> Path:
        """Inner nodes of the trees over these leaves, so that a proof reads little."""
        return self.folder / "nodes.bin"


def files_of(plan_id: str, publicity_on: date) -> PeriodFiles:
    """The files of the period of `publicity_on`; their folder is made if it is not there."""
    folder = settings().data_dir / "periods" / plan_id / publicity_on.isoformat()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return PeriodFiles(folder)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a draft to write to, then put it in the place of `path` in one durable step.

    What killed processes left of their drafts is removed.
    """
    _remove_abandoned_drafts(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        draft.unlink(missing_ok=True)


def _remove_abandoned_drafts(path: Path) -> None:
    """A draft bears its process's number; without that process nobody will ever finish it."""
    for draft in path.parent.glob(f".{path.name}.*"):
        try:
            os.kill(int(draft.suffix[1:]), 0)
        except ProcessLookupError:
            draft.unlink(missing_ok=True)
        except PermissionError:
            continue  # It lives, under another user.


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
