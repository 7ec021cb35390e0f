"""The guide for plan designers: its commands run as they stand there, and end in a valid plan."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from sameboat.plans import catalogue
from sameboat.rules.money import Ratio

GUIDE = Path(__file__).parents[2] / "docs" / "writing-a-plan.md"


def test_its_commands_lead_from_nothing_to_a_valid_plan(tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert sum(block.count("sameboat plan ") for block in blocks) >= 7
    there = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env=there | {"COLUMNS": "120"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    plan = catalogue.load(tmp_path / "my-plan" / "village.toml")
    assert plan.id == "village"
    assert plan.versions[-1].sharing.fee_rate == Ratio(5, 100)
    assert "no problems: village" in done.stdout
    assert "Payers: the fee, as a part of the aid changes from 8% to 5%." in done.stdout
    assert "付款人：管理费比例由 8% 变为 5%。" in done.stdout
