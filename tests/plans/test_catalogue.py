"""The catalogue against the facts: key figures, sources that exist, illnesses that are found."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from sameboat.plans import catalogue
from sameboat.rules.illness import find_illness
from sameboat.rules.money import Ratio, parse_yuan
from sameboat.rules.rulebook import BadRulebook
from sameboat.rules.rulebook_keys import KEYS
from sameboat.rules.terms import ACCIDENT, BenefitRow, Plan, PlanTerms, Severity
from sameboat.rules.versions import version_in_force

SOURCES = Path(__file__).parents[2] / "docs" / "rules" / "sources.md"
REAL = (
    *("xiang-hu-bao", "xiang-hu-bao-old-age", "xiang-hu-bao-chronic", "xiang-hu-bao-accident"),
    *("xiaomi-huzhu", "didi-huzhu", "meituan-huzhu", "baidu-huzhu", "suning-huzhu", "360-huzhu"),
    *("weibo-huzhu", "shuidi-huzhu", "qingsong-huzhu", "e-huzhu"),
    *("kangai-huzhu", "kangai-accident", "kangai-patients"),
)
SERIOUS_ILLNESSES = (
    *("xiang-hu-bao", "demo-xiang-hu-bao", "xiaomi-huzhu", "demo-xiaomi", "didi-huzhu"),
    *("meituan-huzhu", "baidu-huzhu", "360-huzhu", "weibo-huzhu", "shuidi-huzhu"),
    *("qingsong-huzhu", "kangai-huzhu"),
)
"""Plans that cover more than cancer, death or accidents."""
DEMONSTRATIONS = ("demo-xiang-hu-bao", "demo-xiaomi")


def terms_on(plan_id: str, on: date) -> PlanTerms:
    return version_in_force(catalogue.load(plan_id), on)


def aid(terms: PlanTerms, *, age: int, severity: Severity = "severe") -> str:
    (row,) = (row for row in terms.benefits.rows if _pays(row, age, severity))
    return str(row.amount // 100)


def _pays(row: BenefitRow, age: int, severity: Severity) -> bool:
    return row.severity == severity and row.age_from_years <= age <= row.age_to_years


def test_the_catalogue_holds_every_operator_and_two_demonstrations() -> None:
    assert set(catalogue.ids()) == {*REAL, *DEMONSTRATIONS}
    assert catalogue.ids() == tuple(sorted(catalogue.ids()))


class TestXiangHuBao:
    plan = catalogue.load("xiang-hu-bao")

    def test_its_versions_and_fees(self) -> None:
        assert [(v.version, v.effective_on, v.sharing.fee_rate) for v in self.plan.versions] == [
            ("2018-10", date(2018, 10, 16), Ratio(10, 100)),
            ("2018-11", date(2018, 11, 27), Ratio(8, 100)),
            ("2020-01", date(2020, 1, 1), Ratio(8, 100)),
        ]

    @pytest.mark.parametrize(
        ("on", "age", "severity", "yuan"),
        [
            (date(2019, 6, 1), 0, "severe", "300000"),
            (date(2019, 6, 1), 39, "severe", "300000"),
            (date(2019, 6, 1), 40, "severe", "100000"),
            (date(2020, 6, 1), 59, "severe", "100000"),
            (date(2020, 6, 1), 30, "mild", "50000"),
        ],
    )
    def test_benefits(self, on: date, age: int, severity: Severity, yuan: str) -> None:
        assert aid(terms_on("xiang-hu-bao", on), age=age, severity=severity) == yuan

    @pytest.mark.parametrize("terms", plan.versions, ids=lambda terms: terms.version)
    def test_what_never_changed(self, terms: PlanTerms) -> None:
        assert (terms.joining.age_min_days, terms.joining.age_max_years) == (30, 59)
        assert terms.joining.age_out_years == 60
        assert (terms.waiting.days, terms.waiting.accident_covered) == (90, True)
        assert terms.waiting.members_share
        assert terms.sharing.cap_per_claim == parse_yuan("0.10")
        assert terms.sharing.head_count == "lock"
        assert not terms.sharing.aided_members_share
        assert terms.rhythm.publicity_days == (7, 21)
        assert terms.rhythm.debit_days == (14, 28)
        assert terms.rhythm.publicity_length_days == 3
        assert terms.claims.report_deadline_days == 180
        assert terms.claims.accident_death_excluded_hours == 96
        assert terms.claims.investigation_required
        assert terms.benefits.ends_membership
        assert terms.defaulting.failed_cycles_max == 2
        assert (terms.pool.members_min, terms.pool.run_off_days) == (3_300_000, 180)

    def test_the_yearly_cap_begins_with_the_operators_promise(self) -> None:
        caps = [terms.sharing.cap_per_year for terms in self.plan.versions]
        assert caps == [None, parse_yuan("188"), parse_yuan("188")]

    def test_the_first_month_was_waived_for_the_first_members(self) -> None:
        (waiver,) = terms_on("xiang-hu-bao", date(2019, 1, 21)).sharing.waivers
        assert (waiver.publicity_on, waiver.joined_by) == (date(2019, 1, 21), date(2018, 12, 31))

    def test_its_lists(self) -> None:
        first, second, third = self.plan.versions
        assert [len(terms.illnesses) for terms in self.plan.versions] == [100, 100, 103]
        assert sum(illness.confirmed for illness in first.illnesses) == 19
        assert {illness.severity for illness in second.illnesses} == {"severe"}
        assert {i.number for i in third.illnesses if i.severity == "mild"} == {"M1", "M2"}
        assert [i.number for i in third.illnesses if i.category == "rare"] == ["R1"]


class TestXiaomi:
    terms = terms_on("xiaomi-huzhu", date(2020, 6, 15))

    @pytest.mark.parametrize(
        ("age", "yuan"),
        [(0, "300000"), (9, "300000"), (10, "500000"), (39, "500000"), (40, "150000")],
    )
    def test_benefits(self, age: int, yuan: str) -> None:
        assert aid(self.terms, age=age) == yuan

    def test_covers_to_the_last_day_of_being_sixty(self) -> None:
        assert aid(self.terms, age=60) == "150000"
        assert (self.terms.joining.age_max_years, self.terms.joining.age_out_years) == (60, 61)

    def test_82_serious_and_10_childrens_illnesses(self) -> None:
        children = [illness for illness in self.terms.illnesses if illness.children_only]
        assert (len(self.terms.illnesses), len(children)) == (92, 10)
        assert [illness.number for illness in children if illness.confirmed] == ["K1", "K2"]
        for name in ("hand, foot and mouth disease", "成骨不全症第三型"):
            (found,) = find_illness(self.terms, name)
            assert found.children_only

    def test_ten_health_questions_and_no_dangerous_occupations(self) -> None:
        assert len(self.terms.joining.questions) == 10
        assert self.terms.joining.occupation_classes == ("1", "2", "3", "4")


class TestMeituan:
    def test_three_periods_a_month(self) -> None:
        for terms in catalogue.load("meituan-huzhu").versions:
            assert terms.rhythm.publicity_days == (6, 15, 24)
            assert terms.rhythm.debit_days == (9, 18, 27)
            assert (terms.rhythm.publicity_length_days, terms.rhythm.debit_notice_days) == (3, 0)
            assert terms.waiting.days == 180
            assert not terms.waiting.members_share
            assert terms.sharing.fee_rate == Ratio(8, 100)
            assert terms.joining.age_max_years == 39
            assert terms.defaulting.failed_cycles_max == 1

    def test_a_fifth_at_once_then_one_lump_sum(self) -> None:
        old = terms_on("meituan-huzhu", date(2020, 6, 27))
        new = terms_on("meituan-huzhu", date(2020, 6, 28))
        assert (aid(old, age=30), old.benefits.lump_sum_rate) == ("350000", Ratio(20, 100))
        assert (aid(new, age=30), new.benefits.lump_sum_rate) == ("150000", Ratio(1, 1))
        assert not old.benefits.ends_membership
        assert (len(old.illnesses), len(new.illnesses)) == (102, 103)
        (threshold,) = find_illness(new, "spending threshold")
        assert threshold.number == "S1"


class Test360:
    terms = terms_on("360-huzhu", date(2020, 4, 1))

    def test_the_young_bear_less(self) -> None:
        weights = [band.weight for band in self.terms.sharing.classes]
        assert weights == sorted(weights)
        assert weights[0] < 1000 < weights[-1]

    def test_serious_and_mild_illnesses_and_death(self) -> None:
        counted = [illness.severity for illness in self.terms.illnesses]
        assert (counted.count("severe"), counted.count("mild")) == (101, 30)
        assert [illness.number for illness in find_illness(self.terms, "身故")] == ["D1"]
        assert (aid(self.terms, age=30), self.terms.waiting.days) == ("300000", 90)


@pytest.mark.parametrize(
    ("demonstration", "after"),
    [("demo-xiang-hu-bao", "xiang-hu-bao"), ("demo-xiaomi", "xiaomi-huzhu")],
)
def test_a_demonstration_is_a_thousandth_and_says_so(demonstration: str, after: str) -> None:
    plan, model = catalogue.load(demonstration), catalogue.load(after)
    (terms,) = plan.versions
    real = model.versions[-1]
    assert plan.demonstration
    assert ("演示" in plan.name.zh, "demonstration" in plan.name.en) == (True, True)
    assert terms.effective_on == date(2026, 1, 1)
    assert [row.amount * 1000 for row in terms.benefits.rows] == [
        row.amount for row in real.benefits.rows
    ]
    assert terms.sharing.cap_per_claim == parse_yuan("1")
    assert terms.pool.members_min is None
    assert terms.illnesses == real.illnesses


@pytest.mark.parametrize(
    "text",
    [
        "甲状腺癌",
        "乳腺癌",
        "肺癌",
        "重型颅脑损伤",
        "急性心肌梗塞",
        "急性心肌梗死",
        "thyroid cancer",
        "breast cancer",
        "Lung Cancer",
        "critical brain injury",
        "acute myocardial infarction",
    ],
)
def test_what_the_operator_named_is_found_by_that_name(text: str) -> None:
    for plan_id in SERIOUS_ILLNESSES:
        for terms in catalogue.load(plan_id).versions:
            assert find_illness(terms, text), (plan_id, terms.version)


ALL = [catalogue.load(plan_id) for plan_id in catalogue.ids()]


@pytest.mark.parametrize("plan", ALL, ids=lambda plan: plan.id)
class TestEveryRulebook:
    def test_every_value_has_a_source_that_exists(self, plan: Plan) -> None:
        headings = set(re.findall(r"^## (§[0-9.a]+) ", SOURCES.read_text("utf-8"), re.MULTILINE))
        for terms in plan.versions:
            assert set(terms.sources) >= set(KEYS) - {"announced_on"}
            for key, source in terms.sources.items():
                named = set(re.findall(r"§[0-9]+(?:[.][0-9]+a?)?", source))
                assert named <= headings, (terms.version, key, source)
                assert named or source.startswith("assumed: "), (terms.version, key, source)

    def test_the_disclosure_says_what_must_be_known_before_joining(self, plan: Plan) -> None:
        for words in ("不是保险", "由成员出，不由", "金额不作保证", "等待期", "如何停止"):
            assert words in plan.disclosure.zh
        for words in ("not insurance", "not by", "not guaranteed", "Waiting period", "How to stop"):
            assert words in plan.disclosure.en

    def test_questions_are_asked_in_both_languages(self, plan: Plan) -> None:
        for terms in plan.versions:
            by_accident = {illness.category for illness in terms.illnesses} == {ACCIDENT}
            assert len(terms.joining.questions) in ((0,) if by_accident else range(5, 11))
            for question in terms.joining.questions:
                assert question.text.zh.endswith("？")
                assert question.text.en.endswith("?")


class TestLoad:
    def test_a_file_is_read_with_the_lists_beside_it(self, tmp_path: Path) -> None:
        for name, content in catalogue.read("xiaomi-huzhu").items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
        path = tmp_path / "xiaomi-huzhu.toml"
        assert catalogue.load(path) == catalogue.load(str(path)) == catalogue.load("xiaomi-huzhu")

    def test_a_list_that_is_not_there_is_a_problem_of_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "xiaomi-huzhu.toml"
        path.write_bytes(catalogue.read("xiaomi-huzhu")[path.name])
        with pytest.raises(BadRulebook) as caught:
            catalogue.load(path)
        assert [p.key for p in caught.value.problems] == ["version[2020-06].benefit.illnesses"]

    @pytest.mark.parametrize("plan", ["nobody", "", "../catalog/xiaomi-huzhu", "no/such.toml"])
    def test_an_unknown_plan_is_refused_with_the_known_ones(self, plan: str) -> None:
        with pytest.raises(catalogue.UnknownPlan) as caught:
            catalogue.load(plan)
        assert "xiaomi-huzhu" in caught.value.explain("zh")
