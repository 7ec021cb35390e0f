"""Long lists come a page at a time: the `Link` header (RFC 8288) leads to the next one.

A page is named by the last thing of the page before, not by a number: what comes or goes meanwhile
shifts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import StringConstraints

Row = TypeVar("Row")
LIMIT_MAX = 500
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
LIMIT = 100
# ninja keeps a default only so, where the type itself is annotated.
After = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32})?$"), Query("")]
"""The reference of the last thing of the page before; empty for the first page."""


def one_page(
    request: HttpRequest,
    response: HttpResponse,
    found: Sequence[Row],
    *,
    limit: int,
    by: str,
    mark: Callable[[Row], object],
) -> list[Row]:
    """The first `limit` of what was found; if there is more, `response` says where.

    `found` holds one more than the page where there is more; `by` is the parameter that takes the
    `mark` of the last row.
    """
    page = list(found[:limit])
    if len(found) > limit:
        onward = request.GET.copy()
        onward[by], onward["limit"] = str(mark(page[-1])), str(limit)
        response["Link"] = f'<{request.path}?{onward.urlencode()}>; rel="next"'
    return page
