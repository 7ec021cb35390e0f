"""Every value that a sentence of the facts states is in the catalogue, and names its paragraph.

`stated_in_the_facts.csv` was written from the facts: plan, version (empty: every version), key,
paragraph and value. A value that stands there may not be marked as assumed.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sameboat.cli.plan import app
from sameboat.plans import catalogue

TABLE = Path(__file__).parent / "stated_in_the_facts.csv"
ROWS = list(csv.DictReader(TABLE.read_text("utf-8").splitlines()))
RUN = CliRunner()


def shown(plan_id: str, version: str) -> dict[str, dict[str, object]]:
    """The values of `sameboat plan show --json`, by key."""
    answer = json.loads(RUN.invoke(app, ["show", plan_id, "--version", version, "--json"]).stdout)
    assert answer["sourced"] + answer["assumed"] == len(answer["values"])
    return {value["key"]: value for value in answer["values"]}


def written(key: str, value: object) -> object:
    """A value as the table has it: a row of benefits by its ages, severity and amount."""
    if key == "benefit.rows":
        assert isinstance(value, list)
        return [
            [f"{row['age_from_years']}-{row['age_to_years']}", row["severity"], row["amount"]]
            for row in value
        ]
    return value


@pytest.mark.parametrize("plan_id", sorted({row["plan"] for row in ROWS}))
def test_what_the_facts_state_is_there_and_names_its_paragraph(plan_id: str) -> None:
    versions = [terms.version for terms in catalogue.load(plan_id).versions]
    values = {version: shown(plan_id, version) for version in versions}
    for row in (row for row in ROWS if row["plan"] == plan_id):
        for version in [row["version"]] if row["version"] else values:
            found = values[version][row["key"]]
            where = (plan_id, version, row["key"])
            assert not found["assumed"], where
            assert f"facts §{row['paragraph']}" in str(found["source"]), where
            value = written(row["key"], found["value"])
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            assert text == row["value"], where


def test_only_of_weibo_nothing_is_known() -> None:
    known = {row["plan"] for row in ROWS}
    real = {plan_id for plan_id in catalogue.ids() if not plan_id.startswith("demo-")}
    assert real - known == {"weibo-huzhu"}
    assert all(value["assumed"] for value in shown("weibo-huzhu", "2019-01").values())


def test_a_plan_that_takes_members_in_is_in_the_catalogue() -> None:
    named = {
        terms.joining.transfer_to
        for plan_id in catalogue.ids()
        for terms in catalogue.load(plan_id).versions
    } - {None}
    assert named == {"xiang-hu-bao-old-age"}
    assert named <= set(catalogue.ids())
