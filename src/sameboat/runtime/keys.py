"""The key store: the keys whose destruction is erasure, kept apart from the database.

One SQLite file, mode 0600, with backups of its own. Each key is 32 random bytes, wrapped by
AES-256-GCM under the master key and bound to its kind and owner. A destroyed key leaves its row as
a mark, so that it can be told from one that never was and is never made again by accident.

Writes are durable when a call returns (WAL with synchronous=FULL: one fsync a transaction): a lost
key is lost data. Callers therefore make a key before the row that needs it; a key without a row
does no harm.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import KEY_BYTES, settings

# signing: an Ed25519 seed by role name; index: the key of the blind index.
Kind = Literal[
    "person",
    "login",
    "webhook",
    "verification",
    "claim",
    "membership",
    "signing",
    "index",
    "period",
    "message",
    "export",
]
NONCE_BYTES = 12
BUSY_SECONDS = 10
# Wrapped keys are appended in the order of `number` and never moved by a page split, so
# secure_delete finds every copy of one. The unique index holds no key bytes.
SCHEMA = """
CREATE TABLE IF NOT EXISTS key (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    wrapped BLOB,
    UNIQUE (kind, owner)
) STRICT
"""
# The last head that was signed and published. It stands here, apart from the database, so that a
# database restored from an old backup is told from one that is whole.
HEADS = """
CREATE TABLE IF NOT EXISTS head (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL
) STRICT
"""
PUT_HEAD = """
INSERT INTO head (origin, size, root, note) VALUES (?, ?, ?, ?)
ON CONFLICT (origin) DO UPDATE
SET size = excluded.size, root = excluded.root, note = excluded.note
WHERE excluded.size > head.size
"""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The head of a record: how many entries, their root, and the signed text."""

    size: int
    root: bytes
    note: str


class KeyMissing(Refusal):
    """No key of that name was ever made."""

    code = "key_missing"
    en = "There is no {kind} key for {owner}."
    zh = "没有 {owner} 的 {kind} 密钥。"


class KeyDestroyed(Refusal):
    """The key was destroyed: what it sealed is erased."""

    code = "key_destroyed"
    en = "The {kind} key of {owner} was destroyed; what it sealed is erased."
    zh = "{owner} 的 {kind} 密钥已销毁，它所加密的内容已被删除。"


class KeyExists(Refusal):
    """A key of that name was made before."""

    code = "key_exists"
    en = "There is a {kind} key for {owner} already."
    zh = "{owner} 的 {kind} 密钥已存在。"


class WrongMasterKey(Refusal):
    """A stored key does not open under the master key of this installation."""

    code = "wrong_master_key"
    en = "The key store does not open under this master key, or it was damaged."
    zh = "主密钥打不开密钥库，或者密钥库已损坏。"


class KeyStillOnDisk(Refusal):
    """The key is marked destroyed, but its bytes could not yet be cleared from the log file."""

    code = "key_still_on_disk"
    en = "The key is destroyed, but a reader keeps its bytes on disk; destroy it again."
    zh = "密钥已销毁，但仍有进程占用磁盘上的数据，请再次销毁。"


class KeyStore:
    """Safe to share between threads, and between processes that open the same file."""

    def __init__(self, path: Path, master_key: bytes) -> None:
        assert len(master_key) == KEY_BYTES
        self._path = path
        self._master = AESGCM(master_key)
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._connection().execute(SCHEMA)
        self._connection().execute(HEADS)

    def create(self, kind: Kind, owner: str) -> bytes:
        """Make, store and return a fresh key."""
        return self.create_many(kind, [owner])[owner]

    def create_many(self, kind: Kind, owners: Sequence[str]) -> dict[str, bytes]:
        """Make fresh keys for `owners` in one durable step: all of them, or none."""
        made = {owner: secrets.token_bytes(KEY_BYTES) for owner in owners}
        assert len(made) == len(owners)
        with self._write() as connection:
            for owner, key in made.items():
                self._insert(connection, kind, owner, key)
        return made

    def get(self, kind: Kind, owner: str) -> bytes:
        """The key; refuses one that is missing or destroyed."""
        row = self._connection().execute(
            "SELECT wrapped FROM key WHERE kind = ? AND owner = ?", (kind, owner)
        )
        found = row.fetchone()
        if found is None:
            raise KeyMissing(kind=kind, owner=owner)
        if found[0] is None:
            raise KeyDestroyed(kind=kind, owner=owner)
        return self._unwrap(kind, owner, found[0])

    def get_or_create(self, kind: Kind, owner: str) -> bytes:
        """The key, made now if it never was. A destroyed one stays destroyed."""
        try:
            return self.get(kind, owner)
        except KeyMissing:
            pass
        try:
            return self.create(kind, owner)
        except KeyExists:  # Somebody else made it in between.
            return self.get(kind, owner)

    def destroy(self, kind: Kind, owner: str) -> None:
        """Erase the key's bytes from the file and its log; the row stays as a mark.

        Destroying twice does no harm. Refuses a key that never was.
        """
        self.destroy_many(kind, [owner])

    def destroy_many(self, kind: Kind, owners: Sequence[str]) -> None:
        """Erase the keys of `owners` in one durable step; refuses if one of them never was."""
        if not owners:
            return
        with self._write() as connection:
            for owner in owners:
                done = connection.execute(
                    "UPDATE key SET wrapped = NULL WHERE kind = ? AND owner = ?", (kind, owner)
                )
                if done.rowcount != 1:
                    raise KeyMissing(kind=kind, owner=owner)
        self._clear_log()

    def destroyed(self) -> Iterator[tuple[str, str]]:
        """Kind and owner of every destroyed key: what was erased here."""
        rows = self._connection().execute(
            "SELECT kind, owner FROM key WHERE wrapped IS NULL ORDER BY number"
        )
        yield from rows

    def erase_again(self, erased: Iterable[tuple[str, str]]) -> int:
        """Destroy these keys in a store that is older than their erasure; how many it still held.

        A key that this store never had gets its mark, so that it is never made again.
        """
        with self._write() as connection:
            before = connection.execute("SELECT count(*) FROM key WHERE wrapped IS NOT NULL")
            held = before.fetchone()[0]
            connection.executemany(
                "INSERT INTO key (kind, owner, wrapped) VALUES (?, ?, NULL)"
                " ON CONFLICT (kind, owner) DO UPDATE SET wrapped = NULL",
                erased,
            )
            after = connection.execute("SELECT count(*) FROM key WHERE wrapped IS NOT NULL")
            gone = held - after.fetchone()[0]
        self._clear_log()
        return int(gone)

    def signed_head(self, origin: str) -> SignedHead | None:
        """The last head of that record that was noted here; None before the first."""
        row = self._connection().execute(
            "SELECT size, root, note FROM head WHERE origin = ?", (origin,)
        )
        found = row.fetchone()
        return SignedHead(*found) if found else None

    def note_head(self, origin: str, head: SignedHead) -> None:
        """Remember a head that was signed, unless a larger one was."""
        with self._write() as connection:
            connection.execute(PUT_HEAD, (origin, head.size, head.root, head.note))

    def go_back_to(self, origin: str, head: SignedHead) -> None:
        """Forget the heads beyond this one: what they covered is lost, and somebody said so."""
        with self._write() as connection:
            connection.execute("DELETE FROM head WHERE origin = ?", (origin,))
            connection.execute(PUT_HEAD, (origin, head.size, head.root, head.note))

    def backup(self, to: Path) -> None:
        """Copy the store to the new file `to`, mode 0600, while it is in use."""
        os.close(os.open(to, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(to)) as target:
            self._connection().backup(target)

    def _insert(self, connection: sqlite3.Connection, kind: Kind, owner: str, key: bytes) -> None:
        nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = nonce + self._master.encrypt(nonce, key, _associated(kind, owner))
        try:
            connection.execute(
                "INSERT INTO key (kind, owner, wrapped) VALUES (?, ?, ?)", (kind, owner, wrapped)
            )
        except sqlite3.IntegrityError:
            raise KeyExists(kind=kind, owner=owner) from None

    def _unwrap(self, kind: Kind, owner: str, wrapped: bytes) -> bytes:
        try:
            return self._master.decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _associated(kind, owner)
            )
        except InvalidTag:
            raise WrongMasterKey() from None

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection; a forked child opens its own."""
        if getattr(self._local, "pid", None) != os.getpid():
            connection = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            self._local.connection, self._local.pid = connection, os.getpid()
        found = self._local.connection
        assert isinstance(found, sqlite3.Connection)
        return found

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        with self._turn():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for this writer's turn.

        SQLite's own waiting sleeps longer and longer, so that of two busy processes one starves;
        the kernel's lock wakes the next writer at once.
        """
        lock = self._path.with_name(f"{self._path.name}.lock")
        with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _clear_log(self) -> None:
        """Move the write-ahead log into the file and cut it to nothing."""
        give_up_at = time.monotonic() + BUSY_SECONDS
        while True:
            row = self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if row[0] == 0:
                return
            if time.monotonic() > give_up_at:
                raise KeyStillOnDisk()
            time.sleep(0.01)


def _associated(kind: Kind, owner: str) -> bytes:
    return f"{kind}\0{owner}".encode()


@lru_cache(maxsize=1)
def keystore() -> KeyStore:
    """The key store of this installation."""
    chosen = settings()
    return KeyStore(chosen.keystore_path, chosen.master_key())
