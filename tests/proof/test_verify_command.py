"""`sameboat verify`: files in, sentences and an exit code out."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner, Result

import sameboat.proof
from proof.evidence import LOCAL, WITNESSED, WITNESSES, policy
from proof.members import ANA, HAO, certificate, join_receipt
from proof.test_receipt import DAY_ENTRY, EVIDENCE, FILE, OPENING, SETTLE_ENTRY, log_of
from sameboat.cli import application
from sameboat.cli import verify_words as words
from sameboat.proof.receipt import StepName


@pytest.fixture
def receipts(tmp_path: Path) -> Path:
    """Evidence (1), Ana's join receipt (2), her certificate (3), and two policies."""
    log = log_of(EVIDENCE, DAY_ENTRY, SETTLE_ENTRY, witnesses=WITNESSES[:3])
    for number, entry in enumerate((EVIDENCE, DAY_ENTRY, SETTLE_ENTRY), start=1):
        (tmp_path / f"{number}.tlog-proof").write_bytes(log.proof(entry))
        (tmp_path / f"{number}.entry.json").write_bytes(entry)
    (tmp_path / "1.opening.json").write_bytes(OPENING.to_bytes())
    (tmp_path / "2.join.json").write_bytes(join_receipt(ANA).to_bytes())
    (tmp_path / "3.share.json").write_bytes(certificate(ANA, 0).to_bytes())
    (tmp_path / "local.json").write_bytes(LOCAL)
    (tmp_path / "witnessed.json").write_bytes(WITNESSED)
    (tmp_path / "report.pdf").write_bytes(FILE)
    return tmp_path


def run(folder: Path, *arguments: str, number: str = "") -> Result:
    """Run the command; arguments with a dot are files of `folder`."""
    named = [str(folder / one) if "." in one else one for one in arguments]
    return CliRunner().invoke(application(["verify"]), ["verify", *named], input=number + "\n")


def test_all_receipts_of_a_member_are_verified_at_once(receipts: Path) -> None:
    files = ("1.tlog-proof", "2.tlog-proof", "3.tlog-proof")
    done = run(
        receipts,
        *(*files, "--policy", "witnessed.json", "--holder", "passport", "--lang", "en"),
        number=" e1234 5678",
    )
    assert done.exit_code == 0, done.output
    assert done.output.count("VERIFIED: WITNESSED 3/4") == 3
    assert "witness hospital at 2019-02-12 19:34:20 UTC" in done.output
    assert policy(WITNESSED).fingerprint.hex() in done.output
    assert "3 fen, head count 2" in done.output


def test_a_receipt_is_read_out_in_chinese(receipts: Path) -> None:
    done = run(
        receipts,
        *("1.tlog-proof", "--policy", "local.json", "--document", "report.pdf", "--lang", "zh"),
    )
    assert done.exit_code == 0, done.output
    assert "已核验：LOCAL" in done.output
    assert "所给文件就是当时承诺的原件" in done.output


@pytest.mark.parametrize(
    ("arguments", "number", "step", "code"),
    [
        (("2.tlog-proof", "--policy", "local.json"), "", "holder", "no_holder"),
        (
            ("2.tlog-proof", "--policy", "local.json", "--holder", "passport"),
            HAO.number,
            "holder",
            "wrong_holder",
        ),
        (
            ("1.tlog-proof", "--policy", "local.json", "--document", "local.json"),
            "",
            "document",
            "wrong_document",
        ),
    ],
)
def test_what_is_not_verified_says_why_and_exits_with_1(
    receipts: Path, arguments: tuple[str, ...], number: str, step: str, code: str
) -> None:
    done = run(receipts, *arguments, "--json", number=number)
    assert done.exit_code == 1
    (receipt,) = json.loads(done.stdout)["receipts"]
    assert receipt["verified"] is False
    assert (receipt["steps"][-1]["name"], receipt["steps"][-1]["code"]) == (step, code)
    spoken = run(receipts, *arguments, "--lang", "zh", number=number)
    assert spoken.exit_code == 1
    assert words.FAILED_ZH[code] in spoken.output
    assert words.BAD.zh in spoken.output


def test_one_bad_receipt_among_good_ones_is_enough_for_1(receipts: Path) -> None:
    (receipts / "1.entry.json").write_bytes(EVIDENCE.replace(b"evidence.add", b"evidence.ask"))
    done = run(receipts, "1.tlog-proof", "4.tlog-proof", "--policy", "local.json")
    assert done.exit_code == 2
    (receipts / "4.tlog-proof").write_bytes((receipts / "2.tlog-proof").read_bytes())
    (receipts / "4.entry.json").write_bytes(DAY_ENTRY)
    done = run(receipts, "1.tlog-proof", "4.tlog-proof", "--policy", "local.json", "--json")
    assert done.exit_code == 1
    assert [one["verified"] for one in json.loads(done.stdout)["receipts"]] == [False, True]


@pytest.mark.parametrize(
    "arguments",
    [
        ("1.tlog-proof",),
        ("1.tlog-proof", "--policy", "absent.json"),
        ("1.tlog-proof", "--policy", "1.entry.json"),
        ("1.entry.json", "--policy", "local.json"),
        ("1.tlog-proof", "--policy", "local.json", "--document", "absent.pdf"),
        ("1.tlog-proof", "--policy", "local.json", "--holder", "library-card"),
        ("1.tlog-proof", "3.tlog-proof", "--policy", "local.json", "--document", "report.pdf"),
        (),
    ],
)
def test_what_cannot_be_checked_exits_with_2(receipts: Path, arguments: tuple[str, ...]) -> None:
    assert run(receipts, *arguments).exit_code == 2


def test_a_policy_beside_the_receipt_is_never_used(receipts: Path) -> None:
    (receipts / "1.policy.json").write_bytes(LOCAL)
    (receipts / "policy.json").write_bytes(LOCAL)
    done = run(receipts, "1.tlog-proof", "--lang", "en")
    assert done.exit_code == 2
    assert "never brings its own policy" in done.output


def test_each_step_and_each_code_has_its_words() -> None:
    assert words.PASSED.keys() == words.AT.keys() == set(get_args(StepName))
    raised = set()
    for path in sameboat.proof.__path__:
        for file in Path(path).glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call):
                    raised |= {one.value for one in _codes(node) if isinstance(one.value, str)}
    assert raised == words.FAILED_ZH.keys()


def _codes(call: ast.Call) -> list[ast.Constant]:
    """The codes in a call: the first argument of an error, or an argument named `code`."""
    named = isinstance(call.func, ast.Name) and call.func.id in {"BadProof", "BadEntry"}
    found = [*call.args[:1]] if named else []
    found += [one.value for one in call.keywords if one.arg == "code"]
    return [one for one in found if isinstance(one, ast.Constant)]


def test_it_needs_no_server_and_no_locale(receipts: Path) -> None:
    """Other hash seed, time zone and locale: the same answer, and Django is never imported."""
    script = (
        "import sys\n"
        "sys.modules.update(django=None, ninja=None, psycopg=None)\n"
        "from sameboat.cli import main\n"
        "main()\n"
    )
    arguments = ["verify", "1.tlog-proof", "--policy", "witnessed.json", "--json"]
    answers = set()
    for seed, zone, lang in [("0", "UTC", "C.UTF-8"), ("7", "Asia/Shanghai", "zh_CN.UTF-8")]:
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=receipts,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LANG": lang},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers.add(done.stdout)
    assert len(answers) == 1
