"""`sameboat quote` as programs and people call it."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from sameboat.cli.quote import quote

app = typer.Typer()
app.command()(quote)
FIRST = ["--plan", "xiang-hu-bao", "--on", "2019-01-21", "--members", "23000000"]
WEIGHTED = ["--plan", "360-huzhu", "--on", "2020-04-14"]
TWO_CLAIMS = ["--aid", "300000", "--aid", "300000"]


def run(*words: str, stdin: str | bytes | None = None) -> tuple[int, str]:
    result = CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(
        app, list(words), input=stdin, catch_exceptions=False
    )
    return result.exit_code, result.output


def answered(*words: str) -> dict[str, Any]:
    code, output = run(*words, "--json")
    assert code == 0, output
    found = json.loads(output)
    assert isinstance(found, dict)
    return found


def test_the_example_of_the_first_real_period() -> None:
    assert answered(*FIRST, *TWO_CLAIMS, "--carry", "0") == {
        "plan": "xiang-hu-bao",
        "version": "2018-11",
        "on": "2019-01-21",
        "members": 23000000,
        "claims": 2,
        "aid": "600000.00",
        "fee": "48000.00",
        "extra": "0.00",
        "cost": "648000.00",
        "shareable": "648000.00",
        "carried_in": "0.00",
        "recovered": "0.00",
        "due": "648000.00",
        "sponsored": "0.00",
        "share": "0.03",
        "charged_each": "0.03",
        "charged": "690000.00",
        "carried_out": "42000.00",
    }


def test_waived_members_of_the_first_period() -> None:
    found = answered(*FIRST, *TWO_CLAIMS, "--sponsor-waived", "20000000")
    assert (found["charged"], found["sponsored"]) == ("90000.00", "600000.00")


@pytest.mark.parametrize(("on", "members"), [("2018-11-21", 3_300_000), ("2019-01-21", 3_240_000)])
def test_the_cap_binds_exactly_below(on: str, members: int) -> None:
    words = ["--plan", "xiang-hu-bao", "--on", on, "--aid", "300000"]
    at = answered(*words, "--members", str(members))
    assert (at["share"], at["sponsored"]) == ("0.10", "0.00")
    below = answered(*words, "--members", str(members - 1))
    assert (below["share"], below["sponsored"]) == ("0.10", "0.10")


def test_a_weighted_plan_counts_members_by_class() -> None:
    found = answered(
        "--plan", "360-huzhu", "--on", "2020-04-14", "--aid", "300000",
        "--class", "under-30:900000", "--class", "50-59:100000", "--sponsor-waived", "50-59:10",
    )  # fmt: skip
    assert found["members"] == 1_000_000
    names = [(one["name"], one["weight"], one["members"]) for one in found["classes"]]
    assert ("under-30", 600, 900_000) in names
    assert ("30-39", 1000, 0) in names
    assert ("50-59", 2000, 100_000) in names


def test_explains_in_both_languages() -> None:
    code, english = run(*FIRST, *TWO_CLAIMS, "--explain")
    assert code == 0
    assert "less than one fen counts as one fen: 0.03 yuan." in english
    _, chinese = run(*FIRST, *TWO_CLAIMS, "--explain", "--lang", "zh")
    assert "不足 1 分按 1 分计：0.03 元。" in chinese
    both = answered(*FIRST, *TWO_CLAIMS, "--explain", "--lang", "zh")
    assert both["working"] == chinese.splitlines()


def test_speaks_the_language_of_the_terminal() -> None:
    words = [*FIRST, *TWO_CLAIMS, "--explain"]
    chinese = CliRunner(env={"LC_ALL": "zh_CN.UTF-8"}).invoke(app, words)
    assert chinese.output.startswith("本期支付 2 笔互助金")


def test_without_json_the_figures_are_a_table() -> None:
    code, output = run(*FIRST, *TWO_CLAIMS)
    assert code == 0
    rows = dict(line.split() for line in output.splitlines())
    assert rows["share"] == "0.03"
    assert rows["carried_out"] == "42000.00"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--plan", "no-such-plan", *FIRST[2:]], "unknown_plan"),
        ([*FIRST[:3], "2018-01-01", *FIRST[4:]], "no_version_in_force"),
        ([*FIRST[:3], "21.1.2019", *FIRST[4:]], "quote_day_unreadable"),
        ([*FIRST[:3], "20190121", *FIRST[4:]], "quote_day_unreadable"),
        (FIRST[:2], "quote_field_missing"),
        (FIRST[:4], "quote_count_unreadable"),
        ([*FIRST[:4], "--members", "-1"], "quote_count_unreadable"),
        ([*FIRST, "--aid", "3e5"], "quote_amount_unreadable"),
        ([*FIRST, "--aid", "1.005"], "quote_amount_unreadable"),
        ([*FIRST, "--carry", "-1"], "quote_amount_unreadable"),
        ([*FIRST, "--sponsor-waived", "23000001"], "quote_too_many_waived"),
        ([*FIRST, "--sponsor-waived", "x"], "quote_class_count_unreadable"),
        ([*FIRST, "--class", "young:1"], "quote_class_unknown"),
        ([*WEIGHTED, "--members", "5"], "quote_classes_needed"),
        (
            [*WEIGHTED, "--class", "under-30:x"],
            "quote_class_count_unreadable",
        ),
        (
            [
                "--plan",
                "360-huzhu",
                "--on",
                "2020-04-14",
                "--class",
                "under-30:1",
                "--members",
                "5",
            ],
            "quote_members_differ",
        ),
        (["--batch", "no/such/file"], "quote_batch_missing"),
        (["--batch", "-", "--members", "0"], "quote_batch_alone"),
    ],
)
def test_refuses_with_a_stable_code(words: list[str], error: str) -> None:
    code, output = run(*words, "--json")
    assert code == 2, output
    assert json.loads(output)["error"] == error
    code, output = run(*words, "--lang", "zh")
    assert code == 2
    assert output.startswith(f"{error}: ")


def line(**changes: object) -> str:
    fields: dict[str, object] = {
        "plan": "xiang-hu-bao",
        "on": "2019-01-21",
        "members": 23000000,
        "aid": ["300000", "300000"],
        "carry": "0",
    }
    return json.dumps({**fields, **changes})


def test_a_bad_line_answers_with_its_number_and_the_others_go_on(tmp_path: Path) -> None:
    lines = [
        line(),
        line(aid=["x"]),
        "{",
        "",
        "[1]",
        line(wat=1),
        line(members=True),
        line(carry=0.1),
        line(plan="\ud800"),
        line(plan="a" * 5_000 + ".toml"),
        line(plan=["xiang-hu-bao"]),
        line(waived={"x": 1}),
        "9" * 5_000,
        "[" * 5_000,
        '{"members": 1, ' + line()[1:],
        line(members=3_000_000, waived=1),
    ]
    file = tmp_path / "quotes.jsonl"
    file.write_text("\n".join(lines))
    code, output = run("--batch", str(file))
    assert code == 1
    found = [json.loads(answer) for answer in output.splitlines()]
    errors = {one["line"]: one["error"] for one in found if "error" in one}
    assert errors == {
        2: "quote_amount_unreadable",
        3: "quote_line_unreadable",
        5: "quote_line_unreadable",
        6: "quote_field_unknown",
        7: "quote_count_unreadable",
        8: "quote_amount_unreadable",
        9: "unknown_plan",
        10: "quote_rulebook_unusable",
        11: "quote_field_missing",
        12: "quote_class_unknown",
        13: "quote_line_unreadable",
        14: "quote_line_unreadable",
        15: "quote_line_unreadable",
    }
    assert (found[0]["share"], found[-1]["sponsored"]) == ("0.03", "48000.20")


def test_a_batch_from_standard_input() -> None:
    code, output = run("--batch", "-", stdin=b"\xff\n" + line().encode() + b"\n")
    assert code == 1
    bad, good = (json.loads(answer) for answer in output.splitlines())
    assert (bad["line"], bad["error"]) == (1, "quote_line_unreadable")
    assert good["share"] == "0.03"


def test_a_line_too_long_is_one_bad_line() -> None:
    code, output = run("--batch", "-", stdin=" " * 2_500_000 + line() + "\n" + line())
    assert code == 1
    assert [json.loads(answer).get("line") for answer in output.splitlines()] == [1, None]


def test_a_batch_of_classes_as_the_options_say_it() -> None:
    words = [*WEIGHTED, "--aid", "1000.50"]
    alone = answered(*words, "--class", "under-30:700", "--sponsor-waived", "under-30:7")
    request = {
        "plan": "360-huzhu",
        "on": "2020-04-14",
        "aid": ["1000.50"],
        "classes": {"under-30": 700},
        "waived": {"under-30": 7},
    }
    code, output = run("--batch", "-", stdin=json.dumps(request))
    assert code == 0
    assert json.loads(output) == alone


def test_a_batch_answers_each_line_alone_the_same() -> None:
    _, output = run("--batch", "-", stdin="\n".join(line(members=n) for n in range(50)))
    for members, answer in enumerate(output.splitlines()):
        words = ["--members", str(members), *FIRST[:4], *TWO_CLAIMS]
        assert json.loads(answer) == answered(*words)
