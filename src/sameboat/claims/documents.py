"""Documents at rest: the committed original and the viewing copy, both encrypted in the file store.

Each claim has a data key (`claim/<ref>` in the key store); destroying it erases the documents, and
every proof of the record still verifies. The original is sealed with its salt behind it and with
its commitment as associated data, so that a document which opens is the one on the record.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sameboat.claims.models import Evidence
from sameboat.claims.viewing import viewing_copy
from sameboat.gateways import files
from sameboat.proof.commitment import SALT_BYTES, Opening
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.sealing import SealBroken, open_sealed, seal


class DocumentTampered(Refusal):
    """A stored document is not the one that was handed in: it was changed, swapped or moved."""

    code = "document_tampered"
    en = "The stored document {evidence} is not what was handed in: it was changed or swapped."
    zh = "存储的凭证 {evidence} 与提交时不一致：它被改动或替换过。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A document in the file store, before its row is written."""

    commitment: bytes
    media_type: str
    length: int
    original_key: str
    viewing_key: str
    viewing_hash: bytes


def keep(*, claim_ref: str, ref: str, content: bytes) -> Kept:
    """Make the viewing copy of `content`, commit to the original, and store both encrypted.

    `ref` is the new document's own reference. Refuses what cannot be shown (`claims.viewing`).
    """
    copy = viewing_copy(content)
    salt = secrets.token_bytes(SALT_BYTES)
    commitment = _opening(content, salt).commitment()
    kept = Kept(
        commitment=commitment,
        media_type=copy.original_type,
        length=len(content),
        original_key=f"claims/{claim_ref}/{ref}/original",
        viewing_key=f"claims/{claim_ref}/{ref}/viewing",
        viewing_hash=hashlib.sha256(copy.content).digest(),
    )
    key, store = keystore().get("claim", claim_ref), files.provider()
    store.put(kept.original_key, seal(key, content + salt, associated=commitment))
    store.put(kept.viewing_key, seal(key, copy.content, associated=_viewing_of(ref)))
    return kept


def forget(*keys: str) -> None:
    """Take files out of the store for good."""
    for key in keys:
        files.provider().delete(key)


def original(evidence: Evidence) -> tuple[bytes, Opening]:
    """The original bytes and what opens their commitment; `DocumentTampered` if they are others.

    Refuses with `FileMissing` or `KeyDestroyed` what is lost or erased.
    """
    commitment = bytes(evidence.commitment)
    plain = _open(evidence, evidence.original_key, associated=commitment)
    content, salt = plain[:-SALT_BYTES], plain[-SALT_BYTES:]
    opening = _opening(content, salt)
    if not hmac.compare_digest(opening.commitment(), commitment):
        raise DocumentTampered(evidence=evidence.ref)
    return content, opening


def viewing(evidence: Evidence) -> tuple[bytes, str]:
    """What people may see of a document, and its media type; `DocumentTampered` if changed."""
    content = _open(evidence, evidence.viewing_key, associated=_viewing_of(evidence.ref))
    if hashlib.sha256(content).digest() != bytes(evidence.viewing_hash):
        raise DocumentTampered(evidence=evidence.ref)
    return content, "application/pdf" if content.startswith(b"%PDF-") else "image/jpeg"


def _open(evidence: Evidence, place: str, *, associated: bytes) -> bytes:
    # The key comes first: a file that is gone with its key was erased, and is not lost.
    key = keystore().get("claim", evidence.claim.ref)
    sealed = files.provider().get(place)
    try:
        return open_sealed(key, sealed, associated=associated)
    except SealBroken:
        raise DocumentTampered(evidence=evidence.ref) from None


def _opening(content: bytes, salt: bytes) -> Opening:
    return Opening(salt=salt, file=hashlib.sha256(content).digest(), length=len(content))


def _viewing_of(ref: str) -> bytes:
    return b"claims.viewing\0" + ref.encode()
