"""What a verifier trusts: a C2SP policy, and which keys may sign for which organisation.

A receipt never brings its own policy. It is judged by one that the verifier already holds, pinned
by its fingerprint and moved forward only by entries that name the version before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sameboat.proof.canonical import Json, JsonObject, canonical, fields_of, parse_canonical
from sameboat.proof.checkpoint import Checkpoint, parse_checkpoint
from sameboat.proof.encoding import HASH_BYTES, from_hex, natural, slug, text_of
from sameboat.proof.errors import BadProof
from sameboat.proof.note import Signed, parse_note, verify_note
from sameboat.proof.tlogpolicy import NONE, TlogPolicy, parse_tlog_policy

INDEPENDENT_MIN = 4
"""Fewer outside organisations cannot outvote one that lies and one that is silent."""

Mark = Literal["LOCAL", "DEMO", "WITNESSED"]


@dataclass(frozen=True, slots=True)
class Submitter:
    """A key that may sign entries, or cosign: whose it is, and in which roles."""

    by: str
    """The raw public key in hex."""
    org: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the trust policy, made by `parse_policy` only."""

    version: int
    prev: bytes | None
    """The fingerprint of the version before; None in version 1."""
    tlog: TlogPolicy
    ticket_key: bytes
    independent: bool
    keys: Mapping[str, Submitter]
    fingerprint: bytes
    """SHA-256 of the canonical bytes: what `sha256sum` says of the policy file."""

    def org_of(self, by: str, role: str) -> str | None:
        """The organisation for which the key `by` may sign as `role`, if any."""
        submitter = self.keys.get(by)
        return submitter.org if submitter and role in submitter.roles else None

    def follows(self, before: Policy) -> bool:
        """Whether this is the version right after `before`."""
        return self.version == before.version + 1 and self.prev == before.fingerprint


@dataclass(frozen=True, slots=True)
class Attested:
    """A checkpoint that satisfies a policy, and who says so."""

    checkpoint: Checkpoint
    mark: Mark
    cosigned: tuple[tuple[str, int], ...]
    """Names of witnesses and the times they state, POSIX seconds, sorted by name."""
    witnesses: int
    """How many witnesses the policy knows."""

    def __str__(self) -> str:
        """What a receipt says: LOCAL, DEMO k/n or WITNESSED k/n."""
        if self.mark == "LOCAL":
            return "LOCAL"
        return f"{self.mark} {len(self.cosigned)}/{self.witnesses}"


def policy_object(
    *,
    tlog_policy: str,
    ticket_key: bytes,
    independent: bool,
    version: int,
    prev: bytes | None,
    keys: list[Submitter],
) -> dict[str, Json]:
    """The object of one policy version; its canonical bytes are the policy file."""
    value: dict[str, Json] = {
        "v": 1,
        "type": "policy",
        "tlog_policy": tlog_policy,
        "ticket_key": ticket_key.hex(),
        "independent": independent,
        "version": version,
        "keys": [
            {"by": key.by, "org": key.org, "roles": sorted(key.roles)}
            for key in sorted(keys, key=lambda key: key.by)
        ],
    }
    if prev is not None:
        value["prev"] = prev.hex()
    return value


def parse_policy(data: bytes) -> Policy:
    """Read a policy file (one newline after it is allowed); raises BadProof."""
    value = parse_canonical(data.removesuffix(b"\n"))
    version = natural(value.get("version"), what="version", code="bad_policy")
    fields = ("tlog_policy", "ticket_key", "independent", "version", "keys")
    fields_of(value, "policy", (*fields, "prev") if version > 1 else fields, code="bad_policy")
    if version < 1:
        raise BadProof("bad_policy", "versions are counted from 1")
    if not isinstance(value["independent"], bool):
        raise BadProof("bad_policy", "independent must be true or false")
    prev = value.get("prev")
    policy = Policy(
        version=version,
        prev=None if prev is None else _hash(prev, "prev"),
        tlog=parse_tlog_policy(
            text_of(value["tlog_policy"], what="tlog_policy", code="bad_policy").encode("utf-8")
        ),
        ticket_key=_hash(value["ticket_key"], "ticket_key"),
        independent=value["independent"],
        keys=_submitters(value["keys"]),
        fingerprint=hashlib.sha256(canonical(value)).digest(),
    )
    _check_logs(policy.tlog)
    if policy.independent:
        _check_independent(policy)
    return policy


def attest(policy: Policy, note: bytes) -> Attested:
    """Judge a checkpoint's note by a policy; raises BadProof, and says what is missing."""
    parsed = parse_note(note)
    checkpoint = parse_checkpoint(parsed.text)
    logs, names = policy.tlog.logs, {key: name for name, key in policy.tlog.witnesses.items()}
    if all(log.name != checkpoint.origin for log in logs):
        raise BadProof("unknown_origin", f"the policy knows no log {checkpoint.origin[:120]!r}")
    signed = verify_note(parsed, (*logs, *names))
    if all(one.key not in logs or one.key.name != checkpoint.origin for one in signed):
        raise BadProof("no_log_signature", f"no signature by the log {checkpoint.origin}")
    cosigned = tuple(sorted((names[one.key], _time(one)) for one in signed if one.key in names))
    if not policy.tlog.satisfied(name for name, _ in cosigned):
        have = f"{len(cosigned)} of {len(names)} witnesses have cosigned"
        raise BadProof("no_quorum", f"{have}; the policy asks for more")
    return Attested(checkpoint, _mark(policy), cosigned, len(names))


def _mark(policy: Policy) -> Mark:
    if policy.tlog.quorum == NONE:
        return "LOCAL"
    return "WITNESSED" if policy.independent else "DEMO"


def _time(signed: Signed) -> int:
    assert signed.time is not None
    return signed.time


def _hash(value: object, what: str) -> bytes:
    return from_hex(value, size=HASH_BYTES, what=what, code="bad_policy")


def _submitters(value: object) -> dict[str, Submitter]:
    if not isinstance(value, list):
        raise BadProof("bad_policy", "keys must be a list")
    found = [_submitter(item) for item in value]
    names = [one.by for one in found]
    if names != sorted(set(names)):
        raise BadProof("bad_policy", "keys must be sorted by their key, each once")
    return {one.by: one for one in found}


def _submitter(value: object) -> Submitter:
    key = fields_of(value, None, ("by", "org", "roles"), code="bad_policy")
    roles = key["roles"]
    if not isinstance(roles, list) or not roles:
        raise BadProof("bad_policy", "roles must be a list that is not empty")
    named = [slug(role, what="a role", code="bad_policy") for role in roles]
    if named != sorted(set(named)):
        raise BadProof("bad_policy", "roles must be sorted, each once")
    by = _hash(key["by"], "by").hex()
    return Submitter(by, text_of(key["org"], what="org", code="bad_policy"), tuple(named))


def _check_logs(tlog: TlogPolicy) -> None:
    if not tlog.logs:
        raise BadProof("bad_policy", "the policy names no log")
    logs = {log.public for log in tlog.logs}
    if any(key.public in logs for key in tlog.witnesses.values()):
        raise BadProof("bad_policy", "the log's own key cannot be a witness")


def _check_independent(policy: Policy) -> None:
    """Independent: at least four witnesses, each of a named organisation of its own."""
    witnesses = policy.tlog.witnesses
    if policy.tlog.quorum == NONE or len(witnesses) < INDEPENDENT_MIN:
        raise BadProof("bad_policy", f"independent needs {INDEPENDENT_MIN} witnesses and a quorum")
    orgs = {policy.org_of(key.public.hex(), "witness") for key in witnesses.values()}
    operators = {one.org for one in policy.keys.values() if "operator" in one.roles}
    if None in orgs or len(orgs) < len(witnesses) or orgs & operators:
        raise BadProof("bad_policy", "independent needs an outside organisation for each witness")


def policy_bytes(value: JsonObject) -> bytes:
    """The bytes of the policy file; raises BadProof unless they are a valid policy."""
    data = canonical(value)
    parse_policy(data)
    return data
