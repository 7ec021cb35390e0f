"""The scanner finds what it is asked for: else a test that finds nothing would say nothing."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privacy.planted import ILL, PDF_PLAIN, PERSONAL, TEXTS
from privacy.scanner import scan, written

NAME, SENTENCE, NUMBER = ILL.name, PDF_PLAIN, ILL.number
WANTED = {
    "name": written(NAME, guessable=True),
    "sentence": written(SENTENCE),
    "number": written(NUMBER, guessable=True),
}
HIDINGS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda text: text.encode(),
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "UTF-16, the other way round": lambda text: text.encode("utf-16-be"),
    "GB 18030": lambda text: text.encode("gb18030"),
    "hex": lambda text: text.encode().hex().encode(),
    "upper-case hex": lambda text: text.encode().hex().upper().encode(),
    "base64": lambda text: base64.b64encode(b"x" + text.encode() + b"y"),
    "base64, one further": lambda text: base64.b64encode(b"xx" + text.encode() + b"y"),
    "base64, two further": lambda text: base64.b64encode(b"xxx" + text.encode() + b"yy"),
    "base64 of GB 18030": lambda text: base64.b64encode(b"xxxx" + text.encode("gb18030")),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(b"q" + text.encode() + b"z"),
    "JSON": lambda text: json.dumps({"a": text}).encode(),
    "JSON in JSON": lambda text: json.dumps({"a": json.dumps({"b": text})}).encode(),
    "URL": lambda text: f"/search?q={quote(text)}".encode(),
    "entities": lambda text: text.encode("ascii", "xmlcharrefreplace"),
    "gzip": lambda text: gzip.compress(text.encode()),
}


@pytest.mark.parametrize("hiding", HIDINGS)
@pytest.mark.parametrize(("what", "text"), [("name", NAME), ("sentence", SENTENCE)])
def test_a_word_is_found_however_it_is_written(
    tmp_path: Path, what: str, text: str, hiding: str
) -> None:
    around = b"\x00\xff" if hiding != "gzip" else b""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_bytes(HIDINGS[hiding](text) + around)
    assert {hit.what for hit in scan(tmp_path, WANTED)} == {what}


@pytest.mark.parametrize("name", ["sha256", "sha1", "md5"])
def test_a_number_is_found_by_its_bare_hash(tmp_path: Path, name: str) -> None:
    digest = hashlib.new(name, NUMBER.encode())
    (tmp_path / "a").write_bytes(b"..." + digest.digest())
    (tmp_path / "b").write_text(digest.hexdigest())
    hits = scan(tmp_path, WANTED)
    assert {(hit.file, hit.what) for hit in hits} == {("a", "number"), ("b", "number")}


@pytest.mark.parametrize("compression", ["snappy", "zstd", "none"])
def test_a_name_is_found_in_a_column(tmp_path: Path, compression: str) -> None:
    table = pa.table(
        {"member": list(range(5_000)), "who": [NAME if n == 7 else "-" for n in range(5_000)]}
    )
    pq.write_table(table, tmp_path / "t.parquet", compression=compression)
    assert {hit.what for hit in scan(tmp_path, WANTED)} == {"name"}


def test_a_name_is_found_in_a_key_store(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "keys.sqlite3")) as connection, connection:
        connection.execute("CREATE TABLE key (owner TEXT)")
        connection.execute("INSERT INTO key VALUES (?)", (NAME,))
    assert {hit.what for hit in scan(tmp_path, WANTED)} == {"name"}


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(256)) * 1_000)
    (tmp_path / "b").write_text("欧阳 wrist lorry 1991")
    assert scan(tmp_path, WANTED) == []


def test_no_planted_word_holds_another() -> None:
    """Else one leak would be told as two, and could not be placed."""
    words = {**PERSONAL, **TEXTS}
    inside = [(a, b) for a in words for b in words if a != b and words[a] in words[b]]
    assert inside == []
