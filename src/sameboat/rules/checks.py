"""The automatic checks of a sealed claim: coded results, for the staff who decide.

A check decides nothing. `fail` names the clause that speaks against the claim, `attention` asks
a person to look. What needs a look into other claims comes in as `ClaimFacts`, found by queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sameboat.rules.benefit import (
    NOTHING,
    NOTHING_EARLIER,
    Circumstances,
    Earlier,
    aid_of,
    benefit_row,
    payment_is_left,
)
from sameboat.rules.calendar import age_on, covered_from
from sameboat.rules.membership import Gap, gap_on, is_waiting
from sameboat.rules.money import Fen, yuan
from sameboat.rules.terms import ACCIDENT, SPENDING, Illness, PlanTerms, Severity, Text

Outcome = Literal["pass", "fail", "attention"]
SOON_AFTER_WAITING_DAYS = 30
ADULT_FROM_YEARS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """All that the checks need to know of a sealed claim."""

    born: date
    joined_on: date
    cover_ends_on: date | None
    """The first day without cover; None while none is fixed."""
    gaps: tuple[Gap, ...] = ()
    """Days without cover between an end and the return to the same membership."""
    diagnosed_on: date
    reported_on: date
    """The civil day on which the claim was opened."""
    accident: bool
    """Whether an accident caused it."""
    death_hours_after_accident: int | None
    """Whole hours, rounded down; None unless the member died of an accident."""
    death_hours_missing: bool
    """After an accident something shows a death, but nobody stated the hours."""
    illness: Illness | None
    """The row of the governing version's list that the claim names; None if it names none."""
    severity: Severity
    tier: str
    arrears: Fen
    same_file_in: tuple[str, ...]
    """Other claims, of any time, that hold a file with the same bytes."""
    same_payee_in: tuple[str, ...]
    """Claims of other households with the same payee."""
    same_phone_in: tuple[str, ...]
    """Claims of other households with the same phone."""
    represented: bool
    """Whether a representative files for the member."""
    guarded: bool = False
    """Whether the member is under age, so that a guardian files."""
    bills: Fen = NOTHING
    """All bills of the illness so far."""
    helped: int = 0
    """How many claims the member has shared before."""
    earlier: Earlier = NOTHING_EARLIER
    """The aid that the membership was given before."""

    def circumstances(self, terms: PlanTerms) -> Circumstances:
        """What the aid depends on besides its row."""
        return Circumstances(
            diagnosed_on=self.diagnosed_on,
            covered_from=covered_from(self.joined_on, terms.waiting, born=self.born),
            bills=self.bills,
            helped=self.helped,
            earlier=self.earlier,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One result."""

    code: str
    outcome: Outcome
    rule: str
    """The key of the rulebook that was applied, `membership` where it is the membership itself;
    empty for a check that no clause asks for."""
    text: Text
    facts: Mapping[str, str | int]


def check_claim(facts: ClaimFacts, terms: PlanTerms) -> tuple[Check, ...]:
    """Check a sealed claim under the version that governs it: always the same checks in order."""
    assert facts.diagnosed_on <= facts.reported_on
    return (
        _covered(facts),
        _waiting(facts, terms),
        _listed(facts, terms),
        _benefit(facts, terms),
        _payments(facts, terms),
        _deadline(facts, terms),
        _accident_death(facts, terms),
        _arrears(facts),
        _seen_elsewhere(
            "same_file",
            facts.same_file_in,
            Text(zh="同一文件出现在其他申请中", en="The same file is in other claims"),
        ),
        _seen_elsewhere(
            "same_payee",
            facts.same_payee_in,
            Text(zh="其他家庭的申请有同一收款人", en="Claims of other households have this payee"),
        ),
        _seen_elsewhere(
            "same_phone",
            facts.same_phone_in,
            Text(zh="其他家庭的申请有同一手机号", en="Claims of other households have this phone"),
        ),
        _soon_after_waiting(facts, terms),
        _authority(facts),
    )


def _covered(facts: ClaimFacts) -> Check:
    began, joined, end = facts.diagnosed_on, facts.joined_on, facts.cover_ends_on
    if began < joined:
        outcome: Outcome = "fail"
        text = Text(
            zh=f"确诊日 {began} 早于加入日 {joined}。",
            en=f"It was diagnosed on {began}, before the joining day {joined}.",
        )
    elif end is not None and began >= end:
        outcome = "fail"
        text = Text(
            zh=f"确诊日 {began} 时保障已结束（自 {end} 起）。",
            en=f"It was diagnosed on {began}; cover had ended, the first day without being {end}.",
        )
    elif gap := gap_on(began, facts.gaps):
        outcome = "fail"
        text = _in_gap(began, gap)
    else:
        outcome = "pass"
        text = Text(
            zh=f"确诊日 {began} 时是成员（自 {joined} 起）。",
            en=f"It was diagnosed on {began}, as a member since {joined}.",
        )
    return Check(
        code="covered",
        outcome=outcome,
        rule="membership",
        text=text,
        facts={"diagnosed_on": began.isoformat(), "joined_on": joined.isoformat()}
        | ({"cover_ends_on": end.isoformat()} if end else {}),
    )


def _in_gap(began: date, gap: Gap) -> Text:
    if gap.why == "no_consent":
        return Text(
            zh=f"确诊日 {began} 时，本人尚未同意加入，保障自本人同意之日起。",
            en=f"It was diagnosed on {began}, before the member agreed: cover starts with that.",
        )
    return Text(
        zh=f"确诊日 {began} 在退出与恢复之间，{gap.since} 起至 {gap.until} 前没有保障。",
        en=f"It was diagnosed on {began}, between leaving and coming back: "
        f"there was no cover from {gap.since} until {gap.until}.",
    )


def _waiting(facts: ClaimFacts, terms: PlanTerms) -> Check:
    began = facts.diagnosed_on
    first = covered_from(facts.joined_on, terms.waiting, born=facts.born)
    in_waiting = is_waiting(
        began, joined_on=facts.joined_on, born=facts.born, waiting=terms.waiting
    )
    at_once = facts.accident and terms.waiting.accident_covered
    if in_waiting and at_once:
        text = Text(
            zh=f"确诊日 {began} 在等待期内，但意外自加入起即受保障。",
            en=f"{began} is in the waiting period, but an accident is covered at once.",
        )
    elif in_waiting:
        text = Text(
            zh=f"确诊日 {began} 在等待期内；疾病保障自 {first} 起。",
            en=f"{began} is in the waiting period; illness is covered from {first}.",
        )
    else:
        text = Text(
            zh=f"确诊日 {began} 不在等待期内；疾病保障自 {first} 起。",
            en=f"{began} is not in the waiting period; illness is covered from {first}.",
        )
    return Check(
        code="waiting",
        outcome="fail" if in_waiting and not at_once else "pass",
        rule="waiting.accident_covered" if in_waiting and at_once else "waiting.days",
        text=text,
        facts={
            "diagnosed_on": began.isoformat(),
            "covered_from": first.isoformat(),
            "waiting_days": (first - facts.joined_on).days - 1,
        },
    )


def _listed(facts: ClaimFacts, terms: PlanTerms) -> Check:
    illness = facts.illness
    if illness is None:
        return Check(
            code="listed",
            outcome="fail",
            rule="illnesses",
            text=Text(zh="所填疾病不在病种列表中。", en="The illness is not on the list."),
            facts={},
        )
    not_met = _condition_not_met(illness, facts, terms)
    return Check(
        code="listed",
        outcome="fail" if not_met else "pass",
        rule="illnesses",
        text=not_met
        or Text(
            zh=f"病种列表第 {illness.number} 项：{illness.name.zh}。",
            en=f"Number {illness.number} of the list: {illness.name.en}.",
        ),
        facts={"illness": illness.number},
    )


def _condition_not_met(illness: Illness, facts: ClaimFacts, terms: PlanTerms) -> Text | None:
    """What a row of the list asks for besides being named, where it is not so."""
    is_adult = (
        facts.diagnosed_on >= facts.born
        and age_on(facts.born, facts.diagnosed_on) >= ADULT_FROM_YEARS
    )
    if illness.children_only and is_adult:
        return Text(
            zh=f"“{illness.name.zh}”只保障未满 {ADULT_FROM_YEARS} 周岁的成员。",
            en=f"“{illness.name.en}” is covered only under the age of {ADULT_FROM_YEARS}.",
        )
    if illness.category == ACCIDENT and not facts.accident:
        return Text(
            zh=f"“{illness.name.zh}”只有由意外造成的才在范围内。",
            en=f"“{illness.name.en}” is covered only where an accident caused it.",
        )
    least = terms.benefits.spending_min
    if illness.category == SPENDING and least is not None and facts.bills < least:
        return Text(
            zh=f"费用合计 {yuan(facts.bills)} 元，未达到 {yuan(least)} 元。",
            en=f"The bills are {yuan(facts.bills)} yuan together, less than {yuan(least)}.",
        )
    return None


def _benefit(facts: ClaimFacts, terms: PlanTerms) -> Check:
    row = benefit_row(
        terms,
        born=facts.born,
        diagnosed_on=facts.diagnosed_on,
        severity=facts.severity,
        tier=facts.tier,
    )
    if row is None:
        return Check(
            code="benefit",
            outcome="fail",
            rule="benefits.rows",
            text=Text(
                zh="确诊时的年龄和轻重在互助金表中没有对应的金额。",
                en="The table of benefits has no row for this age at diagnosis and severity.",
            ),
            facts={"severity": facts.severity, "tier": facts.tier},
        )
    age = age_on(facts.born, facts.diagnosed_on)
    found = aid_of(row, terms.benefits, facts.circumstances(terms)).amount
    aid = yuan(found)
    return Check(
        code="benefit",
        outcome="pass" if found else "fail",
        rule=f"benefits.rows.{row.id}",
        text=Text(
            zh=f"确诊时 {age} 周岁：互助金 {aid} 元。",
            en=f"Aged {age} at diagnosis: aid of {aid} yuan.",
        ),
        facts={"row": row.id, "age": age, "aid": aid},
    )


def _payments(facts: ClaimFacts, terms: PlanTerms) -> Check:
    is_left = payment_is_left(terms.benefits, facts.severity, facts.earlier)
    number = facts.earlier.payments_for_this + 1
    if is_left:
        text = Text(
            zh=f"此病的第 {number} 次支付，未超出条款规定的次数。",
            en=f"Payment {number} for this illness; the terms allow it.",
        )
    else:
        text = Text(
            zh=f"此病的第 {number} 次支付，超出条款规定的次数。",
            en=f"Payment {number} for this illness; the terms allow no further one.",
        )
    return Check(
        code="payments",
        outcome="pass" if is_left else "fail",
        rule="benefits.payments",
        text=text,
        facts={"number": number, "severe": facts.earlier.severe, "mild": facts.earlier.mild},
    )


def _deadline(facts: ClaimFacts, terms: PlanTerms) -> Check:
    days = terms.claims.report_deadline_days
    last = facts.diagnosed_on + timedelta(days=days)
    in_time = facts.reported_on <= last
    return Check(
        code="report_deadline",
        outcome="pass" if in_time else "fail",
        rule="claims.report_deadline_days",
        text=Text(
            zh=f"申请日 {facts.reported_on}，期限为确诊后 {days} 天（至 {last}，含当日）。",
            en=f"Filed on {facts.reported_on}; the deadline is {days} days after diagnosis, "
            f"{last} included.",
        ),
        facts={"reported_on": facts.reported_on.isoformat(), "last_day": last.isoformat()},
    )


def _accident_death(facts: ClaimFacts, terms: PlanTerms) -> Check:
    limit, hours = terms.claims.accident_death_excluded_hours, facts.death_hours_after_accident
    # Whole hours rounded down: 96 means 96:00 to 96:59, so only less than the limit is within it.
    excluded = limit is not None and hours is not None and hours < limit
    unclear = limit is not None and facts.death_hours_missing
    if excluded:
        text = Text(
            zh=f"意外发生后 {hours} 小时身故；{limit} 小时内身故属于意外身故，不在保障范围内。",
            en=f"Death {hours} hours after the accident; within {limit} hours it is an accidental "
            "death, which is not covered.",
        )
    elif unclear:
        text = Text(
            zh=f"材料显示意外后身故，但未填写意外和身故的时间；{limit} 小时内身故不在保障范围内。",
            en="Something shows a death after the accident, but the hours of both were not stated;"
            f" within {limit} hours it is not covered.",
        )
    elif hours is not None:
        text = Text(
            zh=f"意外发生后 {hours} 小时身故，没有意外身故的除外情形。",
            en=f"Death {hours} hours after the accident: no exclusion for an accidental death.",
        )
    else:
        text = Text(zh="没有意外身故的除外情形。", en="No exclusion for an accidental death.")
    return Check(
        code="accident_death",
        outcome="fail" if excluded else "attention" if unclear else "pass",
        rule="claims.accident_death_excluded_hours",
        text=text,
        facts={} if hours is None else {"hours": hours},
    )


def _arrears(facts: ClaimFacts) -> Check:
    owed = yuan(facts.arrears)
    if facts.arrears:
        text = Text(
            zh=f"有欠款 {owed} 元，将从互助金中扣除。",
            en=f"{owed} yuan of shares are unpaid; they are taken off the aid.",
        )
    else:
        text = Text(zh="没有欠款。", en="No share is unpaid.")
    return Check(
        code="arrears",
        outcome="attention" if facts.arrears else "pass",
        rule="",
        text=text,
        facts={"arrears": owed},
    )


def _seen_elsewhere(code: str, claims: tuple[str, ...], found: Text) -> Check:
    listed = ", ".join(claims)
    if claims:
        text = Text(zh=f"{found.zh}:{listed}。", en=f"{found.en}: {listed}.")
    else:
        text = Text(zh=f"未发现：{found.zh}。", en=f"Not found: {found.en.lower()}.")
    return Check(
        code=code,
        outcome="attention" if claims else "pass",
        rule="",
        text=text,
        facts={"claims": listed, "count": len(claims)},
    )


def _soon_after_waiting(facts: ClaimFacts, terms: PlanTerms) -> Check:
    first = covered_from(facts.joined_on, terms.waiting, born=facts.born)
    days = (facts.diagnosed_on - first).days + 1
    soon = not facts.accident and 1 <= days <= SOON_AFTER_WAITING_DAYS
    if soon:
        text = Text(
            zh=f"等待期结束后第 {days} 天确诊（{SOON_AFTER_WAITING_DAYS} 天以内需留意）。",
            en=f"Diagnosed on day {days} after the waiting period "
            f"(up to day {SOON_AFTER_WAITING_DAYS} asks for a look).",
        )
    else:
        text = Text(
            zh=f"并非在等待期结束后 {SOON_AFTER_WAITING_DAYS} 天内确诊。",
            en=f"Not diagnosed within {SOON_AFTER_WAITING_DAYS} days after the waiting period.",
        )
    return Check(
        code="soon_after_waiting",
        outcome="attention" if soon else "pass",
        rule="",
        text=text,
        facts={"days": days},
    )


def _authority(facts: ClaimFacts) -> Check:
    if facts.guarded:
        text = Text(
            zh="由监护人为未成年人申请：请核对出生医学证明或户口簿（首次申请时提交）。",
            en="A guardian files for a child: look at the birth certificate or household register,"
            " which came with the first claim.",
        )
    elif facts.represented:
        text = Text(
            zh="由代理人申请：请核对授权证明，以及其本人不能办理的原因。",
            en="A representative files: look at the proof of authority, and whether the member"
            " really cannot.",
        )
    else:
        text = Text(zh="由本人或付款人申请。", en="The member or the payer files.")
    return Check(
        code="authority",
        outcome="attention" if facts.represented or facts.guarded else "pass",
        rule="",
        text=text,
        facts={},
    )
