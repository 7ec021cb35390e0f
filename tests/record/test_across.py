"""What binds chains together: nobody shares only behind the plan's end, on the log alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from record.record_factory import PLAN
from sameboat.proof.canonical import Json
from sameboat.proof.entry import chain_id
from sameboat.record.actions import add_entry, sequence, start_record
from sameboat.record.check import check_log
from sameboat.record.models import Entry
from sameboat.rules.record import Broken
from sameboat.rules.record_across import LogFacts, judge_across

NOW = datetime(2019, 1, 24, 1, 0, tzinfo=UTC)
BORNE: dict[str, Json] = {
    "plan": PLAN,
    "period": "2019-01-07",
    "aid": 10_000,
    "fee": 800,
    "extra": 0,
    "recovered": 0,
    "carried_in": 0,
    "carried_out": 0,
    "sponsored": 10_800,
    "charged": 0,
    "classes": [],
}
END: dict[str, Json] = {"plan": PLAN, "sharing_ends_on": "2019-01-25", "ends_on": "2019-03-01"}


@dataclass(frozen=True)
class Said:
    """An entry that stands on its own chain."""

    type: str
    body: Mapping[str, object] = field(default_factory=dict)
    leaf: bytes = b""
    seq: int | None = 0
    prev: bytes | None = None
    rules: int | None = 1


def one(status: str, count: int, amount: int = 0) -> dict[str, Json]:
    return {"status": status, "weight": 1000, "amount": amount, "count": count, "root": "1" * 64}


def settled(**changed: Json) -> Said:
    return Said("period.settle", {**BORNE, **changed})


def judged(*entries: Said) -> LogFacts | Broken:
    facts = LogFacts()
    for entry in entries:
        after = judge_across(facts, entry)
        if isinstance(after, Broken):
            return after
        facts = after
    return facts


class TestTheRule:
    def test_nobody_shares_without_an_end(self) -> None:
        broken = judged(settled())
        assert isinstance(broken, Broken)
        assert broken.code == "nobody_shares"

    def test_behind_the_end_the_sponsor_bears_it(self) -> None:
        assert judged(Said("plan.end", END), settled()) == LogFacts(frozenset({PLAN}))

    def test_the_end_comes_first_and_is_that_plans(self) -> None:
        assert isinstance(judged(settled(), Said("plan.end", END)), Broken)
        other = Said("plan.end", {**END, "plan": "another"})
        assert isinstance(judged(other, settled()), Broken)

    @pytest.mark.parametrize("status", ["shares", "capped", "waived"])
    def test_whoever_is_counted_shares_whatever_they_pay(self, status: str) -> None:
        assert judged(settled(classes=[one(status, 3)])) == LogFacts()

    @pytest.mark.parametrize(
        "classes",
        [[one("exempt.aided", 3)], [one("shares", 0)], [one("exempt.new", 1), one("waived", 0)]],
    )
    def test_the_exempt_share_nothing(self, classes: list[Json]) -> None:
        assert isinstance(judged(settled(classes=classes)), Broken)

    def test_a_table_of_classes_says_how_many(self) -> None:
        body = {name: value for name, value in BORNE.items() if name != "classes"}
        for count, stands in ((0, False), (7, True)):
            table = {**body, "class_table": {"count": count, "root": "1" * 64}}
            assert isinstance(judged(Said("period.settle", table)), LogFacts) is stands

    def test_what_was_carried_in_may_pay_what_a_cap_leaves_to_the_members(self) -> None:
        """Ten members at most 1 yuan each of 108 yuan, and more than that was carried in."""
        capped: dict[str, Json] = {"carried_in": 1_200, "carried_out": 200, "sponsored": 9_800}
        assert judged(settled(**capped)) == LogFacts()

    def test_without_a_cost_nobody_needs_to_share(self) -> None:
        assert judged(settled(aid=0, fee=0, sponsored=0)) == LogFacts()


def period(type_: str, body: dict[str, Json], *roles: str) -> None:
    chain = chain_id("period", PLAN)
    add_entry(chain=chain, type=type_, body=body, roles=roles, now=NOW)


def borne_by_the_sponsor() -> None:
    period("period.close", {"plan": PLAN, "period": "2019-01-07"}, "operator")
    period("period.settle", BORNE, "operator", "sponsor")


def ended() -> None:
    chain = chain_id("plan", PLAN)
    add_entry(chain=chain, type="plan.end", body=END, roles=["operator", "sponsor"], now=NOW)


@pytest.mark.django_db
class TestOnTheLog:
    def test_the_sequencer_refuses_it_and_what_hangs_on_it(self) -> None:
        start_record(now=NOW)
        borne_by_the_sponsor()
        sequence(now=NOW)
        refused = Entry.objects.get(type="period.settle")
        assert (refused.state, refused.refused_code) == ("REFUSED", "nobody_shares")
        assert Entry.objects.get(type="period.close").state == "RECORDED"

    @pytest.mark.parametrize("at_once", [True, False])
    def test_behind_the_end_it_is_recorded(self, at_once: bool) -> None:
        start_record(now=NOW)
        ended()
        if not at_once:
            sequence(now=NOW)
        borne_by_the_sponsor()
        sequence(now=NOW)
        assert Entry.objects.get(type="period.settle").state == "RECORDED"
        assert check_log().good

    def test_whoever_verifies_the_log_finds_what_an_operator_let_pass(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        start_record(now=NOW)
        borne_by_the_sponsor()
        with monkeypatch.context() as program:
            program.setattr("sameboat.record.actions.judge_across", lambda facts, entry: facts)
            sequence(now=NOW)
        ended()
        sequence(now=NOW)
        (finding,) = check_log().findings
        assert finding.code == "rule_broken"
        assert "nobody_shares" in finding.why
        assert finding.index == Entry.objects.get(type="period.settle").index
