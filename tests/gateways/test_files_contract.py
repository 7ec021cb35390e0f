"""What every store of files must do, and what the folder does on the disk."""

from __future__ import annotations

import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from sameboat import gateways
from sameboat.gateways import GatewayKeyReused
from sameboat.gateways.files import FileMissing, FilesProvider, folder
from sameboat.runtime.settings import settings

_: FilesProvider = folder


@pytest.fixture(params=gateways.providers("files"))
def provider(request: pytest.FixtureRequest) -> FilesProvider:
    return cast(FilesProvider, gateways.load("files", request.param))


def key() -> str:
    return f"claims/{secrets.token_hex(8)}/0001"


def test_what_was_put_is_got(provider: FilesProvider) -> None:
    at, content = key(), secrets.token_bytes(300_000)
    assert not provider.exists(at)
    provider.put(at, content)
    assert provider.exists(at)
    assert provider.get(at) == content


def test_an_empty_object_is_an_object(provider: FilesProvider) -> None:
    at = key()
    provider.put(at, b"")
    assert provider.exists(at)
    assert provider.get(at) == b""


def test_an_object_is_never_changed(provider: FilesProvider) -> None:
    at = key()
    provider.put(at, b"one")
    provider.put(at, b"one")
    with pytest.raises(GatewayKeyReused):
        provider.put(at, b"two")
    assert provider.get(at) == b"one"


def test_what_is_missing_is_refused_by_name(provider: FilesProvider) -> None:
    at = key()
    with pytest.raises(FileMissing, match=at):
        provider.get(at)


def test_deleting_twice_does_no_harm(provider: FilesProvider) -> None:
    at = key()
    provider.delete(at)
    provider.put(at, b"one")
    provider.delete(at)
    provider.delete(at)
    assert not provider.exists(at)
    provider.put(at, b"two")
    assert provider.get(at) == b"two"


def test_of_many_writers_at_once_one_wins_whole(provider: FilesProvider) -> None:
    at = key()
    contents = [bytes([number]) * 200_000 for number in range(8)]

    def write(content: bytes) -> bool:
        try:
            provider.put(at, content)
        except GatewayKeyReused:
            return False
        return True

    with ThreadPoolExecutor(max_workers=8) as pool:
        won = list(pool.map(write, contents))
    assert won.count(True) == 1
    assert provider.get(at) == contents[won.index(True)]


@pytest.mark.parametrize(
    "bad", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "A", "a.b", "a\n", "a\0b", "a/" * 9]
)
def test_a_key_cannot_leave_the_store(provider: FilesProvider, bad: str) -> None:
    for act in (lambda: provider.put(bad, b"x"), lambda: provider.get(bad)):
        with pytest.raises(AssertionError, match="not an object key"):
            act()


def test_the_folder_holds_whole_private_files_and_no_drafts() -> None:
    at = key()
    folder.put(at, b"one")
    path = settings().data_dir / "files" / Path(at)
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_write_that_breaks_off_leaves_no_object(monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(descriptor: int) -> None:
        raise OSError(5, "power cut")

    at = key()
    folder.put(at[:-1] + "2", b"makes the folders")
    monkeypatch.setattr("os.fsync", power_cut)
    with pytest.raises(OSError, match="power cut"):
        folder.put(at, b"half")
    monkeypatch.undo()
    assert not folder.exists(at)
    folder.put(at, b"whole")
    assert folder.get(at) == b"whole"
