"""The same request many times has one effect and gets one answer, at once or much later."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from sameboat.runtime.keys import keystore
from sameboat.runtime.models import IdempotencyKey
from sameboat.runtime.prepared import prepared
from sameboat.runtime.refusals import Refusal

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
KEY_LENGTH_MAX = 80

CLAIM_KEY = """
INSERT INTO runtime_idempotencykey (scope, key, verb, body_hash, created_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (scope, key) DO NOTHING
"""
KEEP_ANSWER = """
UPDATE runtime_idempotencykey SET answer = %s::jsonb WHERE scope = %s AND key = %s
"""


class KeyReused(Refusal):
    """A key came again with another request behind it."""

    code = "idempotency_key_reused"
    en = "This idempotency key was used for another request; send a new key."
    zh = "这个幂等键已用于另一个请求，请换一个新的键。"


class BadKey(Refusal):
    """The key is empty or too long."""

    code = "idempotency_key_malformed"
    en = "An idempotency key has 1 to 80 characters."
    zh = "幂等键的长度应为 1 到 80 个字符。"


@dataclass(frozen=True)
class Answer:
    """What a caller is told: an HTTP status and a JSON body. It may not hold personal data."""

    status: int
    body: Json


def once(
    *,
    scope: str,
    key: str,
    verb: str,
    body: bytes,
    do: Callable[[], Answer],
    now: datetime,
) -> Answer:
    """Call `do` for the first request under (scope, key); give its answer to every later one.

    One transaction holds the key, the effect and the answer. Equal requests that come meanwhile
    wait at the unique key for its end: then they find the answer, or, if `do` raised, the first of
    them takes its turn. What `do` raises is not kept: nothing was done, so it may be tried again.
    """
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        raise BadKey()
    body_hash = _keyed_hash(body)
    with transaction.atomic(), prepared() as cursor:
        cursor.execute(CLAIM_KEY, [scope, key, verb, body_hash, now])
        if cursor.rowcount == 1:
            answer = do()
            cursor.execute(KEEP_ANSWER, [json.dumps(asdict(answer)), scope, key])
            return answer
    row = IdempotencyKey.objects.get(scope=scope, key=key)
    if row.verb != verb or bytes(row.body_hash) != body_hash:
        raise KeyReused()
    assert row.answer is not None
    return Answer(status=row.answer["status"], body=row.answer["body"])


def _keyed_hash(body: bytes) -> bytes:
    """A body may hold a name and an ID number: a bare hash would tell whoever guesses them."""
    return hmac.digest(keystore().get_or_create("index", "idempotency"), body, hashlib.sha256)
