"""What the documents name exists: links, commands, make targets, settings."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from sameboat.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"^\s*(?:\$ )?sameboat ([a-z-]+)|`sameboat ([a-z-]+)", re.MULTILINE)
TARGET = re.compile(r"^\s*(?:\$ )?make ([a-z-]+)|`make ([a-z-]+)", re.MULTILINE)
VARIABLE = re.compile(r"\bSAMEBOAT_[A-Z_]*[A-Z]\b")


def broken_links(text: str, *, folder: Path) -> list[str]:
    """Relative links of `text`, standing in `folder`, that lead nowhere."""
    return [
        target
        for target in LINK.findall(text)
        if "://" not in target
        and not target.startswith("mailto:")
        and not (folder / target).exists()
    ]


def named(pattern: re.Pattern[str], text: str) -> set[str]:
    return {first or second for first, second in pattern.findall(text)}


def targets() -> set[str]:
    listed = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.split()[1] for line in listed.stdout.splitlines()}


def test_every_relative_link_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in DOCUMENTS
        for target in broken_links(path.read_text(encoding="utf-8"), folder=path.parent)
    ]
    assert not broken, "\n" + "\n".join(broken)


def test_every_command_and_target_named_exists() -> None:
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        assert named(COMMAND, text) <= set(COMMANDS), path
        assert named(TARGET, text) <= targets(), path


def test_the_readme_shows_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"demo", "test"} <= named(TARGET, text)
    assert "git clone" in text


def test_every_variable_named_is_a_setting() -> None:
    from sameboat.runtime.settings import OTHER_VARIABLES, PREFIX, Settings

    known = {PREFIX + name.upper() for name in Settings.model_fields} | OTHER_VARIABLES
    for path in DOCUMENTS:
        assert set(VARIABLE.findall(path.read_text(encoding="utf-8"))) <= known, path


def test_a_broken_link_and_a_command_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").touch()
    text = "[a](there.md#part) [b](gone.md) [c](https://example.org/x)\nsameboat quoth --x\n"
    assert broken_links(text, folder=tmp_path) == ["gone.md"]
    assert named(COMMAND, text) == {"quoth"}
