"""Sealing of personal data, and look-ups in it without opening it.

A sealed value is `version (1 byte) || nonce (12) || AES-256-GCM ciphertext and tag`. What it
belongs to (table, column, row) is `associated`, so that a value moved elsewhere does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sameboat.runtime.refusals import Refusal

VERSION = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32


class SealBroken(Refusal):
    """A sealed value does not open: another key, another place, or changed bytes."""

    code = "seal_broken"
    en = "This stored value cannot be opened: it was changed, moved or sealed with another key."
    zh = "无法打开该密文：它被改动、移动，或是用另一把密钥加密的。"


def seal(key: bytes, plaintext: bytes, *, associated: bytes) -> bytes:
    """Encrypt `plaintext` under `key` (32 bytes), bound to `associated`."""
    assert len(key) == KEY_BYTES
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, associated)


def open_sealed(key: bytes, sealed: bytes, *, associated: bytes) -> bytes:
    """The plaintext of `sealed`; refuses what was not sealed by `key` for `associated`."""
    assert len(key) == KEY_BYTES
    if len(sealed) < 1 + NONCE_BYTES + TAG_BYTES or sealed[:1] != VERSION:
        raise SealBroken()
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, associated)
    except InvalidTag:
        raise SealBroken() from None


def blind_index(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA-256 of `parts`, each with its length before it: equal only if every part is."""
    assert len(key) == KEY_BYTES
    assert parts
    digest = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()
