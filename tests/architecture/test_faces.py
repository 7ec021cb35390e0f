"""What the pages can do, a program can do: the faces call the same actions.

Read from the source: a page that calls an action which no route of the API calls fails here.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

SOURCE = Path(__file__).resolve().parent.parent.parent / "src" / "sameboat"
PAGES = ("web", "console", "public", "pages")

ONLY_ON_PAGES: dict[str, str] = {
    "sameboat.identity.actions.mandates.whose_mandate": "a look before a form",
    "sameboat.members.actions.deaths.whose_death": "a look before a form",
    "sameboat.rights.actions.consenting.give_consent": "a program names the version it showed",
}
"""Actions of the pages that the API does not call, with the reason."""

ONLY_IN_THE_API: dict[str, str] = {
    "sameboat.identity.actions.tokens.issue_token": "a browser has a session instead",
    "sameboat.identity.actions.tokens.note_use": "a browser has a session instead",
    "sameboat.identity.actions.tokens.refuse_program": "a page does not grant while signing in",
    "sameboat.identity.actions.tokens.revoke_token": "a browser has a session instead",
    "sameboat.members.actions.consenting.agree_as_if_by_phone": "only a demo society is built so",
    "sameboat.members.actions.days.next_day": "tells whoever moves a demo's clock what is due",
}
"""Actions that only programs call, with the reason."""


def actions_of(*faces: str) -> set[str]:
    """The actions that the modules of these faces name, wherever they were imported from."""
    return {
        f"{found.__module__}.{found.__name__}"
        for face in faces
        for path in sorted((SOURCE / face).rglob("*.py"))
        for found in actions_in(path.read_text(encoding="utf-8"))
    }


def actions_in(source: str) -> Iterator[FunctionType]:
    """The functions of any `actions` that a source takes by name, or through the package's name."""
    tree = ast.parse(source)
    packages: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("sameboat."):
            continue
        for alias in node.names:
            if alias.name == "actions":
                packages[alias.asname or alias.name] = f"{node.module}.actions"
            elif ".actions" in f"{node.module}.":
                yield from functions(f"{node.module}", alias.name)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in packages:
                yield from functions(packages[name], attr)


def functions(module: str, name: str) -> Iterator[FunctionType]:
    found = getattr(importlib.import_module(module), name)
    if isinstance(found, FunctionType):
        yield found


def test_what_a_page_can_do_a_program_can_do() -> None:
    pages, api = actions_of(*PAGES), actions_of("api")
    assert len(pages) > 40
    assert sorted(pages - api - set(ONLY_ON_PAGES)) == [], (
        "give these a route in api/, or name them in ONLY_ON_PAGES with the reason"
    )
    assert sorted(api - pages - set(ONLY_IN_THE_API)) == [], (
        "give these a page, or name them in ONLY_IN_THE_API with the reason"
    )


def test_every_exception_is_still_one() -> None:
    pages, api = actions_of(*PAGES), actions_of("api")
    assert {*ONLY_ON_PAGES} <= pages - api
    assert {*ONLY_IN_THE_API} <= api - pages


def test_an_action_is_found_however_it_is_imported() -> None:
    by_name = "from sameboat.claims.actions import seal_claim"
    by_file = "from sameboat.claims.actions.filing import seal_claim as seal"
    by_package = "from sameboat.claims import actions as c\nc.seal_claim()\nother.open_claim()"
    for source in (by_name, by_file, by_package):
        assert [each.__name__ for each in actions_in(source)] == ["seal_claim"], source
    assert not list(actions_in("from sameboat.members.actions.deaths import DEATH_RECORDERS"))
