"""The covered illnesses: reading a plan's list, and finding an illness as people name it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NoReturn

from sameboat.rules import reading
from sameboat.rules.reading import Fault, Reader, Wrong
from sameboat.rules.terms import Illness, PlanTerms, Text

LIST_BYTES_MAX = 1_000_000
LIST_ROWS_MAX = 1_000
SEARCH_LENGTH_MAX = 200

COLUMNS = (
    "number",
    "name_zh",
    "name_en",
    "aliases_zh",
    "aliases_en",
    "icd10",
    "category",
    "severity",
    "children_only",
    "confirmed",
    "source",
)
_CODE = re.compile(r"(?P<category>[A-Z][0-9][0-9A-Z])(\.?(?P<rest>[0-9A-Z]{1,4}))?")
_COVERED = re.compile(r"([A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?|[A-Z][0-9]{2}-[A-Z][0-9]{2})?")


def read_list(content: bytes) -> tuple[Illness, ...]:
    """Read a plan's CSV of illnesses; raises `Wrong` with each faulty row and column."""
    if len(content) > LIST_BYTES_MAX:
        _refuse_list(
            f"{len(content)} bytes",
            zh=f"不超过 {LIST_BYTES_MAX} 字节",
            en=f"at most {LIST_BYTES_MAX} bytes",
        )
    rows = _rows(content)
    if not rows or tuple(rows[0]) != COLUMNS:
        heading = ",".join(rows[0]) if rows else ""
        columns = ",".join(COLUMNS)
        _refuse_list(heading, zh=f"首行为 {columns}", en=f"the first line {columns}")
    if not 1 <= len(rows) - 1 <= LIST_ROWS_MAX:
        _refuse_list(
            f"{len(rows) - 1}", zh=f"1 至 {LIST_ROWS_MAX} 行", en=f"1 to {LIST_ROWS_MAX} rows"
        )
    return _illnesses(rows[1:])


def _refuse_list(found: str, *, zh: str, en: str) -> NoReturn:
    fault = Fault(at="", found=reading.shown_as(found), expected=Text(zh=zh, en=en))
    raise Wrong((fault,))


def _rows(content: bytes) -> list[list[str]]:
    try:
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")
        return [row for row in csv.reader(lines, strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        _refuse_list(str(error), zh="UTF-8 编码的 CSV", en="CSV in UTF-8")


def _illnesses(rows: list[list[str]]) -> tuple[Illness, ...]:
    found: dict[str, Illness] = {}
    faults: list[Fault] = []
    for index, row in enumerate(rows, start=2):
        try:
            illness = _illness(dict(zip(COLUMNS, row, strict=False)), extra=row[len(COLUMNS) :])
            if illness.number in found:
                raise Wrong(
                    (
                        Fault(
                            at=".number",
                            found=reading.shown_as(illness.number),
                            expected=Text(zh="编号不重复", en="each number only once"),
                        ),
                    )
                )
        except Wrong as wrong:
            faults += [fault.under(f"row {index}") for fault in wrong.faults]
        else:
            found[illness.number] = illness
    if faults:
        raise Wrong(faults)
    return tuple(found.values())


_yes_or_no = reading.choice("yes", "no")
_yes = Reader(lambda value: _yes_or_no(value) == "yes", _yes_or_no.schema)


_ROW: Reader[dict[str, Any]] = reading.table(
    dict,
    {
        "number": reading.word(
            "[A-Z]{0,2}[1-9][0-9]{0,3}", zh="编号，如 12 或 M1", en="a number such as 12 or M1"
        ),
        "name_zh": reading.text(longest=200),
        "name_en": reading.text(longest=200),
        "aliases_zh": reading.blank_or(reading.text(longest=500)),
        "aliases_en": reading.blank_or(reading.text(longest=500)),
        "icd10": reading.word(
            _COVERED.pattern,
            zh="ICD-10 编码、区间（C00-C97）或留空",
            en="an ICD-10 code, a range (C00-C97) or nothing",
        ),
        "category": reading.word("[a-z_]{1,40}", zh="小写类别名", en="a category in small letters"),
        "severity": reading.choice("severe", "mild"),
        "children_only": _yes,
        "confirmed": _yes,
        "source": reading.text(longest=500),
    },
)


def _illness(row: dict[str, str], *, extra: list[str]) -> Illness:
    if extra:
        _refuse_list(
            f"{len(COLUMNS) + len(extra)}",
            zh=f"{len(COLUMNS)} 列",
            en=f"{len(COLUMNS)} columns",
        )
    values = _ROW(row)
    name = Text(zh=values.pop("name_zh"), en=values.pop("name_en"))
    aliases = f"{values.pop('aliases_zh')};{values.pop('aliases_en')}".split(";")
    spoken = tuple(alias.strip() for alias in aliases if alias.strip())
    return Illness(name=name, aliases=spoken, **values)


def find_illness(terms: PlanTerms, text: str) -> tuple[Illness, ...]:
    """Find the covered illnesses that people may mean by `text`, the closest first.

    `text` is a name or an alias in either language, the row's number, a part of a name, or an
    ICD-10 code (`C50.9`). Nothing that fits, or an empty text, gives an empty answer.
    """
    asked = _plain(text[:SEARCH_LENGTH_MAX])
    if not asked:
        return ()
    code = _CODE.fullmatch(asked.upper())
    if code:
        return _by_code(terms.illnesses, code["category"] + (code["rest"] or ""))
    exact = [illness for illness in terms.illnesses if asked in _names(illness)]
    partly = [
        illness
        for illness in terms.illnesses
        if illness not in exact and any(asked in name for name in _names(illness))
    ]
    return tuple(exact + partly)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _names(illness: Illness) -> Iterator[str]:
    spoken = (illness.number, illness.name.zh, illness.name.en, *illness.aliases)
    return (_plain(name) for name in spoken)


def _by_code(illnesses: tuple[Illness, ...], code: str) -> tuple[Illness, ...]:
    covering = [illness for illness in illnesses if _covers(illness.icd10, code)]
    return tuple(sorted(covering, key=lambda illness: _width(illness.icd10)))


def _covers(icd10: str, code: str) -> bool:
    first, _, last = icd10.partition("-")
    if last:
        return first <= code[:3] <= last
    return bool(icd10) and code.startswith(icd10.replace(".", ""))


def _width(icd10: str) -> tuple[bool, int]:
    """A single code before a range, a longer code before a shorter one."""
    return "-" in icd10, -len(icd10)
