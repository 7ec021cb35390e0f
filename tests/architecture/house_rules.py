"""The house rules that a machine can read from source text. Each returns its findings as lines."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

CLOCKS = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "datetime.datetime.now",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
        "timezone.now",
        "clock.now",
        "clock.by_the_machine",
    }
)
SIGNALS = frozenset({"django.dispatch", "django.db.models.signals", "django.core.signals"})
UNFINISHED = re.compile(r"\b(FIXME|TODO|XXX)\b")


def clock_reads(source: str) -> list[str]:
    """Where the clock is read; only the edge may."""
    return [
        f"line {node.lineno}: {ast.unparse(node.func)}(); take `now` or `today` as an argument"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCKS
    ]


def inexact_arithmetic(source: str) -> list[str]:
    """Where a rule divides without saying where the rest goes, or uses a float."""
    return [
        f"line {line}: {what}; money is whole fen and every division names its rounding"
        for line, what in _inexact(ast.parse(source))
    ]


def _inexact(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node.lineno, "a bare `/`"
            case ast.Constant(value=float()):
                yield node.lineno, f"the float {ast.unparse(node)}"
            case ast.Name(id="float"):
                yield node.lineno, "`float`"


def signals(source: str) -> list[str]:
    """Where a signal is used; a higher package pulls, nothing calls upwards."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(module=str(module)) if module in SIGNALS:
                found.append(f"line {node.lineno}: {module}; call the function that is meant")
            case ast.Import(names=names):
                found += [
                    f"line {node.lineno}: {alias.name}; call the function that is meant"
                    for alias in names
                    if alias.name in SIGNALS
                ]
    return found


def unfinished(source: str) -> list[str]:
    """Where somebody left a mark instead of finishing."""
    return [
        f"line {number}: {mark.group()}; finish it or open an issue"
        for number, line in enumerate(source.splitlines(), start=1)
        if (mark := UNFINISHED.search(line))
    ]


def catch_all_name(path: str) -> list[str]:
    """Whether a module is named for nothing in particular."""
    stem = path.rsplit("/", 1)[-1].removesuffix(".py")
    if stem in {"utils", "helpers", "common", "misc", "managers", "services", "exceptions"}:
        return [f"{path}: a function lives with its only user, or in a file named for its subject"]
    return []
