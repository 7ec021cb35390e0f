"""Keys are durable, wrapped, destroyable to the last byte, and safe to make at once."""

from __future__ import annotations

import secrets
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sameboat.runtime.keys import (
    KeyDestroyed,
    KeyExists,
    KeyMissing,
    KeyStore,
    WrongMasterKey,
)

MASTER = bytes(range(32))


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keystore" / "keys.sqlite3", MASTER)


def files(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((tmp_path / "keystore").iterdir()))


def wrapped(tmp_path: Path, owner: str) -> bytes:
    with sqlite3.connect(tmp_path / "keystore" / "keys.sqlite3") as connection:
        found = connection.execute("SELECT wrapped FROM key WHERE owner = ?", (owner,))
        value = found.fetchone()[0]
    connection.close()
    assert isinstance(value, bytes)
    return value


MAKER = """
import sys
from pathlib import Path
from sameboat.runtime.keys import KeyStore
store = KeyStore(Path(sys.argv[1]), bytes(range(32)))
for number in range(40):
    print(store.get_or_create("person", f"person-{number}").hex())
"""


class TestAKey:
    def test_is_the_same_when_read_again(self, store: KeyStore, tmp_path: Path) -> None:
        key = store.create("person", "ana")
        assert len(key) == 32
        again = KeyStore(tmp_path / "keystore" / "keys.sqlite3", MASTER)
        assert again.get("person", "ana") == key
        assert store.create("claim", "ana") != key

    def test_is_not_replaced(self, store: KeyStore) -> None:
        key = store.create("person", "ana")
        with pytest.raises(KeyExists):
            store.create("person", "ana")
        assert store.get_or_create("person", "ana") == key

    def test_that_never_was_is_missing(self, store: KeyStore) -> None:
        with pytest.raises(KeyMissing):
            store.get("person", "fei")
        with pytest.raises(KeyMissing):
            store.destroy("person", "fei")

    def test_does_not_stand_in_the_clear(self, store: KeyStore, tmp_path: Path) -> None:
        key = store.create("person", "ana")
        assert wrapped(tmp_path, "ana") in files(tmp_path)
        assert key not in files(tmp_path)

    def test_does_not_open_under_another_master_key(self, store: KeyStore, tmp_path: Path) -> None:
        store.create("person", "ana")
        other = KeyStore(tmp_path / "keystore" / "keys.sqlite3", secrets.token_bytes(32))
        with pytest.raises(WrongMasterKey):
            other.get("person", "ana")

    def test_does_not_open_in_the_row_of_another(self, store: KeyStore, tmp_path: Path) -> None:
        store.create_many("person", ["ana", "hao"])
        with sqlite3.connect(tmp_path / "keystore" / "keys.sqlite3") as connection:
            connection.execute(
                "UPDATE key SET wrapped = (SELECT wrapped FROM key WHERE owner = 'ana')"
            )
        connection.close()
        with pytest.raises(WrongMasterKey):
            store.get("person", "hao")


class TestDestroying:
    def test_leaves_no_byte_among_many_and_a_mark(self, store: KeyStore, tmp_path: Path) -> None:
        owners = [secrets.token_hex(16) for _ in range(3000)]
        store.create_many("person", owners)
        for owner in owners[100:110]:
            before = wrapped(tmp_path, owner)
            store.destroy("person", owner)
            assert before not in files(tmp_path)
            assert before[12:] not in files(tmp_path)
            with pytest.raises(KeyDestroyed):
                store.get("person", owner)
            with pytest.raises(KeyDestroyed):
                store.get_or_create("person", owner)
            with pytest.raises(KeyExists):
                store.create("person", owner)
            store.destroy("person", owner)
        assert store.get("person", owners[99])

    def test_works_while_others_read(self, store: KeyStore) -> None:
        store.create_many("person", ["ana", "hao"])
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                store.get("person", "hao")

        with ThreadPoolExecutor(max_workers=2) as pool:
            reader = pool.submit(read)
            try:
                store.destroy("person", "ana")
            finally:
                done.set()
            reader.result()


def test_all_keys_of_a_batch_are_made_or_none(store: KeyStore) -> None:
    store.create("person", "hao")
    with pytest.raises(KeyExists):
        store.create_many("person", ["ana", "hao"])
    with pytest.raises(KeyMissing):
        store.get("person", "ana")


def test_threads_and_processes_that_make_the_same_keys_agree(
    store: KeyStore, tmp_path: Path
) -> None:
    path = tmp_path / "keystore" / "keys.sqlite3"
    others = [
        subprocess.Popen([sys.executable, "-c", MAKER, str(path)], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    owners = [f"person-{number}" for number in range(40)]
    with ThreadPoolExecutor(max_workers=4) as threads:
        mine = list(threads.map(lambda owner: store.get_or_create("person", owner), owners))
    for other in others:
        printed, _ = other.communicate(timeout=60)
        assert [bytes.fromhex(line.decode()) for line in printed.split()] == mine


def test_a_backup_is_private_and_opens(store: KeyStore, tmp_path: Path) -> None:
    key = store.create("person", "ana")
    store.backup(tmp_path / "backup.sqlite3")
    assert stat.S_IMODE((tmp_path / "backup.sqlite3").stat().st_mode) == 0o600
    assert KeyStore(tmp_path / "backup.sqlite3", MASTER).get("person", "ana") == key
    with pytest.raises(FileExistsError):
        store.backup(tmp_path / "backup.sqlite3")


def test_the_file_is_private(store: KeyStore, tmp_path: Path) -> None:
    store.create("person", "ana")
    for path in (tmp_path / "keystore").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
