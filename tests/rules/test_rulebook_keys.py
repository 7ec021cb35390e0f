"""The reference of keys names every key, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from rules import rulebook_example as example
from sameboat.rules.illness import COLUMNS
from sameboat.rules.rulebook_keys import HEAD, KEYS

REFERENCE = Path(__file__).parents[2] / "docs" / "rules" / "rulebook-keys.md"


def documented() -> set[str]:
    """What stands as code in the first or second column of the reference's tables."""
    rows = [line for line in REFERENCE.read_text("utf-8").splitlines() if line.startswith("|")]
    return {word for row in rows for word in re.findall(r"`([a-z_]+)`", row)}


def nested() -> set[str]:
    """The keys of the tables inside a section."""
    version = example.tables()["version"][0]
    listed = [
        table
        for section in version.values()
        if isinstance(section, dict)
        for value in section.values()
        if isinstance(value, list)
        for table in value
        if isinstance(table, dict)
    ]
    assert len(listed) > 10
    return {key for table in listed for key in table}


def test_every_key_is_documented() -> None:
    keys = {*HEAD, *(key.rpartition(".")[2] for key in KEYS), "version", "based_on", *nested()}
    assert keys - documented() == set()


def test_every_column_of_a_list_is_documented() -> None:
    text = REFERENCE.read_text("utf-8")
    assert [column for column in COLUMNS if f"`{column}`" not in text] == []


def test_every_documented_key_exists() -> None:
    rows = [line for line in REFERENCE.read_text("utf-8").splitlines() if line.startswith("| `")]
    first = {word for row in rows for word in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    keys = {*HEAD, *(key.rpartition(".")[2] for key in KEYS), "version", "based_on"}
    assert first == keys
