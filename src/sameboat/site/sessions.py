"""What a session holds is sealed before it reaches the database.

During a sign-in by code the session carries the phone number and the code; neither may stand
readable in a table, its log or a backup.
"""

from __future__ import annotations

import base64
import json

from django.conf import settings

from sameboat.runtime import sealing

ASSOCIATED = b"session"


class SealedSerializer:
    """Session serializer: JSON, sealed under a key derived from the secret key."""

    def dumps(self, obj: object) -> bytes:
        plaintext = json.dumps(obj, separators=(",", ":")).encode()
        return sealing.seal(_key(), plaintext, associated=ASSOCIATED)

    def loads(self, data: bytes) -> object:
        # SealBroken reads as bad data, and Django then starts an empty session.
        return json.loads(sealing.open_sealed(_key(), data, associated=ASSOCIATED))


def _key() -> bytes:
    return sealing.blind_index(base64.b64decode(settings.SECRET_KEY), "session")
