"""Signed notes (c2sp.org/signed-note): a text and the signature lines under it.

Two signature types are known: 0x01, Ed25519 over the text, which is how logs sign; and 0x04,
Ed25519 over the text with a time (c2sp.org/tlog-cosignature), which is how witnesses sign. 0x06
(ML-DSA-44) will be a third branch of `_verified_time` and `_PUBLIC_BYTES`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sameboat.proof.encoding import SIZE_END, base64_of, from_base64, from_hex
from sameboat.proof.errors import BadProof

ED25519 = 0x01
COSIGNATURE = 0x04
SIGNATURES_MAX = 64
NOTE_BYTES_MAX = 256_000

_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE: 32}
_ID_BYTES = 4
_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name and the signature type under which it signs notes."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that stand before each signature of this key."""
        named = self.name.encode("utf-8") + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """The vkey: name, key id and typed public key, joined by plus signs."""
        typed = base64_of(bytes([self.type]) + self.public)
        return f"{self.name}+{self.id.hex()}+{typed}"


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature under a note, not yet verified."""

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        """The line as it stands in the note, with its newline."""
        return f"{_DASH}{self.name} {base64_of(self.id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart, nothing verified yet. `text` includes its last newline."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def __str__(self) -> str:
        """The note as it travels."""
        return self.text + "\n" + "".join(map(str, self.signatures))


@dataclass(frozen=True, slots=True)
class Signed:
    """A key whose signature under a note is good; `time` in POSIX seconds for cosignatures."""

    key: VerifierKey
    time: int | None


def verifier_key(name: str, type_: int, public: bytes) -> VerifierKey:
    """Make a verifier key; raises BadProof for a name or a key that notes cannot carry."""
    if not _is_key_name(name):
        raise BadProof("bad_key", f"no key name: {name[:80]!r}")
    if type_ not in _PUBLIC_BYTES:
        raise BadProof("bad_key", f"signature type 0x{type_:02x} is not known here")
    if len(public) != _PUBLIC_BYTES[type_]:
        raise BadProof("bad_key", f"a public key of {len(public)} bytes")
    return VerifierKey(name, type_, public)


def parse_vkey(text: str) -> VerifierKey:
    """Read a vkey; raises BadProof unless its key id is the one of its name and key."""
    # The base64 part may hold plus signs, the name and the id may not.
    name, *rest = text.split("+", 2)
    if len(rest) != 2:
        raise BadProof("bad_key", f"not a vkey: {text[:80]!r}")
    typed = from_base64(rest[1], code="bad_key")
    if not typed:
        raise BadProof("bad_key", "a vkey without a key")
    key = verifier_key(name, typed[0], typed[1:])
    if from_hex(rest[0], size=_ID_BYTES, what="the key id", code="bad_key") != key.id:
        raise BadProof("bad_key", f"the key id {rest[0]} is not the one of this name and key")
    return key


def parse_note(data: bytes) -> Note:
    """Take a note apart, strictly; raises BadProof. Nothing is verified yet."""
    if len(data) > NOTE_BYTES_MAX:
        raise BadProof("too_long", f"a note of {len(data)} bytes; at most {NOTE_BYTES_MAX}")
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadProof("bad_note", "a note must be UTF-8") from None
    if any(character < " " and character != "\n" for character in note):
        raise BadProof("bad_note", "a note holds no control characters")
    text, empty_line, block = note.rpartition("\n\n")
    if not empty_line or not block.endswith("\n"):
        raise BadProof("bad_note", "a text, an empty line and signature lines are wanted")
    lines = block[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise BadProof("too_long", f"{len(lines)} signatures; at most {SIGNATURES_MAX}")
    return Note(text + "\n", tuple(parse_signature_line(line) for line in lines))


def parse_signature_line(line: str) -> SignatureLine:
    """Read one signature line, without its newline; raises BadProof."""
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _is_key_name(name):
        raise BadProof("bad_note", f"not a signature line: {line[:80]!r}")
    raw = from_base64(encoded, code="bad_note")
    if len(raw) <= _ID_BYTES:
        raise BadProof("bad_note", "a signature line without a signature")
    return SignatureLine(name, raw[:_ID_BYTES], raw[_ID_BYTES:])


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> tuple[Signed, ...]:
    """Whose good signatures the note carries, each key once, in the order of the note.

    Signatures of unknown keys are ignored. One bad signature by a known key rejects the whole
    note, and so does having no known signature at all: BadProof.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.id), key) != key:
            raise BadProof("bad_key", f"two keys share the name and the id of {key.name}")
    good: dict[VerifierKey, Signed] = {}
    for line in note.signatures:
        if found := known.get((line.name, line.id)):
            signed = Signed(found, _verified_time(note.text, found, line.signature))
            good.setdefault(found, signed)
    if not good:
        raise BadProof("no_known_signature", "no signature by a key of the policy")
    return tuple(good.values())


def sign_note(text: str, *, name: str, key: Ed25519PrivateKey) -> SignatureLine:
    """Sign a note's text with a key of type 0x01."""
    return _line(text, name, ED25519, key, key.sign(text.encode("utf-8")))


def cosign_note(text: str, *, name: str, key: Ed25519PrivateKey, time: int) -> SignatureLine:
    """Cosign a checkpoint's text with a key of type 0x04; `time` is POSIX seconds."""
    assert 0 <= time < SIZE_END
    signature = key.sign(_cosigned(text, time))
    return _line(text, name, COSIGNATURE, key, time.to_bytes(_TIME_BYTES, "big") + signature)


def _line(
    text: str, name: str, type_: int, key: Ed25519PrivateKey, signature: bytes
) -> SignatureLine:
    assert text.endswith("\n")
    public = verifier_key(name, type_, key.public_key().public_bytes_raw())
    return SignatureLine(name, public.id, signature)


def _verified_time(text: str, key: VerifierKey, signature: bytes) -> int | None:
    """Verify one signature; the time it states, if its type states one. Raises BadProof."""
    time, message = None, text.encode("utf-8")
    if key.type == COSIGNATURE:
        time = int.from_bytes(signature[:_TIME_BYTES], "big")
        signature, message = signature[_TIME_BYTES:], _cosigned(text, time)
    try:
        if len(signature) != _SIGNATURE_BYTES or (time or 0) >= SIZE_END:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        raise BadProof("bad_signature", f"the signature by {key.name} does not verify") from None
    return time


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _is_key_name(name: str) -> bool:
    return bool(name) and not any(c.isspace() or c == "+" or c < " " for c in name)
