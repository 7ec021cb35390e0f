"""What a backup holds: each file with its hash, and the head of the record that it must contain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sameboat.runtime.refusals import Refusal

FILE = "manifest.json"
FORMAT = 1
DATABASE = "database.dump"
FOLDERS = ("files", "periods")
"""Folders of the data directory that a backup copies."""


class NoBackup(Refusal):
    """There is no finished backup in that folder."""

    code = "no_backup"
    en = "{folder} is no finished backup: {why}."
    zh = "{folder} 不是完整的备份：{why}。"


class BackupDamaged(Refusal):
    """A file of the backup is missing or not what it was."""

    code = "backup_damaged"
    en = "The backup is damaged: {file} is not what it was. Nothing was restored."
    zh = "备份已损坏：{file} 与备份时不一致。没有恢复任何内容。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The list that makes a folder a backup; written last."""

    format: int
    made_at: str
    """By the clock of the installation, in ISO form, UTC."""
    origin: str
    size: int
    """Of the record before the database was copied: the copy holds at least so much."""
    root: str
    note: str
    """The signed head of that size."""
    files: dict[str, str]
    """SHA-256 of each file, by its path."""

    def write(self, folder: Path) -> None:
        """Make `folder` a finished backup."""
        draft = folder / f"{FILE}.draft"
        draft.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        draft.chmod(0o600)
        draft.rename(folder / FILE)

    @property
    def moment(self) -> datetime:
        """When the backup was made."""
        return datetime.fromisoformat(self.made_at)


def read(folder: Path) -> Manifest:
    """The manifest of a finished backup."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        manifest = Manifest(**found)
    except FileNotFoundError:
        raise NoBackup(folder=str(folder), why=f"it has no {FILE}") from None
    except (ValueError, TypeError):
        raise NoBackup(folder=str(folder), why=f"{FILE} is not one of ours") from None
    if manifest.format != FORMAT:
        raise NoBackup(folder=str(folder), why=f"its format is {manifest.format}, not {FORMAT}")
    return manifest


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below `folder` but the manifest, by path."""
    return {str(path.relative_to(folder)): _hash(path) for path in _below(folder)}


def check(folder: Path) -> Manifest:
    """The manifest, after every file was found to be what it was."""
    manifest = read(folder)
    for path in _below(folder):
        if str(path.relative_to(folder)) not in manifest.files:
            raise BackupDamaged(file=str(path.relative_to(folder)))
    for name, digest in manifest.files.items():
        place = folder / name
        if not place.is_file() or _hash(place) != digest:
            raise BackupDamaged(file=name)
    return manifest


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != FILE)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
