"""A rulebook: one TOML file and the illness lists that it names, judged whole and made a `Plan`.

`parse` is pure: it is given the bytes of the files. A wrong file gets all its problems at once.
The keys are in `rulebook_keys`, what must hold between them in `rulebook_checks`; the reference
for people is `docs/rules/rulebook-keys.md`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, NoReturn

from sameboat.rules import illness, rulebook_checks
from sameboat.rules.reading import (
    MISSING,
    Fault,
    PointNumber,
    Reader,
    Wrong,
    missing,
    shown,
    shown_as,
    unknown,
)
from sameboat.rules.rulebook_keys import DATES, HEAD, KEYS, SECTIONS, list_name, mark, read_source
from sameboat.rules.terms import Illness, Plan, PlanTerms, Text

BYTES_MAX = 256_000
LINE_MAX = 2_000
VERSIONS_MAX = 100
_HASH_DOMAIN = b"sameboat/rulebook/v1\0"
_TOML_PLACE = re.compile(r" \(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)\Z")
# Of its own day each: never taken over from the version before.
_NOT_INHERITED = ("effective_on", "announced_on")
# Not None, which stands for "no such limit".
_FAULTY: Any = object()
_A_TABLE = Text(zh="一个表", en="a table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend in a rulebook: where, what stands there, what should."""

    file: str
    key: str
    """The path of the key (`version[2018-11].sharing.fee_rate`) or `line 12`; empty: the file."""
    found: Text
    expected: Text

    def explain(self, language: Literal["zh", "en"]) -> str:
        """One line for people."""
        place = f"{self.file}: {self.key}" if self.key else self.file
        if language == "zh":
            return f"{place}：现为 {self.found.zh}；应为 {self.expected.zh}"
        return f"{place}: found {self.found.en}; expected {self.expected.en}"


class BadRulebook(ValueError):
    """The rulebook cannot be used; `problems` names everything that must be mended."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        assert problems
        self.problems = problems
        super().__init__("\n".join(problem.explain("en") for problem in problems))


@dataclass(slots=True)
class _Version:
    """One version while it is read: good values by full key, and keys already told as faulty."""

    label: str
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    stated: set[str] = field(default_factory=set)


class _Reading:
    """The files, and the problems found in them so far."""

    def __init__(self, files: Mapping[str, bytes], name: str) -> None:
        self.files = files
        self.name = name
        self.problems: list[Problem] = []
        self.lists: dict[str, tuple[Illness, ...] | None] = {}

    def tell(self, at: str, fault: Fault, *, file: str | None = None) -> None:
        """Note a problem below the path `at`."""
        self.problems.append(
            Problem(
                file=file or self.name,
                key=(at + fault.at).lstrip("."),
                found=fault.found,
                expected=fault.expected,
            )
        )

    def value(self, reader: Reader[Any], value: object, at: str) -> Any:
        """What the reader reads, or `_FAULTY` after noting why not."""
        try:
            return reader(value)
        except Wrong as wrong:
            for fault in wrong.faults:
                self.tell(at, fault)
            return _FAULTY

    def illnesses(self, name: str, at: str) -> tuple[Illness, ...] | None:
        """The list `name`, read once; None after noting why it cannot be used."""
        if name not in self.lists:
            self.lists[name] = None
            if name not in self.files:
                expected = Text(zh="文件存在于计划文件旁边", en="a file beside the rulebook")
                self.tell(at, Fault(at="", found=shown(name), expected=expected))
                return None
            try:
                self.lists[name] = illness.read_list(self.files[name])
            except Wrong as wrong:
                for fault in wrong.faults:
                    self.tell("", fault, file=name)
        return self.lists[name]


def parse(files: Mapping[str, bytes], *, name: str) -> Plan:
    """Make a `Plan` of the rulebook `name` in `files`; raises `BadRulebook` with all problems.

    `files` holds the rulebook and the illness lists that it names (`lists_named`), by file name;
    other files in it are not looked at.
    """
    reading = _Reading(files, name)
    document = _document(reading)
    head = _head(reading, document)
    versions = _versions(reading, document.get("version"))
    if reading.problems:
        raise BadRulebook(tuple(reading.problems))
    hashed = content_hash({each: files[each] for each in (name, *reading.lists)})
    return Plan(**head, versions=tuple(versions), content_hash=hashed)


def lists_named(rulebook: bytes) -> tuple[str, ...]:
    """The illness lists that a rulebook names, as far as it can be read: which files to fetch."""
    try:
        versions = _document(_Reading({"": rulebook}, "")).get("version")
    except BadRulebook:
        return ()
    names: list[str] = []
    for version in versions if isinstance(versions, list) else []:
        benefit = version.get("benefit") if isinstance(version, dict) else None
        listed = benefit.get("illnesses") if isinstance(benefit, dict) else None
        names += (
            [each for each in listed if _is_list_name(each)] if isinstance(listed, list) else []
        )
    return tuple(dict.fromkeys(names))


def _is_list_name(value: object) -> bool:
    try:
        list_name(value)
    except Wrong:
        return False
    return True


def content_hash(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the files by name: format 1, in hex. Never edit: add a format 2.

    The domain, then for each file in the order of its name: length of the name in UTF-8, name,
    length of the content, content. Lengths are 8 bytes, big-endian.
    """
    digest = hashlib.sha256(_HASH_DOMAIN)
    for name, content in sorted(files.items()):
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _document(reading: _Reading) -> dict[str, Any]:
    """The TOML as tables; raises `BadRulebook` at once, for nothing else can be judged."""
    content = reading.files.get(reading.name, b"")
    if not 0 < len(content) <= BYTES_MAX:
        _stop(reading, "", f"{len(content)} B", f"1 至 {BYTES_MAX} 字节", f"1 to {BYTES_MAX} bytes")
    try:
        words = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        _stop(reading, f"line {line}", error.reason, "UTF-8 编码的文字", "text in UTF-8")
    for number, line_text in enumerate(words.split("\n"), start=1):
        # A key or an inline table stands on one line, so this also bounds how deep they nest.
        if len(line_text) > LINE_MAX:
            found = str(len(line_text))
            limit = f"at most {LINE_MAX} characters in a line"
            _stop(reading, f"line {number}", found, f"每行不超过 {LINE_MAX} 个字符", limit)
    try:
        return tomllib.loads(words, parse_float=PointNumber)
    except RecursionError:
        _stop(reading, "", "…", "不要层层嵌套", "no such depth of lists within lists")
    except ValueError as error:
        place = _TOML_PLACE.search(str(error))
        line = int(place["line"] if place and place["line"] else words.count("\n") + 1)
        reason = str(error)[: place.start()] if place else str(error)
        _stop(reading, f"line {line}", reason, "合乎 TOML 语法", "valid TOML")


def _stop(reading: _Reading, at: str, found: str, zh: str, en: str) -> NoReturn:
    fault = Fault(at="", found=shown_as(found), expected=Text(zh=zh, en=en))
    reading.tell(at, fault)
    raise BadRulebook(tuple(reading.problems))


def _head(reading: _Reading, document: dict[str, Any]) -> dict[str, Any]:
    """The keys of the whole plan."""
    known = (*HEAD, "version")
    for key in document.keys() - set(known):
        reading.tell("", unknown(key, document[key], known))
    for key in HEAD:
        if key not in document:
            reading.tell(key, missing(key))
    return {
        key: reading.value(reader, document[key], key)
        for key, reader in HEAD.items()
        if key in document
    }


def _versions(reading: _Reading, raw: object) -> list[PlanTerms]:
    """All versions, oldest first, each with what it takes over from an earlier one."""
    if not isinstance(raw, list) or not 1 <= len(raw) <= VERSIONS_MAX:
        expected = Text(
            zh=f"1 至 {VERSIONS_MAX} 个 [[version]]", en=f"1 to {VERSIONS_MAX} of [[version]]"
        )
        found = MISSING if raw is None else shown(raw)
        reading.tell("version", Fault(at="", found=found, expected=expected))
        return []
    read: dict[str, _Version] = {}
    whole: list[PlanTerms] = []
    for number, table in enumerate(raw, start=1):
        version = _version(reading, table, number, read)
        terms = _terms(reading, version)
        if terms:
            whole.append(terms)
    for terms, fault in rulebook_checks.order_of(whole):
        reading.tell(f"version[{terms.version}].", fault)
    return whole


def _version(reading: _Reading, table: object, number: int, read: dict[str, _Version]) -> _Version:
    """Read one `[[version]]`: its own keys over those of the version it is based on."""
    version = _Version(label=f"#{number}")
    if not isinstance(table, dict):
        expected = Text(zh="一个 [[version]] 表", en="a [[version]] table")
        reading.tell(f"version[#{number}]", Fault(at="", found=shown(table), expected=expected))
        version.faulty = set(KEYS)
        return version
    _take_label(reading, version, table.get("version"), read)
    if "based_on" in table:
        _inherit(reading, version, table["based_on"], read)
    read[version.label] = version
    known = ("version", "based_on", "source", *DATES, *SECTIONS)
    for key in table:
        if key not in known:
            reading.tell(f"version[{version.label}].", unknown(key, table[key], known))
    own = {key: table[key] for key in (*DATES, "source") if key in table}
    _section(reading, version, "", own, DATES)
    for name, section in SECTIONS.items():
        if name in table:
            _section(reading, version, f"{name}.", table[name], section.keys)
    _tell_missing(reading, version)
    return version


def _take_label(
    reading: _Reading, version: _Version, value: object, read: dict[str, _Version]
) -> None:
    at = f"version[{version.label}].version"
    if value is None:
        reading.tell(at, missing("version"))
        return
    label = reading.value(mark, value, at)
    if isinstance(label, str) and label in read:
        expected = Text(zh="与其他版本不同的名称", en="a name that no other version has")
        reading.tell(at, Fault(at="", found=shown(value), expected=expected))
    elif label is not _FAULTY:
        version.label = label


def _inherit(
    reading: _Reading, version: _Version, value: object, read: dict[str, _Version]
) -> None:
    base = read.get(value) if isinstance(value, str) else None
    if base is None:
        expected = Text(
            zh="之前某个版本的 version 名称", en="the `version` of an entry that stands before"
        )
        at = f"version[{version.label}].based_on"
        reading.tell(at, Fault(at="", found=shown(value), expected=expected))
        # Everything that is not stated would be told as missing: one problem is enough.
        version.faulty = set(KEYS) - set(_NOT_INHERITED)
        return
    version.values = {k: v for k, v in base.values.items() if k not in _NOT_INHERITED}
    version.sources = {k: v for k, v in base.sources.items() if k not in _NOT_INHERITED}
    version.faulty = set(base.faulty) - set(_NOT_INHERITED)


def _section(
    reading: _Reading,
    version: _Version,
    prefix: str,
    table: object,
    keys: Mapping[str, Reader[Any]],
) -> None:
    """Read the stated keys of one section, each with its source."""
    at = f"version[{version.label}].{prefix}"
    if not isinstance(table, dict):
        reading.tell(at.rstrip("."), Fault(at="", found=shown(table), expected=_A_TABLE))
        version.faulty |= {prefix + key for key in keys}
        return
    sources = table.get("source", {})
    if not isinstance(sources, dict):
        reading.tell(f"{at}source", Fault(at="", found=shown(sources), expected=_A_TABLE))
        sources = dict.fromkeys(table, "assumed: unreadable")
    for key, value in table.items():
        if key == "source":
            continue
        if key not in keys:
            reading.tell(at, unknown(key, value, (*keys, "source")))
            continue
        version.stated.add(prefix + key)
        good = reading.value(keys[key], value, at + key)
        if good is _FAULTY:
            version.faulty.add(prefix + key)
            version.values.pop(prefix + key, None)
        else:
            version.faulty.discard(prefix + key)
            version.values[prefix + key] = good
        _take_source(reading, version, prefix, key, sources)
    for key in sources:
        if key not in table:
            expected = Text(zh="本节中写明的键", en="a key that this section states")
            reading.tell(
                f"{at}source.{key}"[:200], Fault(at="", found=shown(key), expected=expected)
            )


def _take_source(
    reading: _Reading, version: _Version, prefix: str, key: str, sources: dict[str, object]
) -> None:
    at = f"version[{version.label}].{prefix}source.{key}"
    if key not in sources:
        expected = Text(
            zh="出处「facts §…」或「assumed: 理由」", en="its source: `facts §…` or `assumed: why`"
        )
        reading.tell(at, Fault(at="", found=MISSING, expected=expected))
        return
    stated = reading.value(read_source, sources[key], at)
    if stated is not _FAULTY:
        version.sources[prefix + key] = stated


def _tell_missing(reading: _Reading, version: _Version) -> None:
    known = version.values.keys() | version.faulty
    for key in KEYS:
        if key not in known and key != "announced_on":
            version.faulty.add(key)
            expected = Text(
                zh="一个值：须填写，或以 based_on 沿用之前的版本",
                en="a value: it must be stated, or taken over from a version before by based_on",
            )
            fault = Fault(at="", found=MISSING, expected=expected)
            reading.tell(f"version[{version.label}].{key}", fault)


def _terms(reading: _Reading, version: _Version) -> PlanTerms | None:
    """The version as `PlanTerms`, after the checks between its keys; None if a key is faulty."""
    illnesses = _listed(reading, version)
    built: dict[str, Any] = {
        section.attribute: _built(version, name) for name, section in SECTIONS.items()
    }
    parts = rulebook_checks.Parts(
        joining=built["joining"],
        benefits=built["benefits"],
        illnesses=illnesses,
        sharing=built["sharing"],
        rhythm=built["rhythm"],
    )
    for fault in rulebook_checks.check(parts, version.stated):
        reading.tell(f"version[{version.label}].", fault)
    if version.faulty or illnesses is None or None in built.values():
        return None
    effective_on, notice_days = version.values["effective_on"], version.values["notice_days"]
    earliest = effective_on - timedelta(days=notice_days)
    return PlanTerms(
        version=version.label,
        effective_on=effective_on,
        announced_on=version.values.get("announced_on", earliest),
        notice_days=notice_days,
        illnesses=illnesses,
        sources={key: version.sources[key] for key in KEYS if key in version.sources},
        **built,
    )


def _built(version: _Version, name: str) -> Any | None:
    """The dataclass of a section, or None while one of its keys is faulty."""
    section = SECTIONS[name]
    keys = [key for key in section.keys if f"{name}.{key}" != "benefit.illnesses"]
    if any(f"{name}.{key}" in version.faulty for key in keys):
        return None
    return section.build(**{key: version.values[f"{name}.{key}"] for key in keys})


def _listed(reading: _Reading, version: _Version) -> tuple[Illness, ...] | None:
    """The illnesses of all lists that the version names, each number once."""
    if "benefit.illnesses" in version.faulty:
        return None
    at = f"version[{version.label}].benefit.illnesses"
    lists = [reading.illnesses(name, at) for name in version.values["benefit.illnesses"]]
    listed: list[Illness] = []
    for each in lists:
        if each is None:
            return None
        listed += each
    numbers = [row.number for row in listed]
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is not None and "benefit.illnesses" in version.stated:
        expected = Text(zh="编号在各列表中不重复", en="each number in one list only")
        reading.tell(at, Fault(at="", found=shown(twice), expected=expected))
    return tuple(listed)
