"""The core installs alone: rules, `quote` and `verify` need no server, and the rest says so."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
UV = ROOT / ".tools" / "bin" / "uv"
QUOTE = (
    *("quote", "--plan", "xiang-hu-bao", "--on", "2019-01-21", "--members", "23000000"),
    *("--aid", "300000", "--aid", "300000", "--carry", "0", "--json"),
)


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the core and nothing else."""
    assert UV.exists(), "run `make setup`, which installs uv"
    folder = tmp_path_factory.mktemp("core") / "venv"
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(folder)}
    command = [str(UV), "sync", "--quiet", "--frozen", "--no-default-groups"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folder / "bin"


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, env=environment, check=False
    )


def test_rules_import_and_nothing_of_the_server_is_there(core: Path) -> None:
    done = run(
        core / "python",
        "-c",
        "import sameboat.rules, sameboat.proof, importlib.util as u\n"
        "assert not [n for n in ('django', 'psycopg', 'duckdb') if u.find_spec(n)]",
    )
    assert done.returncode == 0, done.stderr


def test_quote_gives_the_first_real_period(core: Path) -> None:
    done = run(core / "sameboat", *QUOTE)
    assert done.returncode == 0, done.stderr
    quoted = json.loads(done.stdout)
    assert quoted["share"] == "0.03"
    assert quoted["carried_out"] == "42000.00"


@pytest.mark.parametrize("words", [["verify", "--help"], ["plan", "list"], ["--help"]])
def test_the_other_core_commands_run(core: Path, words: list[str]) -> None:
    done = run(core / "sameboat", *words)
    assert done.returncode == 0, done.stderr


def test_a_server_command_names_what_it_lacks(core: Path) -> None:
    done = run(core / "sameboat", "serve")
    assert done.returncode == 1
    assert done.stderr == "“sameboat serve” needs the server: pip install 'sameboat[server]'\n"
