"""Tree heads (c2sp.org/tlog-checkpoint): the origin, the size and the root, as a note's text."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sameboat.proof.encoding import HASH_BYTES, base64_of, from_base64, from_decimal
from sameboat.proof.errors import BadProof
from sameboat.proof.note import Note, sign_note


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: which log, how many leaves, which root. We write no `extensions`."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that the log signs and witnesses cosign."""
        lines = (self.origin, str(self.size), base64_of(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint's note, strictly; raises BadProof. No signature is checked."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or not all(lines):
        raise BadProof("bad_checkpoint", "three lines or more, none empty, are wanted")
    origin, size, root, *extensions = lines
    found = from_base64(root, code="bad_checkpoint")
    if len(found) != HASH_BYTES:
        raise BadProof("bad_checkpoint", f"a root of {len(found)} bytes")
    count = from_decimal(size, what="the tree size", code="bad_checkpoint")
    return Checkpoint(origin, count, found, tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> Note:
    """Sign a tree head with the log's key, under the origin's name."""
    line = sign_note(checkpoint.text, name=checkpoint.origin, key=key)
    return Note(checkpoint.text, (line,))
