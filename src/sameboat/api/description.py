"""What the API says of itself: its OpenAPI document, and every refusal with its status."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import sameboat
from sameboat.api.errors import status_of
from sameboat.api.urls import api
from sameboat.runtime.refusals import Refusal

# What a command or a page refuses by itself never reaches a program that calls the API.
_ELSEWHERE = (
    "cli",
    "site",
    "web",
    "console",
    "public",
    "pages",
    "simulation",
    "upkeep",
    "witness",
)


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    return dict(api.get_openapi_schema(path_prefix="/api/v1/"))


def refusals() -> list[type[Refusal]]:
    """Every refusal that can be an answer of the API, by code."""
    for module in pkgutil.walk_packages(sameboat.__path__, "sameboat."):
        package = module.name.split(".")[1]
        if package not in _ELSEWHERE and ".migrations" not in module.name:
            importlib.import_module(module.name)
    found: list[type[Refusal]] = []
    waiting = Refusal.__subclasses__()
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        found.append(refusal)
    return sorted(filter(_can_be_answered, found), key=lambda each: each.code)


def refusal_table() -> str:
    """The table of `docs/api.md`: code, status, and the sentence in both languages."""
    lines = ["| code | status | en | zh |", "|---|---|---|---|"]
    lines += [
        f"| `{each.code}` | {status_of(each.code)} | {each.en} | {each.zh} |" for each in refusals()
    ]
    return "\n".join(lines) + "\n"


def _can_be_answered(refusal: type[Refusal]) -> bool:
    root, package, *_ = refusal.__module__.split(".")
    return root == "sameboat" and package not in _ELSEWHERE
