"""A plan for tests of the rules: after Xiang Hu Bao of November 2018, any value replaceable."""

from dataclasses import replace
from datetime import date
from typing import Any

from sameboat.rules.money import Fen, Ratio
from sameboat.rules.terms import (
    BenefitRow,
    Benefits,
    Claims,
    Defaulting,
    Illness,
    Joining,
    Plan,
    PlanTerms,
    Pool,
    Question,
    Rhythm,
    Sharing,
    Text,
    Waiting,
)

QUESTION = Question(id="cancer", text=Text(zh="是否患过癌症?", en="Ever cancer?"), bars_on=True)
INFARCTION = Illness(
    number="2",
    name=Text(zh="急性心肌梗塞", en="acute myocardial infarction"),
    aliases=(),
    icd10="I21",
    category="heart",
    severity="severe",
    children_only=False,
    confirmed=True,
    source="facts",
)
SEVERE_CHILD = Illness(
    number="101",
    name=Text(zh="重症手足口病", en="severe hand, foot and mouth disease"),
    aliases=(),
    icd10="B08",
    category="child",
    severity="severe",
    children_only=True,
    confirmed=True,
    source="facts",
)

TERMS = PlanTerms(
    version="2018-11",
    effective_on=date(2018, 11, 27),
    announced_on=date(2018, 11, 27),
    notice_days=30,
    joining=Joining(
        age_min_days=30,
        age_max_years=59,
        age_out_years=60,
        occupation_classes=("1", "2", "3"),
        score_min=650,
        regions=(),
        questions_version="1",
        questions=(QUESTION,),
    ),
    waiting=Waiting(days=90, accident_covered=True, members_share=True, refund_from="operator"),
    illnesses=(INFARCTION, SEVERE_CHILD),
    benefits=Benefits(
        rows=(
            BenefitRow(
                id="young",
                age_from_years=0,
                age_to_years=39,
                severity="severe",
                tier="",
                amount=Fen(30_000_000),
            ),
            BenefitRow(
                id="older",
                age_from_years=40,
                age_to_years=59,
                severity="severe",
                tier="",
                amount=Fen(10_000_000),
            ),
        ),
        lump_sum_rate=Ratio(1, 1),
        ends_membership=True,
    ),
    sharing=Sharing(
        fee_rate=Ratio(8, 100),
        cap_per_claim=Fen(10),
        cap_per_period=None,
        cap_per_year=Fen(18_800),
        excess="sponsor",
        head_count="lock",
        aided_members_share=False,
        classes=(),
        waivers=(),
        defaults_borne_by="operator",
    ),
    rhythm=Rhythm(
        publicity_days=(7, 21),
        debit_days=(14, 28),
        publicity_length_days=3,
        debit_notice_days=2,
    ),
    claims=Claims(
        report_deadline_days=180,
        governed_by="diagnosis",
        evidence_required=("identity", "diagnosis"),
        investigation_required=True,
        appeal_days=30,
        accident_death_excluded_hours=96,
    ),
    defaulting=Defaulting(failed_cycles_max=2, payer_grace_days=60),
    pool=Pool(members_min=3_300_000, run_off_days=180),
    sources={},
)


def terms(**parts: Any) -> PlanTerms:
    """The terms with some fields replaced; a dict changes fields inside of a part."""
    changes = {
        name: replace(getattr(TERMS, name), **value) if isinstance(value, dict) else value
        for name, value in parts.items()
    }
    return replace(TERMS, **changes)


def sharing(**fields: Any) -> Sharing:
    return replace(TERMS.sharing, **fields)


def plan(*versions: PlanTerms) -> Plan:
    return Plan(
        id="test-plan",
        name=Text(zh="测试互助", en="Test plan"),
        operator=Text(zh="运营方", en="Operator"),
        currency="CNY",
        timezone="Asia/Shanghai",
        demonstration=True,
        disclosure_version="1",
        disclosure=Text(zh="这不是保险。", en="This is not insurance."),
        versions=versions or (TERMS,),
        content_hash="0" * 64,
    )
