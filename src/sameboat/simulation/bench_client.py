"""The client's side of the join bench, as light as it can be: it shares the machine's cores."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

TIMEOUT_SECONDS = 60
CREATED = 201


@dataclass(frozen=True, slots=True)
class Joiner:
    """Somebody who is verified and signed in."""

    token: str = field(repr=False)
    person_ref: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What joining took: the seconds that each waited, and the client's own processor time."""

    waited: list[float]
    processor_seconds: float


def join_all(port: int, body: dict[str, object], joiners: Sequence[Joiner]) -> Spent:
    """Join one after the other on one connection that is kept open."""
    waited = []
    begun = time.process_time()
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    for joiner in joiners:
        content = json.dumps(body | {"person_ref": joiner.person_ref}).encode()
        headers = {
            "Authorization": f"Bearer {joiner.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        begin = time.perf_counter()
        server.request("POST", "/api/v1/memberships", body=content, headers=headers)
        answer = server.getresponse()
        told = answer.read()
        waited.append(time.perf_counter() - begin)
        assert answer.status == CREATED, told[:300]
    server.close()
    return Spent(waited, time.process_time() - begun)
