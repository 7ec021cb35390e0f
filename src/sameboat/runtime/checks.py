"""The statements `check_*.sql`: what a constraint cannot express and must hold all the same.

Each package keeps its own in `sql/`; the first line says what must hold, and no row may be found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from django.db import connection, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked."""

    name: str
    """`<package>.<what must hold>`."""
    sentence: str
    findings: tuple[str, ...]
    """What is wrong, a line each; empty if nothing is."""


def sql_checks(packages: Collection[str] | None = None) -> Iterator[Check]:
    """Run the statements of these packages, or of all, in a fixed order. Nothing is changed."""
    for place in _statements():
        if packages is None or _package(place) in packages:
            yield _run(place)


def _statements() -> list[Traversable]:
    """The files `<package>/sql/check_*.sql`, by package and name."""
    folders = [each / "sql" for each in files("sameboat").iterdir() if (each / "sql").is_dir()]
    found = [file for folder in folders for file in folder.iterdir()]
    chosen = [file for file in found if file.name.startswith("check_")]
    return sorted(chosen, key=str)


def _run(place: Traversable) -> Check:
    """Run one statement, which may read only; each row that it finds is wrong."""
    sql = place.read_text(encoding="utf-8")
    first, _, _ = sql.partition("\n")
    assert first.startswith("-- "), f"{place} does not begin with a sentence"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        # Without parameters a % is a %.
        cursor.execute(sql, None)
        names = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    return Check(
        name=f"{_package(place)}.{place.name.removeprefix('check_').removesuffix('.sql')}",
        sentence=first.removeprefix("-- "),
        findings=tuple(_row(names, row) for row in rows),
    )


def _row(names: list[str], row: tuple[object, ...]) -> str:
    cells = zip(names, row, strict=True)
    return ", ".join(f"{name} {_cell(value)}" for name, value in cells)


def _cell(value: object) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def _package(place: Traversable) -> str:
    return str(place).replace("\\", "/").split("/")[-3]
