"""Backing up: the database, the documents and the periods in one folder, the keys in another.

They are kept apart because erasure is the destruction of a key: a backup of the key store may be at
most `KEYS_KEPT` old, a backup of the rest as old as it must. What was erased is listed beside the
keys, without end, so that restoring an older key store does not bring it back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sameboat.record import queries as record
from sameboat.record.actions import RecordNotStarted
from sameboat.runtime import beats, dump
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings
from sameboat.upkeep import manifest
from sameboat.upkeep.manifest import Manifest

KEYS_KEPT = timedelta(days=30)
EACH_HOUR_FOR = timedelta(days=1)
STAMP = "%Y%m%dT%H%M%SZ"
KEYS_SUFFIX = ".sqlite3"
ERASED = "erased.txt"


class KeysNotApart(Refusal):
    """The keys would lie beside what they open."""

    code = "keys_not_apart"
    en = "Keep the keys apart: {keys} lies within {folder}, or the reverse."
    zh = "密钥须分开存放：{keys} 与 {folder} 不能互相包含。"


class BackupThere(Refusal):
    """A backup of this very second is there."""

    code = "backup_there"
    en = "{folder} is there already; try again in a second."
    zh = "{folder} 已存在，请稍后再试。"


def back_up(*, to: Path, keys: Path, url: str, now: datetime) -> Path:
    """Write a backup below `to` and the keys below `keys`, while the installation runs; its folder.

    In this order: what is copied later may hold more than what came before, never less. A key or a
    file without a row does no harm; a row without its key or file would be lost.
    """
    if _within(keys, to) or _within(to, keys):
        raise KeysNotApart(keys=str(keys), folder=str(to))
    head = record.head()
    if head is None:
        raise RecordNotStarted()
    folder = to / now.strftime(STAMP)
    _make(folder)
    dump.dump(url, to=folder / manifest.DATABASE)
    back_up_keys(to=keys, now=now)
    for name in manifest.FOLDERS:
        place = settings().data_dir / name
        if place.is_dir():
            _copy(place, folder / name)
    Manifest(
        format=manifest.FORMAT,
        made_at=now.isoformat(),
        origin=settings().record_origin,
        size=head.size,
        root=head.root.hex(),
        note=head.note,
        files=manifest.hashes(folder),
    ).write(folder)
    beats.note({"backup": ""})
    return folder


def back_up_keys(*, to: Path, now: datetime) -> Path:
    """Write a copy of the key store below `to`, drop the old ones, and list what was erased.

    It is quick, so it may run every few minutes: what is erased between two runs is remembered only
    by the key store itself.
    """
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = to / f"{now.strftime(STAMP)}{KEYS_SUFFIX}"
    if copy.exists():
        raise BackupThere(folder=str(copy))
    keystore().backup(copy)
    _list_erased(to / ERASED)
    for copy_ in set(copies_of_keys(to)) - _worth_keeping(copies_of_keys(to), now):
        copy_.unlink()
    beats.note({"backup.keys": ""})
    return copy


def copies_of_keys(folder: Path) -> list[Path]:
    """The copies of the key store in a folder, the oldest first."""
    return sorted(folder.glob(f"*{KEYS_SUFFIX}"))


def backups(folder: Path) -> list[Path]:
    """The finished backups in a folder, the oldest first."""
    return sorted(path.parent for path in folder.glob(f"*/{manifest.FILE}"))


def made_at(copy: Path) -> datetime:
    """When a copy of the key store was made, by its name."""
    return datetime.strptime(f"{copy.stem}+0000", f"{STAMP}%z")


def drop_old(folder: Path, *, keep: int) -> list[Path]:
    """Remove all but the newest backups; those that were removed."""
    assert keep >= 1
    old = backups(folder)[:-keep]
    for each in old:
        # The manifest goes first: what is half-removed is no backup any more.
        (each / manifest.FILE).unlink()
        shutil.rmtree(each)
    return old


def erased_in(file: Path) -> Iterable[tuple[str, str]]:
    """What a list of erasures names: kind and owner of destroyed keys."""
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        kind, _, owner = line.partition(" ")
        yield kind, owner


def _worth_keeping(copies: Sequence[Path], now: datetime) -> set[Path]:
    """The last copy of each hour of the last day, and of each day of the last 30, in UTC.

    A restore takes the newest; older ones are there for the day on which that one is damaged.
    """
    kept: dict[str, Path] = {}
    for copy in copies:
        age = now - made_at(copy)
        if age <= KEYS_KEPT:
            # The moment begins with the day, then come a T and the hour.
            kept[copy.stem[:11] if age <= EACH_HOUR_FOR else copy.stem[:8]] = copy
    return set(kept.values())


def _list_erased(file: Path) -> None:
    """Add what was destroyed since the last time; a list never gets shorter."""
    known = set(erased_in(file))
    fresh = [pair for pair in keystore().destroyed() if pair not in known]
    with file.open("a", encoding="utf-8") as list_:
        list_.writelines(f"{kind} {owner}\n" for kind, owner in fresh)
        list_.flush()
        os.fsync(list_.fileno())
    file.chmod(0o600)


def _copy(place: Path, to: Path) -> None:
    """Copy a folder whose files come and go: a draft that has vanished meanwhile is none."""
    for path in sorted(place.rglob("*")):
        target = to / path.relative_to(place)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True, mode=0o700)
        elif path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                shutil.copy2(path, target)
            except FileNotFoundError:
                target.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise BackupThere(folder=str(folder)) from None


def _within(inner: Path, outer: Path) -> bool:
    return inner.resolve().is_relative_to(outer.resolve())
