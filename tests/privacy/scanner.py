"""Looks for words in every byte below a folder, in every way in which programs write words down.

Also inside what is packed: the columns of Parquet files, and gzip. A hit names the file, the word
and how it was written; it does not repeat the word's surroundings.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq

GZIP = b"\x1f\x8b\x08"
PARQUET = b"PAR1"
SHORTEST_BYTES = 6
"""A shorter pattern would turn up in random bytes."""


@dataclass(frozen=True, order=True)
class Hit:
    """A word that was found."""

    file: str
    what: str
    form: str


def written(text: str, *, guessable: bool = False) -> dict[str, bytes]:
    """Every way in which `text` might stand in a file; hashes too, where it could be guessed."""
    forms: dict[str, bytes] = {}
    for code in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        raw = text.encode(code)
        forms[code] = raw
        forms[f"{code} in hex"] = raw.hex().encode()
        forms[f"{code} in upper-case hex"] = raw.hex().upper().encode()
        forms |= {f"{code} in {name}": found for name, found in _base64(raw).items()}
    escaped = json.dumps(text)[1:-1]
    forms["JSON escapes"] = escaped.encode()
    forms["JSON escapes, upper case"] = re.sub(
        r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), escaped
    ).encode()
    forms["JSON in JSON"] = json.dumps(escaped)[1:-1].encode()
    forms["URL"] = quote(text).encode()
    forms["form"] = quote(text).replace("%20", "+").encode()
    forms["quoted-printable"] = quote(text, safe=" ").replace("%", "=").encode()
    forms["entities"] = text.encode("ascii", "xmlcharrefreplace")
    forms["HTML"] = html.escape(text).encode()
    if guessable:
        forms |= _hashes(text)
    assert all(len(found) >= SHORTEST_BYTES for found in forms.values()), text
    # Equal patterns once, under the plainest of their names.
    return {name: found for found, name in {b: n for n, b in reversed(forms.items())}.items()}


def scan(folder: Path, wanted: Mapping[str, Mapping[str, bytes]]) -> list[Hit]:
    """Every word of `wanted` (by what it is, in its forms) in the files below `folder`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    assert files, f"{folder} holds no file"
    # A database begins as a copy of another: what was searched once is not searched again.
    searched: dict[bytes, list[Hit]] = {}
    hits: list[Hit] = []
    for path in files:
        name = str(path.relative_to(folder))
        for inside, content in _contents(path):
            digest = hashlib.sha256(content).digest()
            if digest not in searched:
                searched[digest] = list(_found(content, wanted))
            hits += [replace(hit, file=f"{name}{inside}") for hit in searched[digest]]
    return hits


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes of a file, and of what is packed in it."""
    content = path.read_bytes()
    yield "", content
    if content.startswith(GZIP):
        yield " (unpacked)", gzip.decompress(content)
    if content.startswith(PARQUET):
        yield " (unpacked)", _cells(path)


def _found(content: bytes, wanted: Mapping[str, Mapping[str, bytes]]) -> Iterator[Hit]:
    # Pages of a database are mostly zeros, and no word has as many in a row.
    content = re.sub(rb"\x00{16,}", bytes(8), content)
    for what, forms in wanted.items():
        for form, pattern in forms.items():
            if pattern in content:
                yield Hit("", what, form)


def _cells(path: Path) -> bytes:
    """Every value of a Parquet file, a line each."""
    table = pq.read_table(path)
    values = (value for column in table.columns for value in column.to_pylist())
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)


def _base64(raw: bytes) -> dict[str, bytes]:
    """What base64 makes of `raw` wherever it begins: the characters that it alone decides."""
    forms = {}
    for before in range(3):
        bits_first, bits_last = before * 8, (before + len(raw)) * 8
        encoded = base64.b64encode(bytes(before) + raw)
        forms[f"base64 at {before}"] = found = encoded[-(-bits_first // 6) : bits_last // 6]
        forms[f"base64url at {before}"] = found.translate(bytes.maketrans(b"+/", b"-_"))
    return forms


def _hashes(text: str) -> dict[str, bytes]:
    """Hashes that need no key: who guesses the text can tell that it was there."""
    forms = {}
    for spelling, variant in {"": text, " with +86": f"+86{text}", " with 86": f"86{text}"}.items():
        for name in ("sha256", "sha1", "md5"):
            digest = hashlib.new(name, variant.encode())
            forms[f"{name}{spelling}"] = digest.digest()
            forms[f"{name}{spelling} in hex"] = digest.hexdigest().encode()
    return forms
