"""A small valid rulebook with two versions and a list: tests break it in one place at a time."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime, time
from typing import Any

NAME = "example.toml"
LIST_NAME = "lists/example.csv"

LIST = """\
number,name_zh,name_en,aliases_zh,aliases_en,icd10,category,severity,children_only,confirmed,source
1,恶性肿瘤,Cancer,肺癌;乳腺癌,lung cancer;breast cancer,C00-C97,cancer,severe,no,yes,standard no. 1
2,急性心肌梗塞,Acute myocardial infarction,心梗,heart attack,I21,circulatory,severe,no,no,usual
M1,轻度甲状腺癌,Mild thyroid cancer,甲状腺癌,thyroid cancer,C73,cancer,mild,no,no,usual
"""

TOML = """\
id = "example"
name = { zh = "例子", en = "Example" }
operator = { zh = "运营方", en = "The operator" }
currency = "CNY"
timezone = "Asia/Shanghai"
demonstration = true
disclosure_version = "1"
disclosure = { zh = "这是互助，不是保险。", en = "This is mutual aid, not insurance." }

[[version]]
version = "2020-01"
effective_on = 2020-01-01
notice_days = 30
[version.source]
effective_on = "facts §1.1"
notice_days = "assumed: our own rule"

[version.join]
age_min_days = 30
age_max_years = 59
age_out_years = 60
occupation_classes = ["1", "2"]
score_min = 600
regions = []
questions_version = "1"
age_min_years = 0
payer_age_min_years = 18
relations = ["self", "child", "spouse", "parent"]
grace_rejoin_days = 3
grace_rejoins_max = 2
transfer_to = "example-old-age"
[[version.join.questions]]
id = "cancer"
zh = "是否患过癌症？"
en = "Have you ever had cancer?"
bars_on = true
[version.join.source]
age_min_days = "facts §1.2"
age_max_years = "facts §1.2"
age_out_years = "facts §1.2"
occupation_classes = "assumed: usual"
score_min = "assumed: usual"
regions = "assumed: usual"
questions_version = "assumed: usual"
questions = "assumed: usual"
age_min_years = "assumed: usual"
payer_age_min_years = "facts §1.2"
relations = "facts §1.2"
grace_rejoin_days = "assumed: usual"
grace_rejoins_max = "assumed: usual"
transfer_to = "facts §1.4"

[version.waiting]
days = 90
accident_covered = true
members_share = true
refund_from = "operator"
days_by_age = [{ from_years = 40, days = 365 }]
[version.waiting.source]
days = "facts §1.3"
accident_covered = "facts §1.3"
members_share = "facts §1.3"
refund_from = "assumed: usual"
days_by_age = "facts §12"

[version.benefit]
illnesses = ["lists/example.csv"]
rows = [
    { id = "severe-39", ages = [0, 39], severity = "severe", amount = 300000 },
    { id = "severe-59", ages = [40, 59], severity = "severe", amount = "100000.00" },
    { id = "mild", ages = [0, 59], severity = "mild", tier = "", amount = 50000 },
]
lump_sum_rate = "1"
ends_membership = true
ends_with = "first"
tiers = [{ id = "", zh = "标准档", en = "standard" }]
bills_deductible = 10000
instalments_max = 12
severe_max = 3
mild_max = 1
total_max = 1000000
spending_min = "none"
tenure = [{ from_years = 0, rate = "1/3" }, { from_years = 1, rate = "1" }]
helped = [{ from_claims = 0, rate = "0.5" }, { from_claims = 100, rate = "1" }]
[version.benefit.source]
illnesses = "facts §1.4"
rows = "facts §1.4"
lump_sum_rate = "facts §1.4"
ends_membership = "facts §1.4"
ends_with = "assumed: usual"
tiers = "assumed: usual"
bills_deductible = "facts §12"
instalments_max = "assumed: usual"
severe_max = "facts §4"
mild_max = "facts §4"
total_max = "facts §4"
spending_min = "assumed: usual"
tenure = "facts §12"
helped = "facts §11"

[version.sharing]
fee_rate = "0.08"
cap_per_claim = "0.10"
cap_per_period = 2
cap_per_year = 188
excess = "sponsor"
head_count = "lock"
aided_members_share = false
classes = [
    { name = "young", weight = 500, ages = [0, 29] },
    { name = "old", weight = 1000, ages = [30, 59], tier = "" },
]
waivers = [{ publicity_on = 2020-01-21, joined_by = 2019-12-31 }]
defaults_borne_by = "operator"
[version.sharing.source]
fee_rate = "facts §1.5"
cap_per_claim = "facts §1.5"
cap_per_period = "facts §1.5"
cap_per_year = "facts §1.5"
excess = "facts §1.5"
head_count = "facts §1.5"
aided_members_share = "assumed: usual"
classes = "assumed: usual"
waivers = "facts §1.1"
defaults_borne_by = "assumed: usual"

[version.calendar]
publicity_days = [7, 21]
debit_days = [14, 28]
publicity_length_days = 3
debit_notice_days = 2
[version.calendar.source]
publicity_days = "facts §1.5"
debit_days = "facts §1.5"
publicity_length_days = "facts §1.5"
debit_notice_days = "assumed: usual"

[version.claims]
report_deadline_days = 180
governed_by = "diagnosis"
evidence_required = ["identity", "diagnosis"]
investigation_required = true
appeal_days = 30
accident_death_excluded_hours = 96
exclusions = [{ id = "hereditary", zh = "遗传性疾病", en = "A hereditary disease" }]
refunded_clauses = ["waiting.days", "claims.exclusions.hereditary"]
[version.claims.source]
report_deadline_days = "facts §1.6"
governed_by = "assumed: usual"
evidence_required = "facts §1.6"
investigation_required = "facts §1.6"
appeal_days = "assumed: usual"
accident_death_excluded_hours = "facts §1.4"
exclusions = "facts §12"
refunded_clauses = "facts §12"

[version.default]
failed_cycles_max = 2
payer_grace_days = 60
arrears_off_aid = true
reinstatement_days = 30
reinstatements_max = 1
[version.default.source]
failed_cycles_max = "facts §1.3"
payer_grace_days = "assumed: usual"
arrears_off_aid = "facts §1.3"
reinstatement_days = "facts §13"
reinstatements_max = "facts §13"

[version.pool]
members_min = 3300000
run_off_days = 180
members_min_after_days = 90
closing_refund = "none"
run_off_aid = "full"
[version.pool.source]
members_min = "facts §1.5"
run_off_days = "facts §1.11"
members_min_after_days = "facts §1.5"
closing_refund = "facts §1.11"
run_off_aid = "facts §1.11"

[version.board]
juror_age_min_years = 18
juror_membership_days = 30
juror_pays = true
votes_min = 1000
votes_for_min = "0.50"
strict = false
voting_hours = 24
objections_min = "none"
[version.board.source]
juror_age_min_years = "facts §1.7"
juror_membership_days = "facts §1.7"
juror_pays = "facts §1.7"
votes_min = "facts §1.7"
votes_for_min = "facts §1.7"
strict = "assumed: usual"
voting_hours = "assumed: usual"
objections_min = "assumed: usual"


[[version]]
version = "2021-01"
based_on = "2020-01"
effective_on = 2021-01-01
announced_on = 2020-11-15
[version.source]
effective_on = "facts §1.1"
announced_on = "facts §1.1"

[version.sharing]
fee_rate = "0.06"
[version.sharing.source]
fee_rate = "facts §3"
"""


def files(toml: str = TOML, listed: str = LIST) -> dict[str, bytes]:
    """The example as `parse` wants it."""
    return {NAME: toml.encode(), LIST_NAME: listed.encode()}


def tables() -> dict[str, Any]:
    """The example as TOML tables, fresh for changing."""
    return tomllib.loads(TOML)


def written(document: dict[str, Any]) -> str:
    """TOML of tables such as `tables` gives, after any change of their values."""
    lines: list[str] = []
    _write(document, "", lines)
    return "\n".join(lines) + "\n"


def _write(table: dict[str, Any], path: str, lines: list[str]) -> None:
    nested = {k: v for k, v in table.items() if isinstance(v, dict) or _is_tables(v)}
    lines += [f"{_key(k)} = {_value(v)}" for k, v in table.items() if k not in nested]
    for key, value in nested.items():
        under = f"{path}.{_key(key)}".lstrip(".")
        for each in value if isinstance(value, list) else [value]:
            lines.append(f"[[{under}]]" if isinstance(value, list) else f"[{under}]")
            _write(each, under, lines)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    match value:
        case bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case date() | datetime() | time():
            return value.isoformat()
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    return str(value)
