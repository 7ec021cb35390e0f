"""`sameboat plan`: what a plan designer sees, and what a program reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import society
from sameboat.cli.plan import app
from sameboat.plans import catalogue
from sameboat.plans.models import Rulebook
from sameboat.record.queries import state_of
from society import PLAN

RUN = CliRunner(env={"COLUMNS": "160"})


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Xiaomi's rulebook with two mistakes."""
    for name, content in catalogue.read("xiaomi-huzhu").items():
        text = content.decode().replace('fee_rate = "0.08"', "fee_rate = 0.08")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("days = 90", "days = -90"), "utf-8")
    return tmp_path / "xiaomi-huzhu.toml"


def test_list_names_every_plan_of_the_catalogue() -> None:
    assert all(plan_id in RUN.invoke(app, ["list"]).stdout for plan_id in catalogue.ids())
    listed = json.loads(RUN.invoke(app, ["list", "--json"]).stdout)
    assert [plan["plan"] for plan in listed] == list(catalogue.ids())


class TestShow:
    def test_each_value_stands_with_its_source(self) -> None:
        shown = RUN.invoke(app, ["show", "xiang-hu-bao", "--version", "2018-11"])
        assert shown.exit_code == 0
        rows = [line for line in shown.stdout.splitlines() if "sharing.fee_rate" in line]
        assert len(rows) == 1
        assert "0.08" in rows[0]
        assert "facts §1.5" in rows[0]

    @pytest.mark.parametrize(("lang", "word"), [("zh", "假定："), ("en", "assumed: ")])
    def test_an_assumed_value_is_marked_in_words(self, lang: str, word: str) -> None:
        shown = RUN.invoke(app, ["show", "360-huzhu", "--lang", lang]).stdout
        assert word in next(line for line in shown.splitlines() if "sharing.classes" in line)

    def test_json_counts_what_is_sourced_and_what_is_assumed(self) -> None:
        shown = json.loads(RUN.invoke(app, ["show", "meituan-huzhu", "--json"]).stdout)
        assert shown["version"] == "2020-06"
        assumed = [value for value in shown["values"] if value["assumed"]]
        assert shown["assumed"] == len(assumed) > 0
        assert shown["sourced"] + shown["assumed"] == len(shown["values"])
        by_key = {value["key"]: value["value"] for value in shown["values"]}
        assert by_key["sharing.fee_rate"] == "0.08"
        assert by_key["sharing.cap_per_year"] is None
        assert by_key["benefit.rows"][0]["amount"] == "150000.00"
        assert len(by_key["benefit.illnesses"]) == 103

    @pytest.mark.parametrize("asked", [["nobody"], ["xiang-hu-bao", "--version", "1999"]])
    def test_what_is_not_there_is_refused_with_what_is(self, asked: list[str]) -> None:
        refused = RUN.invoke(app, ["show", *asked])
        assert refused.exit_code == 2
        assert "2018-11" in refused.stderr or "xiang-hu-bao" in refused.stderr


class TestCheck:
    @pytest.mark.parametrize("plan_id", catalogue.ids())
    def test_a_good_rulebook(self, plan_id: str) -> None:
        checked = RUN.invoke(app, ["check", plan_id])
        assert checked.exit_code == 0
        assert catalogue.load(plan_id).content_hash in checked.stdout

    def test_all_problems_are_printed(self, broken: Path) -> None:
        checked = RUN.invoke(app, ["check", str(broken)])
        assert checked.exit_code == 1
        assert len(checked.stdout.splitlines()) == 2
        assert "version[2020-06].sharing.fee_rate: found 0.08; expected a rate" in checked.stdout
        assert "version[2020-06].waiting.days: found -90" in checked.stdout

    def test_problems_in_chinese_and_for_programs(self, broken: Path) -> None:
        assert "应为" in RUN.invoke(app, ["check", str(broken), "--lang", "zh"]).stdout
        answer = RUN.invoke(app, ["check", str(broken), "--json"])
        keys = {problem["key"] for problem in json.loads(answer.stdout)["problems"]}
        assert answer.exit_code == 1
        assert keys == {"version[2020-06].sharing.fee_rate", "version[2020-06].waiting.days"}

    def test_a_file_that_is_not_there(self) -> None:
        assert RUN.invoke(app, ["check", "nowhere.toml"]).exit_code == 2


@pytest.mark.parametrize("command", ["list", "show", "check"])
def test_help_has_an_example_and_the_exit_codes(command: str) -> None:
    shown = RUN.invoke(app, [command, "--help"]).stdout
    assert f"Example: sameboat plan {command}" in shown
    assert "Exit codes" in shown


@pytest.mark.django_db
class TestAdopt:
    def test_a_rulebook_is_in_force_once_and_on_the_record(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        society.running("xiaomi-huzhu")
        monkeypatch.setattr("sameboat.cli.database.start_database", lambda: None)
        told = [json.loads(RUN.invoke(app, ["adopt", PLAN, "--json"]).stdout) for _ in range(2)]
        assert told[0] == told[1]
        assert told[0]["plan"] == PLAN
        assert state_of(bytes.fromhex(told[0]["entry_hash"])) == "PENDING"
        assert Rulebook.objects.filter(plan=PLAN).count() == 1

    def test_a_broken_or_unknown_one_is_refused_before_anything_starts(self, broken: Path) -> None:
        assert RUN.invoke(app, ["adopt", str(broken)]).exit_code == 1
        assert RUN.invoke(app, ["adopt", "nobodys-plan"]).exit_code == 2
        assert not Rulebook.objects.exists()
