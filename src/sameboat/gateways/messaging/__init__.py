"""Short messages to phones: what every messaging provider can do.

The recipient's number and the content are personal: a provider never logs them, and stores them
at most sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

from sameboat import gateways
from sameboat.gateways.message_templates import TEMPLATES
from sameboat.runtime.refusals import Language
from sameboat.runtime.settings import settings

SEND_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one phone. `to` is an E.164 number such as `+8613800138000`.

    The key is stored in clear: never make it from a phone number or a name.
    """

    key: str
    to: str = field(repr=False)
    template: str
    data: Mapping[str, str] = field(repr=False)
    language: Language

    def __post_init__(self) -> None:
        assert self.key
        assert self.to.startswith("+") and self.to[1:].isdigit(), "a phone number is in E.164"
        blanks = TEMPLATES[self.template].blanks()
        assert frozenset(self.data) == blanks, f"{self.template} takes {sorted(blanks)}"


class MessagingProvider(Protocol):
    """One verb. The same key with the same content is sent once, with other content refused."""

    def send(self, *messages: Message, now: datetime) -> None:
        """Hand over up to `SEND_MAX` messages for delivery.

        `GatewayUnavailable` if some could not be: send all again, none is delivered twice.
        """


def link(path: str) -> str:
    """The address of a page of this installation, as a message gives it."""
    chosen = settings()
    if chosen.mode == "production":
        return f"https://{chosen.hosts[0]}{path}"
    return f"http://{chosen.hosts[0]}:{chosen.port}{path}"


def provider() -> MessagingProvider:
    """The provider that the settings name."""
    return cast(MessagingProvider, gateways.load("messaging", settings().messaging_gateway))
