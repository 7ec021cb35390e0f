"""`sameboat share` on rulebooks that nobody has written, against the slow computation."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from rules.naive_share import Rule
from rules.random_rulebooks import Drawn, rulebooks
from rules.test_quote_catalogue import fen
from sameboat.plans import catalogue
from sameboat.rules.terms import PlanTerms
from sameboat.rules.versions import version_in_force
from settlement import naive_members
from settlement.test_share_files import app, people, table, written


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_rulebook_never_seen_shares_as_the_slow_computation_does(
    tmp_path: Path, data: st.DataObject
) -> None:
    book = data.draw(rulebooks())
    path = book.saved(tmp_path)
    plan = catalogue.load(str(path))
    terms = version_in_force(plan, book.on)
    assert as_drawn(terms) == (book.rule, book.per_year, book.weights)
    rows = data.draw(people(terms, book.on))
    aids = data.draw(st.lists(st.integers(1, 60_000), max_size=3))
    carry, back, extra = data.draw(
        st.tuples(st.integers(0, 200), st.integers(0, 900), st.integers(0, 900))
    )
    slow = naive_members.settle(
        rows, plan=plan, terms=terms, on=book.on, aids=aids, carry=carry, back=back, extra=extra
    )

    money = {"carry": carry, "recovered": back, "extra": extra}
    answer = answered(book, path, written(rows, tmp_path / "members.csv"), aids, money)

    shares = table(tmp_path, "shares")
    assert {row["member"]: (row["status"], row["amount"]) for row in shares} == slow.shares
    assert {row["payer"]: row["amount"] for row in table(tmp_path, "debits")} == slow.debits
    assert (fen(answer["sponsored"]), fen(answer["carried_out"])) == (
        slow.sponsored,
        slow.carried_out,
    )
    assert fen(answer["charged"]) == sum(slow.debits.values())
    told = {(one["status"], fen(one["amount"])): one["members"] for one in answer["classes"]}
    assert told == Counter(slow.shares.values())


def as_drawn(terms: PlanTerms) -> tuple[Rule, int | None, dict[str, int]]:
    """What the program read in the file, in the plain numbers of the drawing."""
    read = terms.sharing
    rule = Rule(
        rate=Fraction(read.fee_rate.numerator, read.fee_rate.denominator),
        per_claim=read.cap_per_claim,
        per_period=read.cap_per_period,
        reshare=read.excess == "reshare",
    )
    weights = {one.name: one.weight for one in read.classes} or {"": 1000}
    return rule, read.cap_per_year, weights


def answered(
    book: Drawn, path: Path, members: Path, aids: list[int], money: dict[str, int]
) -> dict[str, Any]:
    """What the command says, with the files beside it."""
    words = ["--plan", path, "--on", book.on, "--members", members, "--out", members.parent / "out"]
    for aid in aids:
        words += ["--aid", yuan(aid)]
    for name, amount in money.items():
        words += [f"--{name}", yuan(amount)]
    called = CliRunner().invoke(app, [*map(str, words), "--json"], catch_exceptions=False)
    assert called.exit_code == 0, called.output
    found: dict[str, Any] = json.loads(called.output)
    return found


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
