"""Long lists of the staff pages come a page at a time, named by the last row of the page before.

What comes or goes meanwhile shifts nothing. A page may hold several lists: each has a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

ROWS = 50
_DIGITS_MAX = 18
Row = TypeVar("Row")
AnyModel = TypeVar("AnyModel", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and how the next ones are asked for."""

    rows: list[Row]
    onward: str
    """The query of the next page; empty on the last one."""


def page_of(request: HttpRequest, found: QuerySet[AnyModel], *, by: str) -> Page[AnyModel]:
    """The rows after the one whose number the parameter `by` names, in the order of numbers."""
    after = request.GET.get(by, "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) <= _DIGITS_MAX else 0
    rows = found.filter(pk__gt=number).order_by("pk")[: ROWS + 1]
    return cut(request, list(rows), by=by, mark=lambda row: row.pk)


def cut(
    request: HttpRequest, found: Sequence[Row], *, by: str, mark: Callable[[Row], Any]
) -> Page[Row]:
    """The first rows of what was found; if there are more, the `mark` of the last leads on."""
    rows = list(found[:ROWS])
    if len(found) <= ROWS:
        return Page(rows, "")
    onward = request.GET.copy()
    onward[by] = str(mark(rows[-1]))
    return Page(rows, onward.urlencode())
