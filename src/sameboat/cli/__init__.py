"""The commands: one file per group; each calls one action, query or rule and prints the answer.

A command's module is imported only when that command runs, so `quote` and `verify` need the core
alone and start fast. Exit codes: 0 done, 1 refused or a fault was found, 2 wrongly called.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import typer

from sameboat.runtime.refusals import Language, Refusal

Needs = Literal["core", "engine", "server", "database"]


@dataclass(frozen=True)
class Entry:
    """Where a command is and what must stand before it runs."""

    target: str
    """`module:name` of a Typer app or of a function."""
    help: str
    needs: Needs = "core"


COMMANDS: dict[str, Entry] = {
    "quote": Entry("sameboat.cli.quote:quote", "Compute a period's share from numbers alone."),
    "share": Entry("sameboat.cli.share:share", "Share a period among members in a file.", "engine"),
    "replay": Entry("sameboat.cli.replay:replay_file", "Compute published periods again."),
    "verify": Entry("sameboat.cli.verify:verify", "Check receipts and proofs, offline."),
    "plan": Entry("sameboat.cli.plan:app", "List, show, check and adopt rulebooks."),
    "staff": Entry("sameboat.cli.staff:app", "Make and retire staff logins.", "database"),
    "demo": Entry("sameboat.cli.demo:demo", "Build a small society and serve it.", "server"),
    "serve": Entry("sameboat.cli.serve:serve", "Serve the pages and the API.", "database"),
    "worker": Entry("sameboat.cli.serve:worker", "Run background jobs.", "database"),
    "migrate": Entry("sameboat.cli.database:migrate", "Bring the tables up to date.", "database"),
    # Settings with which nothing starts are the first thing that it may find.
    "doctor": Entry("sameboat.cli.doctor:doctor", "Say what is wrong with this installation."),
    "check": Entry("sameboat.cli.check:check", "Check money, members and record.", "database"),
    "backup": Entry("sameboat.cli.backup:backup", "Back up data and keys, apart.", "database"),
    "restore": Entry("sameboat.cli.backup:restore", "Restore a backup and verify it.", "server"),
    "prune": Entry("sameboat.cli.prune:prune", "Delete what is kept no longer.", "database"),
    "period": Entry("sameboat.cli.period:app", "Show and advance periods.", "database"),
    "claim": Entry("sameboat.cli.claim:app", "Show and decide claims.", "database"),
    "record": Entry("sameboat.cli.record:app", "Verify the evidence record.", "database"),
    "openapi": Entry("sameboat.cli.openapi:openapi", "Describe the API.", "server"),
    "bench": Entry("sameboat.cli.bench:app", "Measure joins and settlements."),
    "stop": Entry("sameboat.cli.database:stop", "End what was started here.", "server"),
}


class ServerExtraMissing(Refusal):
    """A server command was called in an installation of the core."""

    code = "server_extra_missing"
    en = "“sameboat {command}” needs the server: pip install 'sameboat[server]'"
    zh = "“sameboat {command}”需要服务器组件：pip install 'sameboat[server]'"


def main() -> None:
    """The entry point `sameboat`."""
    arguments = sys.argv[1:]
    try:
        application(arguments)()
    except Refusal as refusal:
        print(refusal.explain(language()), file=sys.stderr)
        raise SystemExit(1) from None


def application(arguments: Sequence[str]) -> typer.Typer:
    """The root, with the command that `arguments` name loaded and the others known by name."""
    root = typer.Typer(
        name="sameboat",
        help="Sameboat (同舟): an open online mutual-aid platform.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.callback()(_root)
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    for name, entry in COMMANDS.items():
        if name == chosen:
            mount(root, name)
        else:
            root.command(name, help=entry.help)(_not_loaded)
    return root


def mount(root: typer.Typer, name: str) -> None:
    """Load the command `name`, with what it needs, and hang it under `root`."""
    entry = COMMANDS[name]
    if entry.needs == "engine":
        _find_engine(name)
    elif entry.needs != "core":
        prepare_server(name)
    module, _, attribute = entry.target.partition(":")
    target = getattr(importlib.import_module(module), attribute)
    if entry.needs == "database":
        from sameboat.cli.database import with_database

        target = with_database(target)
    if isinstance(target, typer.Typer):
        root.add_typer(target, name=name, help=entry.help)
    else:
        root.command(name)(target)


def language() -> Language:
    """The reader's language: that of the terminal."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    return "zh" if spoken.startswith("zh") else "en"


def _root() -> None:
    """Commands share nothing but their name."""


def _not_loaded() -> None:
    raise AssertionError("a command runs only after it was mounted")


def _find_engine(name: str) -> None:
    """The settlement's engine is there; no settings and no database are asked for."""
    if importlib.util.find_spec("ibis") is None:
        raise ServerExtraMissing(command=name)


def prepare_server(name: str) -> None:
    """Read the settings and load the tables; refuses where only the core is installed."""
    try:
        import django
        import psycopg  # noqa: F401 - only asked whether it is there
    except ModuleNotFoundError:
        raise ServerExtraMissing(command=name) from None
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sameboat.site.settings")
    django.setup()
