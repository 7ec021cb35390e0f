"""Policies: the C2SP file, our wrapper, and what they say of a checkpoint."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proof.evidence import (
    LOCAL,
    ORIGIN,
    SUBMITTERS,
    WITNESSED,
    WITNESSES,
    Log,
    key_of,
    policy,
    policy_file,
    public_of,
    submitter,
    tlog_policy,
)
from proof.vectors import load, needs_vectors
from sameboat.proof.canonical import canonical
from sameboat.proof.errors import BadProof
from sameboat.proof.note import COSIGNATURE, ED25519, Note, cosign_note, sign_note, verifier_key
from sameboat.proof.policy import attest, parse_policy, policy_bytes, policy_object
from sameboat.proof.tlogpolicy import parse_tlog_policy


def vkey(name: str, type_: int = COSIGNATURE) -> str:
    return str(verifier_key(f"{name}.example", type_, public_of(name)))


LOG = f"log {vkey('log', ED25519)}"
W1, W2, W3 = (f"witness w{n} {vkey(f'w{n}')}" for n in (1, 2, 3))
Q = "quorum none"

REFUSED = {
    "disallowed control octet (0x01)": [W1, "# \x01", Q],
    "CRLF line ends": [W1 + "\r", Q],
    "unknown keyword": [W1, "witnesses w2", Q],
    "inline comment after url": [W1 + " https://w1.example # ours", Q],
    "log without vkey": ["log", Q],
    "invalid vkey": ["log example.com+12345678+AAAA", Q],
    "unknown key type": ["witness w1 " + "w+00000000+AgAA", Q],
    "duplicate log public key": [LOG, f"log {verifier_key('x', ED25519, public_of('log'))}", Q],
    "witness with 0x01 or 0x02 vkey (must be 0x04/0x06)": [f"witness w1 {vkey('w1', ED25519)}", Q],
    "witness named none": [f"witness none {vkey('w1')}", Q],
    "duplicate names": [W1, f"witness w1 {vkey('w2')}", Q],
    "group without members": [W1, "group g any", Q],
    "threshold 0, negative, or above n": [W1, W2, "group g 3 w1 w2", Q],
    "unknown or forward member": [W1, "group g any w1 w2", W2, Q],
    "none as member": [W1, "group g any w1 none", Q],
    "member repeated within or across groups": [W1, W2, "group g any w1", "group h all w1 w2", Q],
    "no quorum or two quorum lines": [W1, Q, "quorum w1"],
    "quorum name undefined or defined later": ["quorum w1", W1],
    "two witnesses with one public key under different names": [
        W1,
        f"witness w2 {verifier_key('other.example', COSIGNATURE, public_of('w1'))}",
        Q,
    ],
}
ALSO_REFUSED = [
    [W1, W2, "group g 0 w1 w2", Q],
    [W1, W2, "group g -1 w1 w2", Q],
    [W1, W2, "group g 1 w1 w1", Q],
    [W1],
    [f"log {vkey('log')}", Q],
    ["quorum"],
]


def text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.parametrize("lines", [*REFUSED.values(), *ALSO_REFUSED])
def test_a_policy_file_with_a_mistake_is_refused(lines: list[str]) -> None:
    with pytest.raises(BadProof) as caught:
        parse_tlog_policy(text(lines))
    assert caught.value.code in {"bad_policy", "bad_key"}


@needs_vectors
def test_each_mistake_that_others_list_is_tried_here() -> None:
    assert set(load("c2sp/tlog_policy_cases.json")["reject"]) == REFUSED.keys()


@needs_vectors
def test_the_groups_that_others_wrote_are_evaluated_as_they_say() -> None:
    case = load("c2sp/tlog_policy_cases.json")["satisfied"]
    lines = [line.replace("V", "{}") for line in case["policy"]]
    lines = [line.replace(f"{{}}{n}", vkey(f"w{n}")) for n, line in enumerate(lines, start=1)]
    found = parse_tlog_policy(text(lines))
    assert all(found.satisfied(names) for names in case["true"])
    assert not any(found.satisfied(names) for names in case["false"])


@needs_vectors
def test_the_keys_that_others_wrote_are_read_but_are_no_witnesses() -> None:
    for name, key in load("c2sp/tlog_policy_cases.json")["plain_ed25519_vkeys_0x01"].items():
        log = parse_tlog_policy(text([f"log {key}", Q])).logs[0]
        assert (log.name, str(log)) == (name, key)
        with pytest.raises(BadProof, match="bad_policy"):
            parse_tlog_policy(text([f"witness {name} {key}", Q]))


def test_spaces_comments_and_addresses_are_taken() -> None:
    found = parse_tlog_policy(
        text(
            [
                "",
                " \t# ours",
                f"\t{LOG}   https://log.example ",
                W1,
                W2,
                "group 组 2 w1 w2",
                "quorum 组",
            ]
        )
    )
    assert found.urls[found.logs[0]] == "https://log.example"
    assert found.satisfied(["w1", "w2"])
    assert not found.satisfied(["w2"])


def test_names_are_octets_and_a_last_newline_is_wanted() -> None:
    octets = b"witness \xff " + vkey("w1").encode() + b"\nquorum \xff\n"
    assert parse_tlog_policy(octets).satisfied([b"\xff".decode("utf-8", "surrogateescape")])
    with pytest.raises(BadProof, match="newline"):
        parse_tlog_policy(octets[:-1])
    # A space that is not ASCII divides nothing.
    assert (
        "a\N{NO-BREAK SPACE}b"
        in parse_tlog_policy(text([f"witness a\N{NO-BREAK SPACE}b {vkey('w1')}", Q])).witnesses
    )


def changed(data: bytes, **fields: Any) -> bytes:
    value = json.loads(data) | fields
    return canonical({name: one for name, one in value.items() if one is not None})


@pytest.mark.parametrize(
    "data",
    [
        changed(LOCAL, v=True),
        changed(LOCAL, v=2),
        changed(LOCAL, type="entry"),
        changed(LOCAL, more=1),
        changed(LOCAL, independent=1),
        changed(LOCAL, independent=True),
        changed(LOCAL, version=0),
        changed(LOCAL, prev="00" * 32),
        changed(LOCAL, version=2),
        changed(LOCAL, ticket_key="00"),
        changed(LOCAL, keys=[]) + b" ",
        changed(LOCAL, keys=json.loads(LOCAL)["keys"][::-1]),
        changed(LOCAL, keys=json.loads(LOCAL)["keys"][:1] * 2),
        changed(LOCAL, tlog_policy="quorum none\n"),
        changed(WITNESSED, keys=json.loads(LOCAL)["keys"][:3]),
        changed(
            LOCAL,
            tlog_policy=tlog_policy()
            + f"witness w {verifier_key('w', COSIGNATURE, public_of('log'))}\n",
        ),
    ],
)
def test_a_wrapper_with_a_mistake_is_refused(data: bytes) -> None:
    with pytest.raises(BadProof):
        parse_policy(data)


@pytest.mark.parametrize(
    "keys",
    [
        [*SUBMITTERS[:-1], submitter("witness auditor", "Hospital", "witness")],
        [*SUBMITTERS[:-1], submitter("witness auditor", "Tongzhou", "witness")],
        [*SUBMITTERS[:-1], submitter("witness auditor", "Auditor", "auditor")],
    ],
    ids=["two keys of one organisation", "the operator's own", "not named as a witness"],
)
def test_independent_needs_an_outside_organisation_for_each_witness(keys: list[Any]) -> None:
    value = policy_object(
        tlog_policy=tlog_policy(WITNESSES, 3),
        ticket_key=public_of("ticket"),
        independent=True,
        version=1,
        prev=None,
        keys=keys,
    )
    with pytest.raises(BadProof, match="outside organisation"):
        policy_bytes(value)


def test_a_policy_is_moved_forward_only_by_its_next_version() -> None:
    first = policy()
    following = parse_policy(changed(LOCAL, version=2, prev=first.fingerprint.hex()))
    assert following.follows(first)
    assert not first.follows(following)
    assert not parse_policy(changed(LOCAL, version=2, prev="00" * 32)).follows(first)
    assert not parse_policy(changed(LOCAL, version=3, prev=first.fingerprint.hex())).follows(first)
    assert parse_policy(LOCAL + b"\n").fingerprint == first.fingerprint


@pytest.mark.parametrize(
    ("file", "witnesses", "says"),
    [
        (LOCAL, (), "LOCAL"),
        (LOCAL, WITNESSES, "LOCAL"),
        (WITNESSED, WITNESSES[:3], "WITNESSED 3/4"),
        (WITNESSED, WITNESSES, "WITNESSED 4/4"),
        (policy_file(witnesses=WITNESSES, quorum=2), WITNESSES[1:], "DEMO 3/4"),
    ],
)
def test_a_tree_head_is_said_to_be_what_the_policy_makes_it(
    file: bytes, witnesses: tuple[str, ...], says: str
) -> None:
    found = attest(policy(file), str(Log(witnesses=witnesses).note()).encode())
    assert str(found) == says


def code(file: bytes, note: Note) -> str:
    with pytest.raises(BadProof) as caught:
        attest(policy(file), str(note).encode())
    return caught.value.code


def test_a_tree_head_without_quorum_or_log_is_refused() -> None:
    assert code(WITNESSED, Log(witnesses=WITNESSES[:2]).note()) == "no_quorum"
    assert code(LOCAL, Log().note(log_key="mallory")) == "no_known_signature"
    only_witnesses = Log(witnesses=WITNESSES).note(log_key="mallory")
    assert code(WITNESSED, only_witnesses) == "no_log_signature"
    log = Log().note()
    elsewhere = Note(log.text.replace("/1", "/2"), log.signatures)
    assert code(LOCAL, elsewhere) == "unknown_origin"


def test_a_witness_counts_once_and_a_forged_cosignature_rejects_the_head() -> None:
    note = Log(witnesses=WITNESSES[:2]).note()
    name = f"{WITNESSES[0]}.example/w"
    again = cosign_note(note.text, name=name, key=key_of(f"witness {WITNESSES[0]}"), time=1)
    assert code(WITNESSED, Note(note.text, (*note.signatures, again))) == "no_quorum"
    three = Log(witnesses=WITNESSES[:3]).note()
    forged = three.signatures[1]
    forged = type(forged)(forged.name, forged.id, bytes(72))
    assert code(WITNESSED, Note(three.text, (*three.signatures, forged))) == "bad_signature"
    assert ORIGIN in three.text


def test_one_log_cannot_sign_for_another_of_the_same_policy() -> None:
    second = verifier_key("other.example", ED25519, public_of("other log"))
    both = tlog_policy().replace("quorum", f"log {second}\nquorum")
    text_of_first = Log().note().text
    line = sign_note(text_of_first, name="other.example", key=key_of("other log"))
    assert code(changed(LOCAL, tlog_policy=both), Note(text_of_first, (line,))) == (
        "no_log_signature"
    )
