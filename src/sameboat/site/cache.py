"""Keys of the cache are hashed under the installation's own key.

Limits on signing in are counted by phone number and by address; from a bare hash in a table or a
backup, whoever guesses a number could tell that it was here.
"""

from __future__ import annotations

import base64

from django.conf import settings

from sameboat.runtime import sealing


def keyed(key: str, key_prefix: str, version: int) -> str:
    """Django's `KEY_FUNCTION`: the same key gives the same 64 hex digits here and nowhere else."""
    return sealing.blind_index(_key(), key_prefix, str(version), key).hex()


def _key() -> bytes:
    return sealing.blind_index(base64.b64decode(settings.SECRET_KEY), "cache")
