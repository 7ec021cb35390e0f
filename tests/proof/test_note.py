"""Signed notes, checkpoints and cosignatures."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from proof.evidence import ORIGIN, bytes_of, key_of, public_of
from proof.vectors import load, needs_vectors
from sameboat.proof.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from sameboat.proof.errors import BadProof
from sameboat.proof.merkle import verify_consistency
from sameboat.proof.note import (
    COSIGNATURE,
    ED25519,
    Note,
    cosign_note,
    parse_note,
    parse_vkey,
    sign_note,
    verifier_key,
    verify_note,
)

TEXT = "The boat is the same for all.\n\nSecond paragraph.\n"
ANA = verifier_key("ana.example", ED25519, public_of("ana"))
HAO = verifier_key("hao.example", COSIGNATURE, public_of("hao"))


def signed() -> Note:
    lines = (
        sign_note(TEXT, name="ana.example", key=key_of("ana")),
        cosign_note(TEXT, name="hao.example", key=key_of("hao"), time=1_679_315_147),
    )
    return Note(TEXT, lines)


def code_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(BadProof) as caught:
        call(*arguments)
    return caught.value.code


def test_a_note_is_read_back_and_verified() -> None:
    note = parse_note(str(signed()).encode())
    assert note == signed()
    good = verify_note(note, [ANA, HAO])
    assert [(one.key, one.time) for one in good] == [(ANA, None), (HAO, 1_679_315_147)]


def test_unknown_signatures_are_ignored_but_one_known_is_needed() -> None:
    assert [one.key for one in verify_note(signed(), [HAO])] == [HAO]
    stranger = verifier_key("ana.example", ED25519, public_of("stranger"))
    assert code_of(verify_note, signed(), [stranger]) == "no_known_signature"
    assert code_of(verify_note, signed(), []) == "no_known_signature"


@pytest.mark.parametrize("which", [0, 1])
def test_one_bad_signature_by_a_known_key_rejects_the_whole_note(which: int) -> None:
    note = signed()
    other = Note(TEXT + "!\n", note.signatures)
    lines = list(note.signatures)
    lines[which] = type(lines[which])(lines[which].name, lines[which].id, bytes(72 - 8 * which))
    for bad in (other, Note(TEXT, tuple(lines)), Note(TEXT, (*note.signatures, lines[which]))):
        assert code_of(verify_note, bad, [ANA, HAO]) == "bad_signature"


def test_a_cosignature_covers_its_time() -> None:
    line = signed().signatures[1]
    later = type(line)(line.name, line.id, (1_679_315_148).to_bytes(8, "big") + line.signature[8:])
    assert code_of(verify_note, Note(TEXT, (later,)), [HAO]) == "bad_signature"


def test_a_key_signs_under_one_type_only() -> None:
    """The same public key as log and as witness has two ids, and the messages differ."""
    as_log = verifier_key("hao.example", ED25519, public_of("hao"))
    assert as_log.id != HAO.id
    assert code_of(verify_note, signed(), [as_log]) == "no_known_signature"


@pytest.mark.parametrize(
    "note",
    [
        b"text\n",
        b"text\n\n",
        "text\n— a AAAAAAA=\n".encode(),
        "text\n\n— a AAAAAAA=".encode(),
        b"text\n\n- a AAAAAAA=\n",
        "text\n\n— a AAAAAA==\n".encode(),
        "text\n\n— a AAAAAAB=\n".encode(),
        "text\n\n— a  AAAAAAA=\n".encode(),
        "text\n\n— a+b AAAAAAA=\n".encode(),
        "text\n\n— a\N{NO-BREAK SPACE}b AAAAAAA=\n".encode(),
        "text\n\n—  AAAAAAA=\n".encode(),
        "te\txt\n\n— a AAAAAAA=\n".encode(),
        "text\r\n\n— a AAAAAAA=\n".encode(),
        b"te\xffxt\n\n" + "— a AAAAAAA=\n".encode(),
    ],
)
def test_a_note_of_another_form_is_refused(note: bytes) -> None:
    assert code_of(parse_note, note) == "bad_note"


def test_a_note_has_a_limit_of_signatures_but_takes_sixteen() -> None:
    line = "— a AAAAAAA=\n"
    assert len(parse_note(("text\n\n" + line * 16).encode()).signatures) == 16
    assert code_of(parse_note, ("text\n\n" + line * 65).encode()) == "too_long"


def test_a_vkey_is_read_back_and_its_id_must_be_its_own() -> None:
    assert parse_vkey(str(ANA)) == ANA
    assert parse_vkey(str(HAO)) == HAO
    name, id_, typed = str(ANA).split("+", 2)
    for bad in (
        f"{name}+{id_[:-1]}0+{typed}" if id_[-1] != "0" else f"{name}+{id_[:-1]}1+{typed}",
        f"{name}+{id_.upper()}x+{typed}",
        f"bob.example+{id_}+{typed}",
        f"{name}+{id_}",
        f"+{id_}+{typed}",
        f"{name}+{id_}+",
        f"{name}+{id_}+{typed[:-4]}",
    ):
        assert code_of(parse_vkey, bad) == "bad_key"
    assert code_of(verifier_key, "a", 0x06, bytes(1312)) == "bad_key"


def test_a_checkpoint_is_read_back() -> None:
    head = Checkpoint(ORIGIN, 20_852_163, bytes_of("root"))
    assert parse_checkpoint(head.text) == head
    extended = Checkpoint(ORIGIN, 0, bytes_of("root"), ("more",))
    assert parse_checkpoint(extended.text) == extended
    (signed_by,) = verify_note(
        sign_checkpoint(head, key_of("log")), [verifier_key(ORIGIN, ED25519, public_of("log"))]
    )
    assert signed_by.key.name == ORIGIN


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"o\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"o\n01\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n１\n{ROOT}\n",
        f"o\n{2**63}\n{ROOT}\n",
        f"o\n1\n{ROOT[:-4]}\n",
        f"o\n1\n{ROOT}\n\n",
        "o\n1\n",
    ],
)
def test_a_checkpoint_of_another_form_is_refused(text: str) -> None:
    assert code_of(parse_checkpoint, text) == "bad_checkpoint"


@needs_vectors
def test_the_example_of_the_specification_verifies() -> None:
    example = load("c2sp/signed_note_example.json")
    note = parse_note(example["note"].encode())
    (good,) = verify_note(note, [parse_vkey(example["vkey"])])
    assert good.key.name == "example.com/foo"
    assert str(note) == example["note"]
    assert str(good.key) == example["vkey"]


@needs_vectors
def test_the_cosigned_checkpoint_of_the_specification_is_read() -> None:
    example = load("c2sp/signed_note_example.json")
    note = parse_note(example["format_only_cosigned_checkpoint"].encode())
    assert parse_checkpoint(note.text).size == 20_852_163
    cosignature = note.signatures[1]
    assert len(cosignature.signature) == 72
    assert int.from_bytes(cosignature.signature[:8], "big") == example["cosigned_time"]


def _submission(body: str) -> tuple[int, list[bytes], bytes]:
    """An add-checkpoint request: the old size, the consistency proof, the note."""
    head, _, note = body.partition("\n\n")
    old, *proof = head.split("\n")
    return int(old.removeprefix("old ")), [base64.b64decode(line) for line in proof], note.encode()


@needs_vectors
def test_the_checkpoints_of_a_strangers_conversation_verify() -> None:
    """A witness's answers to nine requests, found from signatures and proofs alone."""
    talk = load("c2sp/litewitness_conversation.json")
    public = bytes.fromhex(talk["log_ed25519_pubkey_hex"])
    first = parse_checkpoint(parse_note(_submission(talk["requests"][0]["body"])[2]).text)
    key = verifier_key(first.origin, ED25519, public)
    size, root, answers = 0, b"", []
    for request in talk["requests"]:
        old, proof, data = _submission(request["body"])
        try:
            note = parse_note(data)
            verify_note(note, [key])
        except BadProof:
            # One signature has unused base64 bits set: no signature of a known key either way.
            answers.append(403)
            continue
        head = parse_checkpoint(note.text)
        if old != size:
            answers.append(409)
        elif old and not verify_consistency(
            size1=old, size2=head.size, root1=root, root2=head.root, proof=proof
        ):
            answers.append(422)
        else:
            size, root = head.size, head.root
            answers.append(200)
    assert answers == [request["status"] for request in talk["requests"]]


@needs_vectors
def test_a_strangers_ed25519_checkpoint_verifies() -> None:
    case = load("c2sp/litewitness_ed25519_checkpoint.json")
    note = parse_note(_submission(case["add_checkpoint_body"])[2])
    origin = parse_checkpoint(note.text).origin
    public = bytes.fromhex(case["log_ed25519_pubkey_hex"])
    assert verify_note(note, [verifier_key(origin, ED25519, public)])
