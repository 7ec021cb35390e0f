"""Every command exists, explains itself with an example, and loads only when it runs."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from sameboat import cli
from sameboat.cli import COMMANDS, application
from sameboat.cli.serve import AT_EACH_BEAT, BY_THE_CLOCK


def leaves(name: str) -> list[list[str]]:
    """The words that call each command under `name`."""
    root = typer.Typer()
    cli.mount(root, name)
    if root.registered_commands:
        return [[name]]
    (group,) = root.registered_groups
    assert group.typer_instance is not None
    words = [_word(command) for command in group.typer_instance.registered_commands]
    return [[name]] if len(words) == 1 else [[name, word] for word in words]


def _word(command: typer.models.CommandInfo) -> str:
    assert command.callback is not None
    return command.name or command.callback.__name__.replace("_", "-")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself_with_an_example(name: str) -> None:
    for words in leaves(name):
        answer = CliRunner().invoke(application(words), [*words, "--help"])
        assert answer.exit_code == 0, answer.output
        assert f"sameboat {' '.join(words)}" in " ".join(answer.output.split())
        assert "Example" in answer.output, f"sameboat {' '.join(words)} --help has no example"


@pytest.mark.parametrize("path", [*AT_EACH_BEAT, *BY_THE_CLOCK])
def test_a_heartbeat_exists(path: str) -> None:
    from django.utils.module_loading import import_string

    assert callable(import_string(path))


def test_the_root_lists_every_command_without_loading_one() -> None:
    program = (
        "import sys; sys.argv = ['sameboat', '--help']\n"
        "from sameboat.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "loaded = [m for m in sys.modules if m.startswith(('sameboat.cli.', 'django'))]\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [name for name in COMMANDS if name not in done.stdout] == []


def test_a_refusal_is_one_sentence_and_exit_code_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(arguments: list[str]) -> typer.Typer:
        raise cli.ServerExtraMissing(command="serve")

    monkeypatch.setattr(cli, "application", refuse)
    for spoken, start in (("zh_CN.UTF-8", "“sameboat serve”需要"), ("C", "“sameboat serve” needs")):
        monkeypatch.setenv("LC_ALL", spoken)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 1
        assert capsys.readouterr().err.startswith(start)
