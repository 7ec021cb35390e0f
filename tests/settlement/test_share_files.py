"""`sameboat share`: a period on a file of members, against a slow computation by other means."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sameboat.cli.share import share
from sameboat.plans import catalogue
from sameboat.rules.benefit import tiers_of
from sameboat.rules.calendar import publicity_days
from sameboat.rules.money import Fen, Ratio
from sameboat.rules.terms import Plan, PlanTerms, ShareClass, Sharing, WaitingStep, Waiver
from sameboat.rules.versions import version_in_force
from sameboat.settlement.member_files import COLUMNS, BadRows
from sameboat.settlement.on_files import FileShare, share_file
from settlement import naive_members
from settlement.naive_members import Row

app = typer.Typer()
app.command()(share)
DAY = date(2019, 9, 7)
ANA = Row(member=1, payer=1, born=date(1990, 5, 1), joined_on=date(2019, 1, 1))


def written(rows: list[Row], path: Path) -> Path:
    with path.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        writer.writerows(row.texts() for row in rows)
    return path


def shared(
    rows: list[Row],
    folder: Path,
    *,
    terms: PlanTerms,
    plan: Plan,
    on: date = DAY,
    aids: tuple[int, ...] = (30_000_000,),
    carry: int = 0,
    back: int = 0,
    extra: int = 0,
) -> FileShare:
    return share_file(
        written(rows, folder / "members.csv"),
        plan=plan,
        terms=terms,
        on=on,
        claims=[Fen(aid) for aid in aids],
        carried_in=Fen(carry),
        extra=Fen(extra),
        recovered=Fen(back),
        out=folder / "out",
    )


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "out" / f"{name}.parquet").to_pylist()
    return rows


@st.composite
def periods(draw: st.DrawFn) -> tuple[Plan, date]:
    plan = catalogue.load(draw(st.sampled_from(catalogue.ids())))
    first = plan.versions[0].effective_on
    days = publicity_days(plan, since=first, until=first + timedelta(days=800))
    return plan, draw(st.sampled_from(days))


@st.composite
def rules(draw: st.DrawFn, plan: Plan, on: date) -> PlanTerms:
    """The version in force, often with other limits: every combination must come out the same."""
    terms = version_in_force(plan, on)
    if draw(st.booleans()):
        return terms
    cap = st.none() | st.integers(1, 400).map(Fen)
    older = WaitingStep(from_years=draw(st.integers(1, 60)), days=draw(st.integers(0, 200)))
    waiting = replace(
        terms.waiting,
        members_share=draw(st.booleans()),
        days_by_age=draw(st.sampled_from([(), (older,)])),
    )
    if draw(st.booleans()):
        terms = with_an_entry_tier(terms)
    of = draw(st.integers(1, 1_000))
    return replace(
        terms,
        waiting=waiting,
        sharing=replace(
            terms.sharing,
            fee_rate=Ratio(draw(st.integers(0, of)), of),
            classes=draw(classes(terms)),
            waivers=tuple(draw(st.lists(waivers(on), max_size=2))),
            cap_per_claim=draw(cap),
            cap_per_period=draw(cap),
            cap_per_year=draw(cap),
            excess=draw(st.sampled_from(["sponsor", "reshare"])),
            head_count=draw(st.sampled_from(["lock", "end_of_last_period"])),
            aided_members_share=draw(st.booleans()),
        ),
    )


@st.composite
def classes(draw: st.DrawFn, terms: PlanTerms) -> tuple[ShareClass, ...]:
    """None; those of the terms; or bands of any ages and weights, for each tier or for all."""
    chosen = draw(st.sampled_from(["none", "stated", "bands"]))
    if chosen != "bands":
        return terms.sharing.classes if chosen == "stated" else ()
    of_tiers = draw(st.sampled_from([(None,), tiers_of(terms.benefits)]))
    found = []
    for tier in of_tiers:
        cuts = sorted(draw(st.sets(st.integers(1, 69), max_size=3)))
        for low, following in pairwise((0, *cuts, 121)):
            weight = draw(st.integers(1, 4_000))
            found.append(
                ShareClass(
                    name=f"{tier}-{low}",
                    weight=weight,
                    age_from_years=low,
                    age_to_years=following - 1,
                    tier=tier,
                )
            )
    return tuple(found)


def waivers(on: date) -> st.SearchStrategy[Waiver]:
    """For this period or for another one, of who joined by some day before it."""
    days = st.integers(0, 260).map(lambda number: on - timedelta(days=number))
    return st.builds(
        Waiver, publicity_on=st.sampled_from([on, on + timedelta(days=14)]), joined_by=days
    )


def test_every_key_by_which_a_period_is_divided_is_drawn() -> None:
    """But for who bears defaults: that is a line of a later period, and not of the division."""
    source = Path(__file__).read_text("utf-8")
    others = source[source.index("def rules(") : source.index("def classes(")]
    drawn = {field.name for field in fields(Sharing) if f" {field.name}=" in others}
    assert {field.name for field in fields(Sharing)} - drawn == {"defaults_borne_by"}


def with_an_entry_tier(terms: PlanTerms) -> PlanTerms:
    """The same terms with a second tier: half the aid for half the share, by age for the first."""
    entry = [replace(row, id=f"{row.id}-e", tier="entry") for row in terms.benefits.rows]
    first = terms.benefits.rows[0].tier
    young, old = ((0, 39, 700), (40, 120, 1300))
    classes = [
        ShareClass(name=name, weight=weight, age_from_years=low, age_to_years=high, tier=tier)
        for name, tier, (low, high, weight) in (
            ("entry", "entry", (0, 120, 500)),
            ("young", first, young),
            ("old", first, old),
        )
    ]
    rows = [row for row in terms.benefits.rows if row.tier == first]
    benefits = replace(terms.benefits, rows=(*rows, *entry), tiers=())
    return replace(terms, benefits=benefits, sharing=replace(terms.sharing, classes=tuple(classes)))


@st.composite
def people(draw: st.DrawFn, terms: PlanTerms, on: date) -> list[Row]:
    tiers = tiers_of(terms.benefits)
    rows = []
    for member in range(1, draw(st.integers(1, 25)) + 1):
        joined = on - timedelta(days=draw(st.integers(-2, 260)))
        stayed = draw(st.none() | st.integers(0, 260))
        rows.append(
            Row(
                member=member,
                payer=draw(st.integers(1, member)),
                born=joined - timedelta(days=draw(st.integers(30, 365 * 69))),
                joined_on=joined,
                left_on=None if stayed is None else joined + timedelta(days=stayed),
                charged_fen=draw(st.integers(0, 400)),
                tier=draw(st.sampled_from(tiers)),
                status=draw(st.sampled_from(["active", "active", "active", "aided", "waived"])),
            )
        )
    return rows


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_plan_shares_as_a_slow_computation_does(tmp_path: Path, data: st.DataObject) -> None:
    plan, on = data.draw(periods())
    terms = data.draw(rules(plan, on))
    rows = data.draw(people(terms, on))
    aids = tuple(data.draw(st.lists(st.integers(1, 60_000), max_size=3)))
    carry, back, extra = data.draw(
        st.tuples(st.integers(0, 200), st.integers(0, 900), st.integers(0, 900))
    )
    money = {"carry": carry, "back": back, "extra": extra}
    slow = naive_members.settle(rows, plan=plan, terms=terms, on=on, aids=list(aids), **money)

    quick = shared(rows, tmp_path, plan=plan, terms=terms, on=on, aids=aids, **money)

    shares = table(tmp_path, "shares")
    assert {row["member"]: (row["status"], row["amount"]) for row in shares} == slow.shares
    assert {row["payer"]: row["amount"] for row in table(tmp_path, "debits")} == slow.debits
    divided = quick.quote.share
    assert (divided.sponsored, divided.carried_out) == (slow.sponsored, slow.carried_out)
    assert {(one.status, one.amount): one.members for one in quick.classes} == Counter(
        slow.shares.values()
    )


def test_the_files_hold_what_the_answer_says(tmp_path: Path) -> None:
    bo = replace(ANA, member=2, born=date(2015, 1, 1))
    cai = replace(ANA, member=3, payer=3, left_on=DAY)
    gone = replace(ANA, member=4, left_on=DAY - timedelta(days=1))
    path = written([cai, ANA, bo, gone], tmp_path / "members.csv")
    found = json.loads(run(path, tmp_path, "--json"))
    assert (found["members"], found["share"], found["charged"]) == (3, "0.10", "0.30")
    assert found["classes"] == [{"status": "shares", "amount": "0.10", "members": 3}]
    assert [*table(tmp_path, "shares")[0]] == ["member", "status", "amount"]
    assert [row["member"] for row in table(tmp_path, "shares")] == [1, 2, 3]
    assert table(tmp_path, "debits") == [{"payer": 1, "amount": 20}, {"payer": 3, "amount": 10}]


def run(path: Path, folder: Path, *words: str, expect: int = 0, plan: str = "xiang-hu-bao") -> str:
    options = ("--plan", plan, "--on", str(DAY), "--aid", "300000", "--members", str(path))
    called = CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(
        app, [*options, "--out", str(folder / "out"), *words], catch_exceptions=False
    )
    assert called.exit_code == expect, called.output
    return called.output


def test_a_rulebook_of_ones_own_is_taken_as_a_file(tmp_path: Path) -> None:
    for name, content in catalogue.read("xiang-hu-bao").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(
            content.replace(b'cap_per_claim = "0.10"', b'cap_per_claim = "0.07"')
        )
    path = written([ANA], tmp_path / "members.csv")
    answer = run(path, tmp_path, "--json", plan=str(tmp_path / "xiang-hu-bao.toml"))
    assert json.loads(answer)["share"] == "0.07"


BAD: dict[str, dict[str, str]] = {
    "member": {"member": "1.5"},
    "payer": {"payer": ""},
    "born": {"born": "1990-02-30"},
    "joined_on": {"joined_on": "2019-1-1"},
    "left_on": {"left_on": "2018-12-31"},
    "charged_this_year": {"charged_this_year": "0.001"},
    "tier": {"tier": "gold"},
    "status": {"status": "Active"},
}


@pytest.mark.parametrize("column", BAD)
def test_a_bad_value_is_named_with_its_line_and_nothing_is_written(
    tmp_path: Path, column: str
) -> None:
    good = dict(zip(COLUMNS, ANA.texts(), strict=True))
    lines = [",".join(COLUMNS), ",".join(good.values()), ",".join((good | BAD[column]).values())]
    path = tmp_path / "members.csv"
    path.write_text("\n".join(lines))
    found = json.loads(run(path, tmp_path, "--json", expect=1))
    assert found["error"] == "share_bad_rows"
    assert [(row["line"], row["column"]) for row in found["rows"]] == [(3, column)]
    assert not (tmp_path / "out").exists()
    assert f"3: {column}: " in run(path, tmp_path, expect=1)


def test_rows_keep_their_lines_after_one_that_is_none(tmp_path: Path) -> None:
    row = ",".join(ANA.texts())
    path = tmp_path / "members.csv"
    path.write_text(
        "\n".join([",".join(COLUMNS), row, "1,2", "", row.replace("active", "dead"), ""])
    )
    found = json.loads(run(path, tmp_path, "--json", expect=1))
    assert [(bad["line"], bad["column"]) for bad in found["rows"]] == [
        (3, ""),
        (5, "status"),
    ]


def test_a_member_who_shares_stands_once(tmp_path: Path) -> None:
    before = replace(ANA, left_on=date(2019, 3, 1))
    again = replace(ANA, joined_on=date(2019, 4, 1))
    run(written([before, again], tmp_path / "members.csv"), tmp_path)
    path = written([ANA, before, again], tmp_path / "members.csv")
    found = json.loads(run(path, tmp_path, "--json", expect=1))
    assert [(row["line"], row["value"]) for row in found["rows"]] == [(4, "1")]


def test_parquet_is_read_in_the_types_that_people_write(tmp_path: Path) -> None:
    charged = replace(ANA, charged_fen=7496)
    from_csv = run(written([charged], tmp_path / "members.csv"), tmp_path, "--json")
    columns = dict(zip(COLUMNS, charged.texts(), strict=True))
    typed = {
        **{name: [text] for name, text in columns.items()},
        "member": pa.array([1], pa.int32()),
        "payer": pa.array([1], pa.uint64()),
        "born": pa.array([ANA.born]),
        "joined_on": pa.array([datetime(2019, 1, 1)], pa.timestamp("ns")),
        "left_on": pa.array([None], pa.date32()),
        "charged_this_year": pa.array([74.96]),
        "tier": pa.array([None], pa.null()),
    }
    path = tmp_path / "members.parquet"
    pq.write_table(pa.table(typed), path)
    assert run(path, tmp_path, "--json") == from_csv
    for bad in (float("nan"), 0.005, -1.0, 1e300):
        pq.write_table(pa.table(typed | {"charged_this_year": pa.array([bad])}), path)
        found = json.loads(run(path, tmp_path, "--json", expect=1))
        assert [(row["line"], row["column"]) for row in found["rows"]] == [(1, "charged_this_year")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("members.txt", b""),
        ("members.csv", b""),
        ("members.csv", b"member,payer\n1,1\n"),
        ("members.csv", ",".join(COLUMNS).encode() + b"\n\xff\xfe,1,1,1,1,1,1,1\n"),
        ("members.parquet", b"PAR1 and nothing else"),
    ],
)
def test_what_is_no_table_of_members_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    answer = json.loads(run(tmp_path / name, tmp_path, "--json", expect=2))
    assert answer["error"] == "members_unreadable"
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_or_a_folder_that_cannot_be(tmp_path: Path) -> None:
    assert "members_unreadable" in run(tmp_path / "none.csv", tmp_path, "--json", expect=2)
    path = written([ANA], tmp_path / "members.csv")
    assert "share_out_unwritable" in run(path, path, "--json", expect=2)


def test_thousands_of_bad_values_are_counted_and_twenty_shown(tmp_path: Path) -> None:
    path = written([replace(ANA, status="x")] * 5_000, tmp_path / "members.csv")
    with pytest.raises(BadRows) as refused:
        share_file(
            path,
            plan=(plan := catalogue.load("xiang-hu-bao")),
            terms=version_in_force(plan, DAY),
            on=DAY,
            claims=[],
            carried_in=Fen(0),
            extra=Fen(0),
            recovered=Fen(0),
            out=tmp_path / "out",
        )
    assert refused.value.count == 5_000
    assert [row.line for row in refused.value.rows] == list(range(2, 22))
