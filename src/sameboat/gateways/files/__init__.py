"""Object storage for documents that arrive already encrypted: what every provider can do.

An object is written once and never changed. Keys are paths of lower-case letters, digits, `-`
and `_`, such as `claims/6f2a/0001`.
"""

from __future__ import annotations

import re
from typing import Protocol, cast

from sameboat import gateways
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings

KEY = re.compile(r"[a-z0-9_-]{1,64}(/[a-z0-9_-]{1,64}){0,7}\Z")


class FileMissing(Refusal):
    """There is no object of that key: it was never stored, or was deleted."""

    code = "file_missing"
    en = "The stored file {key} is missing."
    zh = "存储的文件 {key} 不存在。"


class FilesProvider(Protocol):
    """Every call is complete when it returns: what `put` stored survives a power cut."""

    def put(self, key: str, content: bytes) -> None:
        """Store an object. The same again does nothing; `GatewayKeyReused` for other content."""

    def get(self, key: str) -> bytes:
        """The object's bytes; `FileMissing` if there is none."""

    def exists(self, key: str) -> bool:
        """Whether there is an object of that key."""

    def delete(self, key: str) -> None:
        """Remove the object; does nothing if there is none."""


def provider() -> FilesProvider:
    """The provider that the settings name."""
    return cast(FilesProvider, gateways.load("files", settings().files_gateway))


def check_key(key: str) -> str:
    """The key itself; ours are made by the program, so a bad one is a mistake of ours."""
    assert KEY.match(key), f"not an object key: {key!r}"
    return key
