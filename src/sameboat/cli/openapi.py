"""`sameboat openapi`: the description of the API, for programs and for the documents."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def openapi(
    refusals: Annotated[
        bool, typer.Option("--refusals", help="Print the table of refusals instead (Markdown).")
    ] = False,
    python: Annotated[
        bool, typer.Option("--python", help="Print the typed client for Python instead.")
    ] = False,
) -> None:
    """Print the OpenAPI document of the API as JSON. No database is needed.

    Example: sameboat openapi > openapi.json
    """
    from sameboat.api import description
    from sameboat.api.python_client import python_client

    if refusals:
        print(description.refusal_table(), end="")
    elif python:
        print(python_client(description.openapi()), end="")
    else:
        print(json.dumps(description.openapi(), ensure_ascii=False, indent=2))
