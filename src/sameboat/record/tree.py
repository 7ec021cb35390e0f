"""The log's tree as it is stored: complete hashes by (level, index), never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from django.db import connection

from sameboat.proof.nodes import Node, ReadNode

_SQL = Path(__file__).parent / "sql"
_NO_HASH = bytes(32)
Place = tuple[int, int]
"""Level and index; level 0 are the leaf hashes."""
T = TypeVar("T")


class NodeMissing(Exception):
    """A hash that must be stored is not: the database was changed behind the application's back."""


def statement(name: str) -> str:
    """The text of `record/sql/<name>.sql`."""
    return _read(_SQL / f"{name}.sql")


def assemble(make: Callable[[ReadNode], T]) -> T:
    """What `make` puts together from stored hashes, which are read in one query.

    Which hashes it reads must depend on the sizes alone, so a dry run can list them.
    """
    wanted: list[Place] = []

    def note(level: int, index: int) -> bytes:
        wanted.append((level, index))
        return _NO_HASH

    make(note)
    found = read_nodes(wanted)

    def read(level: int, index: int) -> bytes:
        if (level, index) not in found:
            raise NodeMissing(f"node ({level}, {index}); run `sameboat record verify`")
        return found[level, index]

    return make(read)


def read_nodes(places: Sequence[Place]) -> Mapping[Place, bytes]:
    """The stored hashes of these places; what is not stored is left out."""
    if not places:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            statement("read_nodes"),
            {"levels": [level for level, _ in places], "indexes": [index for _, index in places]},
        )
        return {(level, index): bytes(found) for level, index, found in cursor.fetchall()}


def insert_nodes(nodes: Sequence[Node]) -> None:
    """Store complete hashes; none of them may stand already."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("insert_nodes"),
            {
                "levels": [node.level for node in nodes],
                "indexes": [node.index for node in nodes],
                "hashes": [node.hash for node in nodes],
            },
        )


@lru_cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
