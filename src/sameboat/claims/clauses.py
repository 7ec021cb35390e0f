"""The clauses under which a claim can be declined, and how each is quoted to the claimant.

A clause is named by its key of the rulebook; the words are filled in from the version that governs
the claim, so that the claimant reads the very figures that were applied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sameboat.rules.needs import own_clauses
from sameboat.rules.terms import EXCLUSION, PlanTerms, Text

WAITING_CLAUSE = "waiting.days"
"""Declined under it: the membership ends."""
_GIVEN_BACK = Text(zh="已付的分摊退还。", en=" The shares paid are given back.")


def clauses_of(terms: PlanTerms) -> tuple[str, ...]:
    """Every clause that a decline under the terms may name: those of all plans, then its own."""
    return (*CLAUSES, *own_clauses(terms.claims))


def quote(clause: str, terms: PlanTerms) -> Text:
    """One of `clauses_of(terms)` in words, with the figures of the terms.

    Where the terms give the shares back to whoever is declined under it, that is said too.
    """
    excluded = {f"{EXCLUSION}{one.id}": one.text for one in terms.claims.exclusions}
    text = excluded[clause] if clause in excluded else CLAUSES[clause](terms)
    if clause not in terms.claims.refunded_clauses:
        return text
    return Text(zh=text.zh + _GIVEN_BACK.zh, en=text.en + _GIVEN_BACK.en)


def _waiting(terms: PlanTerms) -> Text:
    days = terms.waiting.days
    older_zh = "".join(
        f"，{step.from_years} 周岁起加入的为 {step.days} 天" for step in terms.waiting.days_by_age
    )
    older_en = "".join(
        f" ({step.days} days for who joins at {step.from_years} or older)"
        for step in terms.waiting.days_by_age
    )
    but_zh = "（意外不受此限）" if terms.waiting.accident_covered else ""
    but_en = " Accidents are covered at once." if terms.waiting.accident_covered else ""
    return Text(
        zh=f"加入后 {days} 天为等待期{older_zh}，等待期内患病不能获得互助{but_zh}；"
        "成员资格随之结束。",
        en=f"An illness that begins within {days} days of joining{older_en} is not covered.{but_en}"
        " The membership then ends.",
    )


def _membership(terms: PlanTerms) -> Text:
    return Text(
        zh="只有在成员资格存续期间初次确诊的疾病才能获得互助。",
        en="Only what is first diagnosed during the membership is covered.",
    )


def _illnesses(terms: PlanTerms) -> Text:
    count = len(terms.illnesses)
    return Text(
        zh=f"互助范围为 {terms.version} 版病种列表所列的 {count} 项疾病。",
        en=f"Covered are the {count} illnesses on the list of version {terms.version}.",
    )


def _rows(terms: PlanTerms) -> Text:
    return Text(
        zh="互助金按初次确诊时的年龄和轻重从互助金表取得；表中没有的不予互助。",
        en="The aid is the table's row for age and severity at first diagnosis; where the table has"
        " no row, none is paid.",
    )


def _payments(terms: PlanTerms) -> Text:
    benefits = terms.benefits
    limits = (
        (benefits.severe_max, "重度疾病最多 {} 次", "at most {} severe illnesses"),
        (benefits.mild_max, "轻度疾病最多 {} 次", "at most {} mild illnesses"),
        (benefits.instalments_max, "同一疾病最多支付 {} 次", "at most {} payments for one illness"),
    )
    stated = [(zh.format(n), en.format(n)) for n, zh, en in limits if n is not None]
    if not stated:
        return Text(
            zh="本版条款没有限制支付次数。", en="This version sets no limit to the payments."
        )
    return Text(
        zh="每位成员的互助次数有限：" + "，".join(zh for zh, _ in stated) + "。",
        en="The aid to one member is limited: " + ", ".join(en for _, en in stated) + ".",
    )


def _deadline(terms: PlanTerms) -> Text:
    days = terms.claims.report_deadline_days
    return Text(
        zh=f"须在初次确诊后 {days} 天内（含第 {days} 天）提出申请。",
        en=f"A claim is filed within {days} days of the first diagnosis, the last one included.",
    )


def _accident_death(terms: PlanTerms) -> Text:
    hours = terms.claims.accident_death_excluded_hours
    if hours is None:
        return Text(zh="本版条款没有意外身故除外。", en="This version has no such exclusion.")
    return Text(
        zh=f"意外发生后 {hours} 小时内身故的，不属于互助范围。",
        en=f"Death within {hours} hours of an accident is not covered.",
    )


def _evidence(terms: PlanTerms) -> Text:
    return Text(
        zh="所患疾病须由真实、完整的材料证明。",
        en="The illness is proven by documents that are genuine and complete.",
    )


def _questions(terms: PlanTerms) -> Text:
    return Text(
        zh=f"加入时须如实回答健康问题（第 {terms.joining.questions_version} 版）；"
        "隐瞒的疾病不能获得互助。",
        en="The health questions at joining are answered truthfully (version"
        f" {terms.joining.questions_version}); what was concealed is not covered.",
    )


CLAUSES: Mapping[str, Callable[[PlanTerms], Text]] = {
    WAITING_CLAUSE: _waiting,
    "membership": _membership,
    "illnesses": _illnesses,
    "benefits.rows": _rows,
    "benefits.payments": _payments,
    "claims.report_deadline_days": _deadline,
    "claims.accident_death_excluded_hours": _accident_death,
    "claims.evidence_required": _evidence,
    "joining.questions": _questions,
}
"""The clauses of all plans, in the order of `rules.terms.CLAUSES`."""
