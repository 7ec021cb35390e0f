"""The receipt's file format (c2sp.org/tlog-proof@v1): an index, a path and a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from sameboat.proof.encoding import HASH_BYTES, base64_of, from_base64, from_decimal
from sameboat.proof.errors import BadProof

HEADER = "c2sp.org/tlog-proof@v1"
PATH_MAX = 63
PROOF_BYTES_MAX = 512_000


@dataclass(frozen=True, slots=True)
class TlogProof:
    """That the leaf at `index` is in the tree of `checkpoint` (a signed note, verbatim)."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None
    """Opaque and signed by nobody."""

    def __str__(self) -> str:
        """The file's text."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64_of(self.extra)}")
        lines.append(f"index {self.index}")
        lines.extend(map(base64_of, self.path))
        return "\n".join(lines) + "\n\n" + self.checkpoint


def parse_tlog_proof(data: bytes) -> TlogProof:
    """Read a tlog-proof, strictly; raises BadProof. Neither path nor checkpoint is verified yet."""
    if len(data) > PROOF_BYTES_MAX:
        raise BadProof("too_long", f"a proof of {len(data)} bytes; at most {PROOF_BYTES_MAX}")
    try:
        head, empty_line, checkpoint = data.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        raise BadProof("bad_tlog_proof", "a proof must be UTF-8") from None
    if not empty_line or not checkpoint:
        raise BadProof("bad_tlog_proof", "an empty line and a checkpoint are wanted")
    header, *lines = head.split("\n")
    if header != HEADER:
        raise BadProof("bad_tlog_proof", f"the first line must be {HEADER}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "), code="bad_tlog_proof")
    if not lines or not lines[0].startswith("index "):
        raise BadProof("bad_tlog_proof", "the line with the index is missing")
    number = lines.pop(0).removeprefix("index ")
    index = from_decimal(number, what="the index", code="bad_tlog_proof")
    if len(lines) > PATH_MAX:
        raise BadProof("too_long", f"a path of {len(lines)} hashes; at most {PATH_MAX}")
    return TlogProof(index, tuple(map(_hash, lines)), checkpoint, extra)


def _hash(line: str) -> bytes:
    found = from_base64(line, code="bad_tlog_proof")
    if len(found) != HASH_BYTES:
        raise BadProof("bad_tlog_proof", f"a hash of {len(found)} bytes")
    return found
