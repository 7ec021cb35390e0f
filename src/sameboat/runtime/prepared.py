"""Statements that the busiest requests send, planned once on each connection.

Django puts the values into the text of a statement, so that PostgreSQL parses and plans it anew
each time: for a join of five tables that takes ten times as long as running it. Here values travel
beside the text, and the connection keeps the plan.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


class _Prepared(psycopg.Cursor[tuple[Any, ...]]):
    """A cursor whose every statement is kept planned."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> _Prepared:
        super().execute(query, params, **{"prepare": True} | options)
        return self


def prepared() -> CursorWrapper:
    """A cursor as `connection.cursor()`, for a statement whose text is always the same.

    It names its columns: with `*` a kept plan fails once a migration adds one.
    """
    connection.ensure_connection()
    cursor: Any = _Prepared(connection.connection)
    if connection.queries_logged:
        return connection.make_debug_cursor(cursor)
    return connection.make_cursor(cursor)
