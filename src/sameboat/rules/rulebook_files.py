"""The files of a rulebook: their bytes, what is wrong in them, and the hash that names them."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from sameboat.rules import illness
from sameboat.rules.reading import Fault, PointNumber, Reader, Wrong, shown, shown_as
from sameboat.rules.rulebook_keys import list_name
from sameboat.rules.terms import Illness, Text

BYTES_MAX = 256_000
LINE_MAX = 2_000
_HASH_DOMAIN = b"sameboat/rulebook/v1\0"
_TOML_PLACE = re.compile(r" \(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)\Z")
# Not None, which stands for "no such limit".
FAULTY: Any = object()


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


class Reading:
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
        """What the reader reads, or `FAULTY` after noting why not."""
        try:
            return reader(value)
        except Wrong as wrong:
            for fault in wrong.faults:
                self.tell(at, fault)
            return FAULTY

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


def lists_named(rulebook: bytes) -> tuple[str, ...]:
    """The illness lists that a rulebook names, as far as it can be read: which files to fetch."""
    try:
        versions = document(Reading({"": rulebook}, "")).get("version")
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


def id_named(rulebook: bytes) -> str:
    """The id that a rulebook states, as far as it can be read; empty where it states none."""
    try:
        stated = document(Reading({"": rulebook}, "")).get("id")
    except BadRulebook:
        return ""
    return stated if isinstance(stated, str) else ""


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


def document(reading: Reading) -> dict[str, Any]:
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


def _stop(reading: Reading, at: str, found: str, zh: str, en: str) -> NoReturn:
    fault = Fault(at="", found=shown_as(found), expected=Text(zh=zh, en=en))
    reading.tell(at, fault)
    raise BadRulebook(tuple(reading.problems))
