"""Which writes of a stage have no fail point behind them.

Read top down: behind each write, and before the next one or the end of the function, stands a
`reach`. A private function may leave its last write to its callers: then calling it is a write.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kill.points import called

WRITES = frozenset(
    {
        # Rows, by the ORM and by SQL.
        "create",
        "get_or_create",
        "update_or_create",
        "bulk_create",
        "bulk_update",
        "update",
        "delete",
        "save",
        "execute",
        # Files.
        "written_whole",
        "write_bytes",
        "write_text",
        "write_snapshot",
        "write_shares",
        "write_debits",
        "write_leaves",
        "write_nodes",
        # What leaves the house; `_answer` asks the payment gateway.
        "send",
        "_answer",
        # Actions of packages below.
        "begin_settling",
        "begin_paying",
        "end_paying",
        "reclaim",
        "add_entry",
        "audit",
        "book",
        "end_membership",
        "finalise",
        "mark_paid",
        "mark_settled",
        "open_publicity",
        # One write each, for all stages; whoever calls them has the fail point.
        "confirm",
        "end_aged_out",
        "mark",
    }
)
READS = ("SELECT", "pg_try_advisory_lock", "failed_cycles.sql")
"""What an `execute` that only reads has among its arguments."""


def unmarked(source: str) -> list[str]:
    """The writes without a fail point behind them: a line each, with the function's name."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    writes = WRITES
    while left := {f.name for f in functions if _left(f, writes) and f.name.startswith("_")}:
        if left <= writes:
            break
        writes |= left
    return [
        f"{function.name}, line {call.lineno}: {called(call)}() has no reach() behind it"
        for function in functions
        for call in _faults(function, writes)
    ]


def _faults(function: ast.FunctionDef, writes: frozenset[str]) -> Iterator[ast.Call]:
    between, last = _followed(function, writes)
    yield from between
    if last is not None and function.name not in writes:
        yield last


def _left(function: ast.FunctionDef, writes: frozenset[str]) -> bool:
    """Whether its last write has no fail point behind it."""
    return _followed(function, writes)[1] is not None


def _followed(
    function: ast.FunctionDef, writes: frozenset[str]
) -> tuple[list[ast.Call], ast.Call | None]:
    """The writes with another write behind them, and the last one if nothing is behind it."""
    between: list[ast.Call] = []
    waiting: ast.Call | None = None
    for call in _calls(function):
        if called(call) == "reach":
            waiting = None
        elif _is_write(call, writes):
            if waiting is not None and not _belongs(waiting, call):
                between.append(waiting)
            waiting = call
    return between, waiting


def _calls(function: ast.FunctionDef) -> list[ast.Call]:
    """The calls of a function in the order in which they end, so that an argument comes first."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return sorted(calls, key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0))


def _is_write(call: ast.Call, writes: frozenset[str]) -> bool:
    if called(call) not in writes:
        return False
    text = ast.unparse(call)
    return called(call) != "execute" or not any(word in text for word in READS)


def _belongs(opened: ast.Call, inside: ast.Call) -> bool:
    """`with written_whole(…)` opens a draft: the write into it is the first that is done."""
    return called(opened) == "written_whole" and called(inside).startswith("write_")
