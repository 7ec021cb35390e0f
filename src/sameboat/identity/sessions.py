"""Sessions in the database, under a hash of their key.

Who holds the key is signed in. A table, its log or a backup knows only the hash, so whoever reads
one can sign in as nobody.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as StoreByKey
from django.contrib.sessions.base_session import AbstractBaseSession

LENGTH = 40
"""What the column holds: 160 bits of the hash."""


def stored(session_key: str) -> str:
    """What stands in the database for a session key."""
    return sha256(session_key.encode()).hexdigest()[:LENGTH]


class SessionStore(StoreByKey):
    """Django's sessions in the database; the key itself stays with whoever was given it."""

    def exists(self, session_key: str) -> bool:
        return super().exists(stored(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        made = super().create_model_instance(data)
        made.session_key = stored(made.session_key)
        return made

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(stored(key))

    def load(self) -> dict[str, Any]:
        # Django looks for the key that the store has, and drops it where nothing is found.
        key = self._session_key
        assert key is not None
        self._session_key = stored(key)
        found = super().load()
        self._session_key = key if self._session_key is not None else None
        return found
