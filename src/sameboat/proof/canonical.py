"""Canonical JSON: the one spelling of an object that is hashed and signed (format 1).

A subset of RFC 8785: objects, arrays, texts, whole numbers, true and false. No floats, no null;
keys are ASCII and sorted; texts are in Unicode normal form C. Never edit: add a format 2.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from sameboat.proof.encoding import INT_END
from sameboat.proof.errors import BadProof

BYTES_MAX = 60_000
DEPTH_MAX = 32

Json = bool | int | str | Sequence["Json"] | Mapping[str, "Json"]
JsonObject = Mapping[str, Json]


def canonical(value: JsonObject) -> bytes:
    """The bytes of `value` that are hashed; raises BadProof when it has no canonical form."""
    _check(value, depth=1)
    try:
        data = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
        ).encode("utf-8")
    except UnicodeEncodeError:
        raise BadProof("bad_json", "a text holds half of a surrogate pair") from None
    if len(data) > BYTES_MAX:
        raise BadProof("too_long", f"{len(data)} bytes; at most {BYTES_MAX}")
    return data


def parse_canonical(data: bytes) -> dict[str, Json]:
    """Read an object back; raises BadProof unless `data` is exactly its canonical form."""
    if len(data) > BYTES_MAX:
        raise BadProof("too_long", f"{len(data)} bytes; at most {BYTES_MAX}")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except (ValueError, RecursionError) as error:
        raise BadProof("bad_json", f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadProof("bad_json", "not an object")
    if canonical(value) != data:
        raise BadProof("not_canonical", "the same object has another canonical spelling")
    return value


def fields_of(
    value: object, type_: str | None, fields: Iterable[str], *, code: str
) -> Mapping[str, Json]:
    """Take an object that has exactly `fields`, and, where `type_` is given, v 1 and that type.

    Raises BadProof(code) for anything else.
    """
    wanted = set(fields) | ({"v", "type"} if type_ else set())
    if not isinstance(value, dict) or value.keys() != wanted:
        raise BadProof(code, f"wanted an object with exactly: {', '.join(sorted(wanted))}")
    # JSON's true equals 1 in Python, and in few other languages.
    if type_ and (value["v"] is True or value["v"] != 1 or value["type"] != type_):
        raise BadProof(code, f"wanted v 1 and type {type_}")
    return value


def _check(value: object, *, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise BadProof("bad_json", f"nested deeper than {DEPTH_MAX}")
    match value:
        case bool():
            pass
        case int():
            if abs(value) >= INT_END:
                raise BadProof(
                    "bad_json", "a number of 2^53 or more is not read exactly everywhere"
                )
        case str():
            if not unicodedata.is_normalized("NFC", value):
                raise BadProof("bad_json", f"not in normal form C: {value[:40]!r}")
        case list() | tuple():
            for item in value:
                _check(item, depth=depth + 1)
        case dict():
            for key, item in value.items():
                if not isinstance(key, str) or not key.isascii():
                    raise BadProof("bad_json", f"a key must be ASCII text: {key!r}")
                _check(item, depth=depth + 1)
        case _:
            raise BadProof("bad_json", f"{type(value).__name__} has no canonical form")


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadProof("bad_json", "a key stands twice")
    return found


def _no_float(text: str) -> NoReturn:
    raise BadProof("bad_json", f"only whole numbers, not {text[:40]!r}")
