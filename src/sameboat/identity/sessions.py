"""Sessions in the database, under a hash of their key, each with the login that it is of.

Who holds the key is signed in. A table, its log or a backup knows only the hash, so whoever reads
one can sign in as nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import url_str_to_user_pk
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as StoreByKey

from sameboat.identity.models import Session

LENGTH = 40
"""What the column holds: 160 bits of the hash."""


def stored(session_key: str) -> str:
    """What stands in the database for a session key."""
    return sha256(session_key.encode()).hexdigest()[:LENGTH]


def login_of(data: Mapping[str, Any]) -> int | None:
    """Whose a session with these data is: who is signed in, or was sent a code."""
    if SESSION_KEY in data:
        return int(data[SESSION_KEY])
    asked = (data.get(LOGIN_SESSION_KEY) or {}).get("user_pk")
    return int(url_str_to_user_pk(asked)) if asked else None


class SessionStore(StoreByKey):
    """Django's sessions in the database; the key itself stays with whoever was given it."""

    def exists(self, session_key: str) -> bool:
        return super().exists(stored(session_key))

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = super().create_model_instance(data)
        assert isinstance(made, Session)
        made.session_key = stored(made.session_key)
        made.login_id = login_of(data)
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
