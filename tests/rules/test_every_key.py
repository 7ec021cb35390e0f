"""For every key of a rulebook: that key alone is changed, and a rule comes out otherwise.

A key that nothing executes would be a promise that nobody keeps. The rules of the review board are
there before the board is: it will call `rules/verdict.py`. `CASES` changes one key of the
example and runs the rule that it governs. Where the rule lives in the platform, a test there bears
`@pytest.mark.changes("the.key")`. The last test fails for a key that neither has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from rules import rulebook_example as example
from rules.test_checks import GOOD
from sameboat.rules import calendar, needs, verdict
from sameboat.rules.benefit import (
    Circumstances,
    Earlier,
    aid_of,
    benefit_row,
    ends_membership,
    payment_is_left,
    tiers_of,
)
from sameboat.rules.checks import check_claim
from sameboat.rules.claim import State
from sameboat.rules.eligibility import Applicant, reasons_against_joining
from sameboat.rules.membership import EndReason, is_covered, share_status, way_back
from sameboat.rules.money import Fen
from sameboat.rules.rulebook import BadRulebook, parse
from sameboat.rules.rulebook_keys import KEYS
from sameboat.rules.share import MemberGroup, share_of_period
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.versions import NoVersionInForce, governing_version, version_in_force
from sameboat.rules.winding import WindDown, is_too_small

TESTS = Path(__file__).parents[1]
JOINED = date(2020, 1, 10)
LOCK = date(2020, 2, 7)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A key, what it is changed to, and what a rule says with the example's value and after."""

    key: str
    to: Any
    rule: Callable[[Plan], object]
    before: object
    after: object
    given: Mapping[str, Any] = field(default_factory=dict)
    """Other keys that stand so in both, where the example's values would hide the difference."""


# What is asked of the rules


def first(plan: Plan) -> PlanTerms:
    return plan.versions[0]


def against(**known: Any) -> Callable[[Plan], list[str]]:
    """Codes of what speaks against an applicant who is good otherwise."""

    def ask(plan: Plan) -> list[str]:
        applicant = Applicant(
            born=date(1988, 3, 4),
            deceased=False,
            occupation_class="1",
            region="11",
            score=650,
            questions_version="1",
            answers={"cancer": False},
        )
        reasons = reasons_against_joining(replace(applicant, **known), first(plan), JOINED)
        return [reason.code for reason in reasons]

    return ask


def covered_from(age: int) -> Callable[[Plan], date]:
    born = date(JOINED.year - age, 1, 1)
    return lambda plan: calendar.covered_from(JOINED, first(plan).waiting, born=born)


def accident_covered(plan: Plan) -> bool:
    return is_covered(
        JOINED,
        joined_on=JOINED,
        born=date(1988, 3, 4),
        cover_ends_on=None,
        waiting=first(plan).waiting,
        accident=True,
    )


def standing(*, joined_on: date = date(2019, 1, 1), aided: bool = False) -> Callable[[Plan], str]:
    def ask(plan: Plan) -> str:
        terms, born = first(plan), date(1988, 3, 4)
        head_count = terms.sharing.head_count
        return share_status(
            terms,
            lock=LOCK,
            joined_on=joined_on,
            covered_from=calendar.covered_from(joined_on, terms.waiting, born=born),
            counted_on=date(2020, 1, 21) if head_count == "end_of_last_period" else LOCK,
            aided=aided,
        ).value

    return ask


def row(**known: Any) -> Callable[[Plan], str | None]:
    facts = {"born": date(1988, 3, 4), "diagnosed_on": date(2020, 6, 1), "severity": "severe"}

    def ask(plan: Plan) -> str | None:
        found = benefit_row(first(plan), **{**facts, **known})
        return f"{found.id} {found.amount}" if found else None

    return ask


def aid(
    *, bills: int = 0, helped: int = 1000, years: int = 9, earlier: Earlier | None = None
) -> Callable[[Plan], int]:
    """The aid of the row for 300,000 yuan."""

    def ask(plan: Plan) -> int:
        benefits = first(plan).benefits
        circumstances = Circumstances(
            diagnosed_on=date(2010 + years, 1, 1),
            covered_from=date(2010, 1, 1),
            bills=Fen(bills),
            helped=helped,
            earlier=earlier or Earlier(),
        )
        return aid_of(benefits.rows[0], benefits, circumstances).amount

    return ask


def ends(number: int) -> Callable[[Plan], bool]:
    earlier = Earlier(payments_for_this=number, for_this=Fen(1), in_all=Fen(1))

    def ask(plan: Plan) -> bool:
        benefits = first(plan).benefits
        given = Circumstances(
            diagnosed_on=date(2020, 6, 1),
            covered_from=date(2010, 1, 1),
            helped=1000,
            earlier=earlier,
        )
        return ends_membership(benefits, aid_of(benefits.rows[0], benefits, given), earlier)

    return ask


def another_payment(severity: Any, earlier: Earlier) -> Callable[[Plan], bool]:
    return lambda plan: payment_is_left(first(plan).benefits, severity, earlier)


def failed(**known: Any) -> Callable[[Plan], list[str]]:
    """The checks that a claim fails which is good otherwise."""

    def ask(plan: Plan) -> list[str]:
        terms = first(plan)
        facts = replace(
            GOOD,
            diagnosed_on=date(2020, 6, 1),
            reported_on=date(2020, 6, 10),
            illness=terms.illnesses[0],
            helped=1000,
        )
        checks = check_claim(replace(facts, **known), terms)
        return [check.code for check in checks if check.outcome == "fail"]

    return ask


def share(what: str, *, aid: int = 30_000_000, room: int | None = None) -> Callable[[Plan], int]:
    """A figure of a period of one claim, shared by 20,000 young and 20,000 old members."""

    def ask(plan: Plan) -> int:
        sharing = first(plan).sharing
        weights = {one.name: one.weight for one in sharing.classes} or {"": 1000}
        left = sharing.cap_per_year if room is None or not sharing.cap_per_year else Fen(room)
        groups = [
            MemberGroup(count=20_000, weight=weight, room=left, name=name)
            for name, weight in weights.items()
        ]
        divided = share_of_period(
            terms=sharing, claims=[Fen(aid)], groups=groups, carried_in=Fen(0)
        )
        return int(getattr(divided, what))

    return ask


def in_force(on: date) -> Callable[[Plan], str]:
    def ask(plan: Plan) -> str:
        try:
            return version_in_force(plan, on).version
        except NoVersionInForce:
            return "none"

    return ask


def governing(plan: Plan) -> str:
    """Joined and diagnosed under the first version, reported under the second."""
    found = governing_version(
        plan,
        diagnosed_on=date(2020, 12, 20),
        reported_on=date(2021, 1, 10),
        joined_on=date(2020, 2, 1),
    )
    return found.version


def dates(which: str) -> Callable[[Plan], date]:
    def ask(plan: Plan) -> date:
        days = calendar.publicity_days(plan, since=date(2020, 3, 1), until=date(2020, 3, 31))
        found: date = getattr(calendar.dates_of(plan, days[0]), which)
        return found

    return ask


def votes(votes_for: int, votes_against: int) -> Callable[[Plan], str]:
    return lambda plan: (
        verdict.verdict_of(
            first(plan).board, votes_for=votes_for, votes_against=votes_against
        ).value
    )


def juror(
    *, born: date = date(1988, 3, 4), since: date = date(2019, 1, 1), pays: bool = True
) -> Any:
    return lambda plan: verdict.may_be_juror(
        first(plan).board, born=born, joined_on=since, ends_on=None, is_payer=pays, on=JOINED
    )


def opened(plan: Plan) -> datetime:
    return verdict.vote_ends_at(first(plan).board, opened_at=datetime(2020, 1, 1, tzinfo=UTC))


def way(reason: EndReason, times: int = 0) -> Callable[[Plan], date | None]:
    """Until when somebody whose last day was 2020-05-01 may come back."""

    def ask(plan: Plan) -> date | None:
        found = way_back(reason, ends_on=date(2020, 5, 2), times=times, terms=first(plan))
        return found.until if found else None

    return ask


def too_small(on: date, active: int = 3_299_999) -> Callable[[Plan], bool]:
    return lambda plan: is_too_small(
        first(plan).pool, active=active, first_on=date(2020, 1, 1), on=on
    )


def claims_until(plan: Plan) -> date:
    """The last day to file after a plan whose last day of cover is 2021-12-31."""
    return WindDown(
        announced_on=date(2021, 11, 1),
        sharing_ends_on=date(2021, 11, 1),
        ends_on=date(2022, 1, 1),
        run_off_days=first(plan).pool.run_off_days,
    ).claims_until


def mild_cancer(plan: Plan) -> list[str]:
    """What speaks against the claim of a mild cancer of the thyroid."""
    listed = {illness.number: illness for illness in first(plan).illnesses}
    return failed(illness=listed.get("M1"), severity="mild")(plan)


def without_a_choice(plan: Plan) -> str | None:
    """The row of somebody who came into the plan without choosing a tier: it is the first one's."""
    return row(tier=tiers_of(first(plan).benefits)[0])(plan)


BASIC = {"id": "basic", "zh": "基础档", "en": "basic"}
MORE = {"id": "more", "zh": "升级档", "en": "more"}
TWO_TIERS = [
    {"id": "basic", "ages": [0, 59], "severity": "severe", "tier": "basic", "amount": 100000},
    {"id": "more", "ages": [0, 59], "severity": "severe", "tier": "more", "amount": 300000},
    {"id": "mild", "ages": [0, 59], "severity": "mild", "tier": "basic", "amount": 50000},
]
YOUNG = {"name": "all", "weight": 1000, "ages": [0, 59]}
QUESTION = {"id": "cancer", "zh": "是否健康？", "en": "Are you healthy?", "bars_on": False}
FULL = Earlier(for_this=Fen(20_000_000), in_all=Fen(20_000_000), payments_for_this=1)

CASES = (
    Case(
        key="effective_on",
        to=date(2020, 2, 1),
        rule=in_force(date(2020, 1, 15)),
        before="2020-01",
        after="none",
    ),
    Case(
        key="join.age_min_days",
        to=60,
        rule=against(born=date(2019, 11, 26)),
        before=[],
        after=["too_young"],
    ),
    Case(
        key="join.age_min_years",
        to=18,
        rule=against(born=date(2004, 1, 1)),
        before=[],
        after=["too_young"],
    ),
    Case(
        key="join.age_max_years",
        to=50,
        rule=against(born=date(1965, 1, 1)),
        before=[],
        after=["too_old"],
    ),
    Case(
        key="join.age_out_years",
        to=55,
        given={"join.age_max_years": 50},
        rule=lambda plan: calendar.age_out_on(date(1965, 1, 1), first(plan).joining),
        before=date(2025, 1, 1),
        after=date(2020, 1, 1),
    ),
    Case(
        key="join.occupation_classes",
        to=["2"],
        rule=against(),
        before=[],
        after=["occupation_excluded"],
    ),
    Case(key="join.score_min", to=700, rule=against(), before=[], after=["score_below"]),
    Case(key="join.regions", to=["44"], rule=against(), before=[], after=["region_excluded"]),
    Case(
        key="join.questions_version",
        to="2",
        rule=against(),
        before=[],
        after=["questions_outdated"],
    ),
    Case(key="join.questions", to=[QUESTION], rule=against(), before=[], after=["health_answer"]),
    Case(
        key="join.relations",
        to=["self"],
        rule=against(relation="child"),
        before=[],
        after=["relation_excluded"],
    ),
    Case(
        key="join.payer_age_min_years",
        to=30,
        rule=against(payer_born=date(1995, 1, 1)),
        before=[],
        after=["payer_too_young"],
    ),
    Case(
        key="waiting.days",
        to=180,
        rule=covered_from(30),
        before=date(2020, 4, 10),
        after=date(2020, 7, 9),
    ),
    Case(
        key="waiting.days_by_age",
        to=[{"from_years": 50, "days": 365}],
        rule=covered_from(45),
        before=date(2021, 1, 10),
        after=date(2020, 4, 10),
    ),
    Case(key="waiting.accident_covered", to=False, rule=accident_covered, before=True, after=False),
    Case(
        key="waiting.members_share",
        to=False,
        rule=standing(joined_on=JOINED),
        before="shares",
        after="exempt.waiting",
    ),
    Case(
        key="benefit.illnesses",
        to=["lists/short.csv"],
        rule=mild_cancer,
        before=[],
        after=["listed"],
    ),
    Case(
        key="benefit.rows",
        to=[
            {"id": "all", "ages": [0, 59], "severity": "severe", "amount": 200000},
            {"id": "mild", "ages": [0, 59], "severity": "mild", "amount": 50000},
        ],
        rule=row(),
        before="severe-39 30000000",
        after="all 20000000",
    ),
    Case(key="benefit.lump_sum_rate", to="0.2", rule=aid(), before=30_000_000, after=6_000_000),
    Case(key="benefit.ends_membership", to=False, rule=ends(0), before=True, after=False),
    Case(
        key="benefit.ends_with",
        to="last",
        given={"benefit.lump_sum_rate": "0.2"},
        rule=ends(0),
        before=True,
        after=False,
    ),
    Case(
        key="benefit.tiers",
        to=[MORE, BASIC],
        given={
            "benefit.tiers": [BASIC, MORE],
            "benefit.rows": TWO_TIERS,
            "sharing.classes": [],
        },
        rule=without_a_choice,
        before="basic 10000000",
        after="more 30000000",
    ),
    Case(
        key="benefit.bills_deductible",
        to="none",
        given={"benefit.lump_sum_rate": "0"},
        rule=aid(bills=1_500_000),
        before=500_000,
        after=1_500_000,
    ),
    Case(
        key="benefit.instalments_max",
        to=2,
        rule=another_payment("severe", replace(FULL, payments_for_this=2)),
        before=True,
        after=False,
    ),
    Case(
        key="benefit.severe_max",
        to=1,
        rule=another_payment("severe", Earlier(severe=1)),
        before=True,
        after=False,
    ),
    Case(
        key="benefit.mild_max",
        to="none",
        rule=another_payment("mild", Earlier(mild=1)),
        before=False,
        after=True,
    ),
    Case(
        key="benefit.total_max",
        to=250000,
        rule=aid(),
        before=30_000_000,
        after=25_000_000,
    ),
    Case(
        key="benefit.spending_min",
        to=120000,
        given={"benefit.illnesses": ["lists/spending.csv"]},
        rule=lambda plan: failed(illness=first(plan).illnesses[-1], bills=Fen(11_999_999))(plan),
        before=[],
        after=["listed"],
    ),
    Case(key="benefit.tenure", to=[], rule=aid(years=0), before=10_000_000, after=30_000_000),
    Case(key="benefit.helped", to=[], rule=aid(helped=0), before=15_000_000, after=30_000_000),
    Case(key="sharing.fee_rate", to="0.10", rule=share("fee"), before=2_400_000, after=3_000_000),
    Case(
        key="sharing.cap_per_claim",
        to="none",
        rule=share("shareable"),
        before=300_000,
        after=32_400_000,
    ),
    Case(
        key="sharing.cap_per_period",
        to=1,
        given={"sharing.cap_per_claim": "none"},
        rule=share("charged"),
        before=8_000_000,
        after=4_000_000,
    ),
    Case(
        key="sharing.cap_per_year",
        to="none",
        given={"sharing.cap_per_claim": "none", "sharing.cap_per_period": "none"},
        rule=share("charged", room=10),
        before=400_000,
        after=32_400_000,
    ),
    Case(
        key="sharing.excess",
        to="reshare",
        given={"sharing.cap_per_claim": "none", "sharing.cap_per_period": "0.30"},
        rule=share("sponsored", aid=1_000_000),
        before=120_000,
        after=0,
    ),
    Case(
        key="sharing.head_count",
        to="end_of_last_period",
        rule=standing(joined_on=date(2020, 1, 25)),
        before="shares",
        after="exempt.new",
    ),
    Case(
        key="sharing.aided_members_share",
        to=True,
        rule=standing(aided=True),
        before="exempt.aided",
        after="shares",
    ),
    Case(
        key="sharing.classes",
        to=[YOUNG],
        rule=share("charged"),
        before=300_000,
        after=200_000,
    ),
    Case(
        key="sharing.waivers",
        to=[{"publicity_on": LOCK, "joined_by": date(2020, 1, 1)}],
        rule=standing(),
        before="shares",
        after="waived",
    ),
    Case(
        key="calendar.publicity_days",
        to=[8, 21],
        rule=dates("publicity_on"),
        before=date(2020, 3, 7),
        after=date(2020, 3, 8),
    ),
    Case(
        key="calendar.debit_days",
        to=[15, 28],
        rule=dates("debit_on"),
        before=date(2020, 3, 14),
        after=date(2020, 3, 15),
    ),
    Case(
        key="calendar.publicity_length_days",
        to=4,
        rule=dates("publicity_ends_on"),
        before=date(2020, 3, 10),
        after=date(2020, 3, 11),
    ),
    Case(
        key="calendar.debit_notice_days",
        to=4,
        rule=dates("notice_on"),
        before=date(2020, 3, 12),
        after=date(2020, 3, 10),
    ),
    Case(
        key="claims.report_deadline_days",
        to=8,
        rule=failed(),
        before=[],
        after=["report_deadline"],
    ),
    Case(key="claims.governed_by", to="report", rule=governing, before="2020-01", after="2021-01"),
    Case(
        key="claims.evidence_required",
        to=["identity", "pathology"],
        rule=lambda plan: needs.required_evidence(first(plan).claims, ("authority", "identity")),
        before=("identity", "diagnosis", "authority"),
        after=("identity", "pathology", "authority"),
    ),
    Case(
        key="claims.investigation_required",
        to=False,
        rule=lambda plan: needs.needs_investigation(first(plan).claims, State.SEALED),
        before=True,
        after=False,
    ),
    Case(
        key="claims.appeal_days",
        to=10,
        rule=lambda plan: needs.appeal_ends_on(first(plan).claims, declined_on=date(2020, 6, 1)),
        before=date(2020, 7, 2),
        after=date(2020, 6, 12),
    ),
    Case(
        key="claims.accident_death_excluded_hours",
        to=24,
        rule=failed(accident=True, death_hours_after_accident=43),
        before=["accident_death"],
        after=[],
    ),
    Case(
        key="claims.exclusions",
        to=[],
        given={"claims.refunded_clauses": ["waiting.days"]},
        rule=lambda plan: needs.own_clauses(first(plan).claims),
        before=("claims.exclusions.hereditary",),
        after=(),
    ),
    Case(
        key="join.grace_rejoin_days",
        to=0,
        rule=way(EndReason.LEFT),
        before=date(2020, 5, 4),
        after=None,
    ),
    Case(
        key="join.grace_rejoins_max",
        to="none",
        rule=way(EndReason.LEFT, times=5),
        before=None,
        after=date(2020, 5, 4),
    ),
    Case(
        key="default.reinstatement_days",
        to=10,
        rule=way(EndReason.DEFAULT),
        before=date(2020, 5, 31),
        after=date(2020, 5, 11),
    ),
    Case(
        key="default.reinstatements_max",
        to=2,
        rule=way(EndReason.DEFAULT, times=1),
        before=None,
        after=date(2020, 5, 31),
    ),
    Case(
        key="pool.members_min",
        to="none",
        rule=too_small(date(2021, 1, 1)),
        before=True,
        after=False,
    ),
    Case(
        key="pool.members_min_after_days",
        to=30,
        rule=too_small(date(2020, 2, 1)),
        before=False,
        after=True,
    ),
    Case(
        key="pool.run_off_days",
        to=90,
        rule=claims_until,
        before=date(2022, 6, 29),
        after=date(2022, 3, 31),
    ),
    Case(key="board.juror_age_min_years", to=35, rule=juror(), before=True, after=False),
    Case(key="board.juror_membership_days", to=400, rule=juror(), before=True, after=False),
    Case(key="board.juror_pays", to=False, rule=juror(pays=False), before=False, after=True),
    Case(key="board.votes_min", to=999, rule=votes(500, 499), before="void", after="for"),
    Case(key="board.votes_for_min", to="0.60", rule=votes(550, 450), before="for", after="against"),
    Case(key="board.strict", to=True, rule=votes(500, 500), before="for", after="against"),
    Case(
        key="board.voting_hours",
        to=48,
        rule=opened,
        before=datetime(2020, 1, 2, tzinfo=UTC),
        after=datetime(2020, 1, 3, tzinfo=UTC),
    ),
    Case(
        key="board.objections_min",
        to=10,
        rule=lambda plan: verdict.is_convened_by_objections(first(plan).board, objections=10),
        before=False,
        after=True,
    ),
)

SHORT = example.LIST.rpartition("M1,")[0]
SPENDING = example.LIST + (
    "S1,费用达到12万元,Spending of 120000 yuan,,,,spending,severe,no,yes,facts\n"
)


def changed(document: dict[str, Any], key: str, value: Any, *, version: int = 0) -> None:
    section, _, name = key.rpartition(".")
    table = document["version"][version]
    (table[section] if section else table)[name] = value


def read(document: dict[str, Any]) -> Plan:
    files = example.files(example.written(document)) | {
        "lists/short.csv": SHORT.encode(),
        "lists/spending.csv": SPENDING.encode(),
    }
    return parse(files, name=example.NAME)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_the_rule_comes_out_otherwise(case: Case) -> None:
    document = example.tables()
    for key, value in case.given.items():
        changed(document, key, value)
    assert case.rule(read(document)) == case.before
    changed(document, case.key, case.to)
    assert case.rule(read(document)) == case.after
    assert case.before != case.after


@pytest.mark.parametrize(("key", "to"), [("announced_on", date(2020, 12, 15)), ("notice_days", 60)])
@pytest.mark.changes("announced_on", "notice_days")
def test_a_version_that_is_announced_too_late_is_refused(key: str, to: Any) -> None:
    document = example.tables()
    read(document)
    changed(document, key, to, version=1)
    document["version"][1]["source"].setdefault(key, "assumed: for this test")
    with pytest.raises(BadRulebook, match="announced_on"):
        read(document)


def marked() -> set[str]:
    """The keys that tests elsewhere say they change, by their marks."""
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        for stated in re.findall(
            r"^ *@pytest\.mark\.changes\(([^)]*)\)", path.read_text("utf-8"), re.M
        ):
            found |= set(re.findall(r'"([a-z_.]+)"', stated))
    return found


def test_every_key_has_a_test_that_changes_it_alone() -> None:
    tested = [case.key for case in CASES]
    assert len(tested) == len(set(tested))
    assert marked() <= set(KEYS), "a mark names a key that does not exist"
    without = {key for key in KEYS if key not in tested and key not in marked()}
    assert without == set(), "write a test that changes this key alone"
