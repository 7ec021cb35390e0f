"""A messaging provider of its own: messages stay in a table, sealed, and pages may show them.

Nothing leaves the machine. `outbox` is for the sandbox page in demo mode and for tests; in
production it is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from sameboat.gateways import GatewayKeyReused
from sameboat.gateways.message_templates import render
from sameboat.gateways.messaging import SEND_MAX, Message
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


def send(*messages: Message, now: datetime) -> None:
    """Keep the messages, sealed; all of them or none."""
    assert len(messages) <= SEND_MAX
    index_key = keystore().get_or_create("index", _KEYS)
    seal_key = keystore().get_or_create("message", _KEYS)
    rows = [_row(message, index_key=index_key, seal_key=seal_key, now=now) for message in messages]
    digests = {row.key: row.digest for row in rows}
    with transaction.atomic():
        SandboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
        kept = SandboxMessage.objects.filter(key__in=digests).values_list("key", "digest")
        for key, digest in kept:
            if bytes(digest) != digests[key]:
                raise GatewayKeyReused(key=key)


def outbox(*, to: str, limit: int = OUTBOX_MAX) -> list[SentMessage]:
    """The latest messages to one phone, newest first. Not in production."""
    if settings().mode == "production":
        raise OutboxHidden()
    assert 0 < limit <= OUTBOX_MAX
    index = blind_index(keystore().get_or_create("index", _KEYS), to)
    rows = SandboxMessage.objects.filter(recipient_index=index).order_by("-sent_at", "-id")
    return [_open(row) for row in rows[:limit]]


def _row(message: Message, *, index_key: bytes, seal_key: bytes, now: datetime) -> SandboxMessage:
    content = json.dumps(
        {"to": message.to, "data": dict(message.data)}, ensure_ascii=False, sort_keys=True
    )
    return SandboxMessage(
        key=message.key,
        recipient_index=blind_index(index_key, message.to),
        digest=blind_index(index_key, message.template, message.language, content),
        template=message.template,
        language=message.language,
        sealed=seal(seal_key, content.encode(), associated=_associated(message.key)),
        sent_at=now,
    )


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
