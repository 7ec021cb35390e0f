"""A messaging provider of its own: messages stay in a table, sealed, and pages may show them.

Nothing leaves the machine. `outbox` is for the sandbox page in demo mode and for tests; in
production it is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from sameboat.gateways import GatewayKeyReused
from sameboat.gateways.message_templates import render
from sameboat.gateways.messaging import Message
from sameboat.gateways.models import SandboxMessage
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Language, Refusal
from sameboat.runtime.sealing import blind_index, open_sealed, seal
from sameboat.runtime.settings import settings

# Both keys stand in the key store under this name: one seals, the other makes the blind index.
_KEYS = "sandbox_messages"
OUTBOX_MAX = 100


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as its recipient would have read it."""

    template: str
    text: str = field(repr=False)
    data: dict[str, str] = field(repr=False)
    sent_at: datetime


class OutboxHidden(Refusal):
    """Somebody asked to read messages outside the demo."""

    code = "outbox_hidden"
    en = "Messages can be read here in demo mode only."
    zh = "只有演示模式可以在此查看短信。"


def send(message: Message, *, now: datetime) -> None:
    """Keep the message, sealed."""
    content = json.dumps(
        {"to": message.to, "data": dict(message.data)}, ensure_ascii=False, sort_keys=True
    )
    index_key = keystore().get_or_create("index", _KEYS)
    digest = blind_index(index_key, message.template, message.language, content)
    seal_key = keystore().get_or_create("message", _KEYS)
    row = SandboxMessage(
        key=message.key,
        recipient_index=blind_index(index_key, message.to),
        digest=digest,
        template=message.template,
        language=message.language,
        sealed=seal(seal_key, content.encode(), associated=_associated(message.key)),
        sent_at=now,
    )
    SandboxMessage.objects.bulk_create([row], ignore_conflicts=True)
    kept = SandboxMessage.objects.values_list("digest", flat=True).get(key=message.key)
    if bytes(kept) != digest:
        raise GatewayKeyReused(key=message.key)


def outbox(*, to: str, limit: int = OUTBOX_MAX) -> list[SentMessage]:
    """The latest messages to one phone, newest first. Not in production."""
    if settings().mode == "production":
        raise OutboxHidden()
    assert 0 < limit <= OUTBOX_MAX
    index = blind_index(keystore().get_or_create("index", _KEYS), to)
    rows = SandboxMessage.objects.filter(recipient_index=index).order_by("-sent_at", "-id")
    return [_open(row) for row in rows[:limit]]


def _open(row: SandboxMessage) -> SentMessage:
    key = keystore().get("message", _KEYS)
    content = json.loads(open_sealed(key, bytes(row.sealed), associated=_associated(row.key)))
    data: dict[str, str] = content["data"]
    language: Language = "zh" if row.language == "zh" else "en"
    return SentMessage(
        template=row.template,
        text=render(row.template, data, language=language),
        data=data,
        sent_at=row.sent_at,
    )


def _associated(key: str) -> bytes:
    return f"gateways_sandboxmessage\0{key}".encode()
