"""Commitments: what stands on the record instead of a document or a membership."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sameboat.proof.canonical import canonical, fields_of, parse_canonical
from sameboat.proof.encoding import HASH_BYTES, from_hex, natural
from sameboat.proof.entry import CHAIN_BYTES

COMMIT_DOMAIN = b"evidence-commit/v1\0"
CLAIMANT_DOMAIN = b"sameboat/claimant/v1\0"
OBJECTOR_DOMAIN = b"sameboat/objector/v1\0"
SALT_BYTES = 32
MEMBERSHIP_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens the commitment to one document; its holder keeps it, the record never sees it."""

    salt: bytes
    file: bytes
    """SHA-256 of the original file."""
    length: int
    """Bytes of the original file."""

    def commitment(self) -> bytes:
        """The commitment that stands on the record."""
        assert len(self.salt) == SALT_BYTES
        assert len(self.file) == HASH_BYTES
        data = COMMIT_DOMAIN + self.salt + self.file + self.length.to_bytes(8, "big")
        return hashlib.sha256(data).digest()

    def to_bytes(self) -> bytes:
        """The opening's file (`N.opening.json`)."""
        return canonical(
            {
                "v": 1,
                "type": "opening",
                "salt": self.salt.hex(),
                "file": self.file.hex(),
                "length": self.length,
            }
        )


def parse_opening(data: bytes) -> Opening:
    """Read an opening's file; raises BadProof."""
    value = parse_canonical(data.removesuffix(b"\n"))
    fields_of(value, "opening", ("salt", "file", "length"), code="bad_opening")
    return Opening(
        salt=from_hex(value["salt"], size=SALT_BYTES, what="salt", code="bad_opening"),
        file=from_hex(value["file"], size=HASH_BYTES, what="file", code="bad_opening"),
        length=natural(value["length"], what="length", code="bad_opening"),
    )


def claimant(membership_key: bytes) -> bytes:
    """The hash by which a claimant's membership is counted without being known."""
    assert len(membership_key) == MEMBERSHIP_KEY_BYTES
    return hashlib.sha256(CLAIMANT_DOMAIN + membership_key).digest()


def objector(membership_key: bytes, claim: bytes) -> bytes:
    """The hash by which objections of one membership to one claim (its chain) are counted."""
    assert len(membership_key) == MEMBERSHIP_KEY_BYTES
    assert len(claim) == CHAIN_BYTES
    return hashlib.sha256(OBJECTOR_DOMAIN + membership_key + claim).digest()
