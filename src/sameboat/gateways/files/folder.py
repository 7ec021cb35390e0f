"""Objects as files in `files/` of the data directory: the default, good for one machine.

An object appears under its name only when it is complete and on the disk: it is written to a
draft beside it, synced, and linked. A draft that a crash left behind is never read.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sameboat.gateways import GatewayKeyReused
from sameboat.gateways.files import FileMissing, check_key
from sameboat.runtime.settings import settings


def put(key: str, content: bytes) -> None:
    """Write, sync, link: of two writers of one key at once, the first one's content stands."""
    path = _path(key)
    _make_folders(path.parent)
    # A dot cannot stand in a key, so a draft is never taken for an object.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        _write_synced(draft, content)
        path.hardlink_to(draft)
    except FileExistsError:
        if path.read_bytes() != content:
            raise GatewayKeyReused(key=key) from None
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def get(key: str) -> bytes:
    """The object's bytes."""
    try:
        return _path(key).read_bytes()
    except FileNotFoundError:
        raise FileMissing(key=key) from None


def exists(key: str) -> bool:
    """Whether there is an object of that key."""
    return _path(key).is_file()


def delete(key: str) -> None:
    """Remove the object."""
    path = _path(key)
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        _sync_folder(path.parent)


def _path(key: str) -> Path:
    return settings().data_dir / "files" / check_key(key)


def _write_synced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_folders(folder: Path) -> None:
    """Make the folders that are missing; each new name is synced in its parent."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
