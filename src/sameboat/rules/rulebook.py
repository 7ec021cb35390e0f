"""A rulebook: one TOML file and the illness lists that it names, judged whole and made a `Plan`.

`parse` is pure: it is given the bytes of the files. A wrong file gets all its problems at once.
The keys are in `rulebook_keys`, what must hold between them in `rulebook_checks`; the reference
for people is `docs/rules/rulebook-keys.md`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sameboat.rules import rulebook_checks
from sameboat.rules.reading import MISSING, Fault, Reader, missing, shown, shown_as, unknown
from sameboat.rules.rulebook_files import (
    FAULTY,
    BadRulebook,
    Problem,
    Reading,
    content_hash,
    document,
    lists_named,
)
from sameboat.rules.rulebook_keys import (
    DATES,
    DEFAULTS,
    HEAD,
    KEYS,
    NOT_STATED,
    SECTIONS,
    mark,
    read_source,
)
from sameboat.rules.terms import Illness, Plan, PlanTerms, Text

__all__ = ["BadRulebook", "Problem", "content_hash", "lists_named", "parse"]

VERSIONS_MAX = 100
# Of its own day each: never taken over from the version before.
_NOT_INHERITED = ("effective_on", "announced_on")
_A_TABLE = Text(zh="一个表", en="a table")


@dataclass(slots=True)
class _Version:
    """One version while it is read: good values by full key, and keys already told as faulty."""

    label: str
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    stated: set[str] = field(default_factory=set)


def parse(files: Mapping[str, bytes], *, name: str) -> Plan:
    """Make a `Plan` of the rulebook `name` in `files`; raises `BadRulebook` with all problems.

    `files` holds the rulebook and the illness lists that it names (`lists_named`), by file name;
    other files in it are not looked at.
    """
    reading = Reading(files, name)
    tables = document(reading)
    head = _head(reading, tables)
    versions = _versions(reading, tables.get("version"))
    if reading.problems:
        raise BadRulebook(tuple(reading.problems))
    hashed = content_hash({each: files[each] for each in (name, *reading.lists)})
    return Plan(**head, versions=tuple(versions), content_hash=hashed)


def _head(reading: Reading, tables: dict[str, Any]) -> dict[str, Any]:
    """The keys of the whole plan."""
    known = (*HEAD, "version")
    for key in tables.keys() - set(known):
        reading.tell("", unknown(key, tables[key], known))
    for key in HEAD:
        if key not in tables:
            reading.tell(key, missing(key))
    return {
        key: reading.value(reader, tables[key], key)
        for key, reader in HEAD.items()
        if key in tables
    }


def _versions(reading: Reading, raw: object) -> list[PlanTerms]:
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


def _version(reading: Reading, table: object, number: int, read: dict[str, _Version]) -> _Version:
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
    reading: Reading, version: _Version, value: object, read: dict[str, _Version]
) -> None:
    at = f"version[{version.label}].version"
    if value is None:
        reading.tell(at, missing("version"))
        return
    label = reading.value(mark, value, at)
    if isinstance(label, str) and label in read:
        expected = Text(zh="与其他版本不同的名称", en="a name that no other version has")
        reading.tell(at, Fault(at="", found=shown(value), expected=expected))
    elif label is not FAULTY:
        version.label = label


def _inherit(reading: Reading, version: _Version, value: object, read: dict[str, _Version]) -> None:
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
    reading: Reading,
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
        if good is FAULTY:
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
                f"{at}source.{shown_as(key).en}", Fault(at="", found=shown(key), expected=expected)
            )


def _take_source(
    reading: Reading, version: _Version, prefix: str, key: str, sources: dict[str, object]
) -> None:
    at = f"version[{version.label}].{prefix}source.{key}"
    if key not in sources:
        expected = Text(
            zh="出处「facts §…」或「assumed: 理由」", en="its source: `facts §…` or `assumed: why`"
        )
        reading.tell(at, Fault(at="", found=MISSING, expected=expected))
        return
    stated = reading.value(read_source, sources[key], at)
    if stated is not FAULTY:
        version.sources[prefix + key] = stated


def _tell_missing(reading: Reading, version: _Version) -> None:
    """Give the keys that may be left out their defaults, and tell of the others."""
    known = version.values.keys() | version.faulty
    for key in KEYS:
        if key in known or key == "announced_on":
            continue
        if key in DEFAULTS:
            version.values[key] = DEFAULTS[key]
            version.sources[key] = NOT_STATED
        else:
            version.faulty.add(key)
            expected = Text(
                zh="一个值：须填写，或以 based_on 沿用之前的版本",
                en="a value: it must be stated, or taken over from a version before by based_on",
            )
            fault = Fault(at="", found=MISSING, expected=expected)
            reading.tell(f"version[{version.label}].{key}", fault)


def _terms(reading: Reading, version: _Version) -> PlanTerms | None:
    """The version as `PlanTerms`, after the checks between its keys; None if a key is faulty."""
    illnesses = _listed(reading, version)
    built: dict[str, Any] = {
        section.attribute: _built(version, name) for name, section in SECTIONS.items()
    }
    parts = rulebook_checks.Parts(
        joining=built["joining"],
        waiting=built["waiting"],
        benefits=built["benefits"],
        illnesses=illnesses,
        sharing=built["sharing"],
        rhythm=built["rhythm"],
        claims=built["claims"],
        pool=built["pool"],
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


def _listed(reading: Reading, version: _Version) -> tuple[Illness, ...] | None:
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
    twice = next((number for number, count in Counter(numbers).items() if count > 1), None)
    if twice is not None and "benefit.illnesses" in version.stated:
        expected = Text(zh="编号在各列表中不重复", en="each number in one list only")
        reading.tell(at, Fault(at="", found=shown(twice), expected=expected))
    return tuple(listed)
