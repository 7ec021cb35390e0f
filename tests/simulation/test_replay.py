"""`sameboat replay`: what was published of real periods, and periods made up to be wrong."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from sameboat.cli.replay import replay_file
from sameboat.plans import catalogue
from sameboat.rules.money import Fen
from sameboat.rules.quote import quote
from sameboat.rules.versions import version_in_force
from sameboat.simulation.replay import Published, replay

app = typer.Typer()
app.command()(replay_file)
PERIODS = Path(__file__).parent / "xhb_periods.csv"
"""Periods of Xiang Hu Bao that were found in the press, each with its source."""
HEADING = (
    "period_label,publicity_date,members_sharing,aided_count,"
    "aid_total_yuan,fee_rate,share_per_member_yuan,source"
)
TERMS = version_in_force(catalogue.load("xiang-hu-bao"), date(2021, 4, 21))


def run(*words: str, expect: int = 0) -> str:
    called = CliRunner(env={"LC_ALL": "C.UTF-8", "COLUMNS": "160"}).invoke(
        app, list(words), catch_exceptions=False
    )
    assert called.exit_code == expect, called.output
    return called.output


def answered(folder: Path, *rows: str) -> list[dict[str, Any]]:
    path = folder / "periods.csv"
    path.write_text("\n".join([HEADING, *rows]))
    found: list[dict[str, Any]] = json.loads(run(str(path), "--json"))["rows"]
    return found


def test_the_published_periods_of_xiang_hu_bao() -> None:
    found = json.loads(run(str(PERIODS), "--json"))
    assert found["verdicts"] == {
        "equal": 1,
        "possible": 1,
        "contradicted": 1,
        "without_share": 1,
        "borne": 3,
        "incomplete": 0,
    }
    rows = {row["period"]: row for row in found["rows"]}
    assert rows["2019-01-P2"]["computed"] == "0.03"
    assert rows["2019-06-P2"]["implied_mean"] == {"least": "222222.22", "most": "226666.67"}
    assert rows["2019-06-P2"]["benefit"] == {"least": "100000.00", "most": "300000.00"}
    contradicted = rows["2021-04-P2"]
    assert (contradicted["computed"], contradicted["published"]) == ("6.11", "6.39")
    assert rows["2021-12-P2"]["computed"] == "8.01"


def test_people_read_a_table() -> None:
    table = run(str(PERIODS))
    assert "222,222–226,667 a claim; the table gives 100,000–300,000" in table
    assert "1 equal, 1 possible, 1 contradicted, 1 without share, 3 borne by the platform" in table
    assert "1 相符，1 可能，1 不符，1 未公布分摊，3 由平台承担" in run(str(PERIODS), "--lang", "zh")
    run(str(PERIODS), "--strict", expect=1)


@given(
    members=st.integers(50_000_000, 110_000_000),
    aids=st.lists(st.sampled_from([30_000_000, 10_000_000]), min_size=1, max_size=40),
)
def test_what_the_printed_share_implies_holds_the_aid(members: int, aids: list[int]) -> None:
    total = sum(aids)
    quoted = quote(
        plan="",
        terms=TERMS,
        on=date(2021, 4, 21),
        members={"": members},
        claims=[Fen(aid) for aid in aids],
        carried_in=Fen(0),
    )
    known = Published(
        label="",
        on=date(2021, 4, 21),
        members=members,
        aided=len(aids),
        aid=None,
        fee_rate=None,
        share=quoted.share.each,
        source="",
    )
    implied = replay(known, TERMS)
    assert implied.verdict == "possible"
    assert implied.aid is not None and implied.aid.most is not None and implied.mean is not None
    assert implied.aid.least <= total <= implied.aid.most
    # One fen of share is that much of cost: the bounds are no wider than they must be.
    assert implied.aid.most - implied.aid.least <= members


def test_a_mean_that_the_table_cannot_give_is_a_contradiction(tmp_path: Path) -> None:
    found = answered(
        tmp_path,
        "low,2019-06-21,72000000,150,,0.08,0.10,",
        "high,2019-06-21,72000000,150,,0.08,0.80,",
        "none,2019-06-21,72000000,,,0.08,0.80,",
    )
    assert [row["verdict"] for row in found] == ["contradicted", "contradicted", "possible"]


def test_a_carry_can_explain_one_fen_less_and_no_more(tmp_path: Path) -> None:
    same = "2019-01-21,23000000,2,600000,0.08"
    found = answered(tmp_path, f"a,{same},0.03,", f"b,{same},0.02,", f"c,{same},0.01,")
    assert [row["verdict"] for row in found] == ["equal", "possible", "contradicted"]
    assert found[1]["carry_needed"] == "188000.00"


def test_at_the_cap_of_a_claim_the_share_bounds_the_aid_from_below_only(tmp_path: Path) -> None:
    capped = answered(tmp_path, "a,2019-01-21,1000000,2,,0.08,0.20,")[0]
    assert capped["verdict"] == "possible"
    assert capped["implied_aid"]["most"] is None
    assert answered(tmp_path, "a,2019-01-21,1000000,2,,0.08,0.21,")[0]["verdict"] == "contradicted"


def test_a_period_that_cost_nothing_is_equal_and_one_without_members_incomplete(
    tmp_path: Path,
) -> None:
    found = answered(tmp_path, "a,2019-01-21,100,0,0,,0,", "b,2019-01-21,,2,600000,,0.03,")
    assert [row["verdict"] for row in found] == ["equal", "incomplete"]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("a,2019-02-30,1,1,1,0.08,0.03,", "publicity_date"),
        ("a,,1,1,1,0.08,0.03,", "publicity_date"),
        ("a,2017-01-21,1,1,1,0.08,0.03,", "publicity_date"),
        ("a,2019-01-21,>23000000,1,1,0.08,0.03,", "members_sharing"),
        ("a,2019-01-21,1,1.5,1,0.08,0.03,", "aided_count"),
        ("a,2019-01-21,1,1,-1,0.08,0.03,", "aid_total_yuan"),
        ("a,2019-01-21,1,1,1,8%,0.03,", "fee_rate"),
        ("a,2019-01-21,1,1,1,0.08,0.031,", "share_per_member_yuan"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(tmp_path: Path, row: str, column: str) -> None:
    path = tmp_path / "periods.csv"
    path.write_text("\n".join([HEADING, "a,2019-01-21,1,1,1,0.08,0.03,", row]))
    bad = json.loads(run(str(path), "--json", expect=1))
    assert bad["error"] == "replay_bad_rows"
    assert [(one["line"], one["column"]) for one in bad["rows"]] == [(3, column)]
    assert f"3: {column}: " in run(str(path), expect=1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        HEADING.encode() + b"\n\xff,\n",
        HEADING.encode() + b"\n1,2,3,4,5,6,7,8,9",
    ],
)
def test_what_is_no_csv_of_periods_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "periods.csv"
    path.write_bytes(content)
    assert json.loads(run(str(path), "--json", expect=2))["error"] == "replay_unreadable"


def test_plans_that_share_by_weight_and_files_that_are_not_there() -> None:
    assert "replay_unreadable" in run("none.csv", "--json", expect=2)
    assert "unknown_plan" in run(str(PERIODS), "--plan", "no-plan", "--json", expect=2)
