"""Signatures by which a receiver knows that a message is ours (Standard Webhooks, symmetric)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh secret as the receiver stores it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(
    *, ref: str, timestamp: int, body: bytes, with_secrets: Sequence[str]
) -> dict[str, str]:
    """The three headers; of two secrets, each signs, and the receiver takes the one it knows."""
    name = f"evt_{ref}"
    signed = b".".join((name.encode(), str(timestamp).encode(), body))
    signatures = [f"v1,{_signature(secret, signed)}" for secret in with_secrets]
    return {
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
