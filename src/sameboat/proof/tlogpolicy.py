"""Trust policies (c2sp.org/tlog-policy): which logs, which witnesses, and how many suffice.

Names are opaque octets; they are held as text with what is not UTF-8 escaped, one to one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sameboat.proof.errors import BadProof
from sameboat.proof.note import COSIGNATURE, ED25519, VerifierKey, parse_vkey

LINES_MAX = 1_000
NONE = "none"

_THRESHOLD = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Group:
    """A set of names, of which at least `threshold` must have witnessed."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TlogPolicy:
    """A valid policy file, made by `parse_tlog_policy` only."""

    logs: tuple[VerifierKey, ...]
    witnesses: dict[str, VerifierKey]
    groups: dict[str, Group]
    quorum: str
    urls: dict[VerifierKey, str]

    def satisfied(self, cosigned: Iterable[str]) -> bool:
        """Whether the witnesses of these names are enough for the quorum."""
        names = set(cosigned)
        assert names <= self.witnesses.keys()
        return self.quorum == NONE or self._witnessed(self.quorum, names)

    def _witnessed(self, name: str, cosigned: set[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        return sum(self._witnessed(member, cosigned) for member in group.members) >= group.threshold


@dataclass(slots=True)
class _Reading:
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    urls: dict[VerifierKey, str] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    quorum: str | None = None

    def line(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url]:
                self._log(vkey, url)
            case ["witness", name, vkey, *url]:
                self._witness(name, vkey, url)
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                self._quorum(name)
            case _:
                raise BadProof("bad_policy", f"not a line of a policy: {' '.join(words)[:80]!r}")

    def _log(self, vkey: str, url: list[str]) -> None:
        key = self._key(vkey, url, type_=ED25519)
        if any(key.public == other.public for other in self.logs):
            raise BadProof("bad_policy", f"the log key of {key.name} stands twice")
        self.logs.append(key)

    def _witness(self, name: str, vkey: str, url: list[str]) -> None:
        self._new(name)
        key = self._key(vkey, url, type_=COSIGNATURE)
        if any(key.public == other.public for other in self.witnesses.values()):
            raise BadProof("bad_policy", f"the key of witness {name} stands twice")
        self.witnesses[name] = key

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        self._new(name)
        for member in members:
            self._defined(member)
            if member in self.members:
                # Else one witness could count twice toward the quorum.
                raise BadProof("bad_policy", f"{member} is a member twice")
            self.members.add(member)
        need = {"any": "1", "all": str(len(members))}.get(threshold, threshold)
        if not _THRESHOLD.fullmatch(need) or int(need) > len(members):
            raise BadProof("bad_policy", f"no threshold for {len(members)}: {threshold}")
        self.groups[name] = Group(int(need), tuple(members))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise BadProof("bad_policy", "there are two quorum lines")
        if name != NONE:
            self._defined(name)
        self.quorum = name

    def _key(self, vkey: str, url: list[str], *, type_: int) -> VerifierKey:
        key = parse_vkey(vkey)
        if key.type != type_:
            raise BadProof("bad_policy", f"{key.name} must be a key of type 0x{type_:02x}")
        if len(url) > 1:
            raise BadProof("bad_policy", f"more than one URL after the key of {key.name}")
        if url:
            self.urls[key] = url[0]
        return key

    def _new(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise BadProof("bad_policy", f"the name {name} is taken")

    def _defined(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise BadProof("bad_policy", f"{name} is not defined on a line before")


def parse_tlog_policy(data: bytes) -> TlogPolicy:
    """Read a policy file, strictly; raises BadProof."""
    if any((octet < 0x20 and octet not in b"\t\n") or octet == 0x7F for octet in data):
        raise BadProof("bad_policy", "a policy holds no control characters but tab and newline")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if lines.pop() != "":
        raise BadProof("bad_policy", "each line ends with a newline, the last one too")
    if len(lines) > LINES_MAX:
        raise BadProof("too_long", f"a policy of {len(lines)} lines; at most {LINES_MAX}")
    reading = _Reading()
    for line in lines:
        # Not split(): it also divides at spaces that are not ASCII.
        words = [word for word in re.split("[ \t]+", line) if word]
        if words and not words[0].startswith("#"):
            reading.line(words)
    if reading.quorum is None:
        raise BadProof("bad_policy", "the quorum line is missing")
    logs, witnesses = tuple(reading.logs), reading.witnesses
    return TlogPolicy(logs, witnesses, reading.groups, reading.quorum, reading.urls)
