"""What proof says to bytes that do not prove what they claim: a code for programs, a reason."""

from __future__ import annotations


class BadProof(Exception):
    """Bytes given from outside are malformed, or do not prove what they claim.

    `code` is stable and from a closed list (docs/rules/proof.md); `why` is an English sentence.
    """

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


class BadEntry(BadProof):
    """The bytes are no entry of the record: form, fields or a signature are wrong."""
