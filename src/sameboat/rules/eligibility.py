"""Who may join: every reason against it at once, each with the rule and its value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sameboat.rules.benefit import tiers_of
from sameboat.rules.calendar import age_in_days, age_on
from sameboat.rules.terms import Joining, PlanTerms, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """What is known of a person who wants to join, from identity check, answers and score."""

    born: date
    deceased: bool
    """Whether the identity check says that the holder of the document is dead."""
    occupation_class: str
    """Empty where the person has not said."""
    region: str
    """Province code; empty where it is not known."""
    score: int | None
    """None where there is none: no consent, no answer, or nothing known."""
    questions_version: str
    answers: Mapping[str, bool]
    relation: str = "self"
    """What the person is to the payer."""
    payer_born: date | None = None
    """None where it is not asked who pays."""
    tier: str = ""
    """The tier that was chosen; empty for the ordinary one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One reason against joining."""

    code: str
    rule: str
    """The key of the rulebook that gives the reason (`joining.age_min_days`)."""
    value: str
    """What the rulebook says there."""
    text: Text
    human_review: bool = False
    """Not a reason to turn somebody down: a human decides, and the person may ask for one."""


def reasons_against_joining(
    applicant: Applicant, terms: PlanTerms, on: date
) -> tuple[Criterion, ...]:
    """All that speaks against joining on `on` under the version in force; empty for the eligible.

    Nobody is turned down by a score alone: `is_refused` tells refusal and human review apart.
    """
    rules = terms.joining
    if applicant.deceased:
        return (_DECEASED,)
    return (
        *age_reasons(applicant.born, rules, on),
        *_payer_reasons(applicant, rules, on),
        *_tier_reasons(applicant, terms),
        *_health_reasons(applicant, rules),
        *_risk_reasons(applicant, rules),
    )


def is_refused(reasons: Iterable[Criterion]) -> bool:
    """Whether there is a reason that needs no human to be one."""
    return any(not reason.human_review for reason in reasons)


def needs_human(reasons: Iterable[Criterion]) -> bool:
    """Whether only a human may decide: there are reasons, and each of them is one to review."""
    found = tuple(reasons)
    return bool(found) and not is_refused(found)


_DECEASED = Criterion(
    code="applicant_deceased",
    rule="joining",
    value="",
    text=Text(
        zh="身份核验显示证件持有人已故。如有错误，请联系我们更正。",
        en="The identity check says that the holder of the document has died. "
        "If that is wrong, ask us to have it mended.",
    ),
)


def age_reasons(born: date, rules: Joining, on: date) -> Iterator[Criterion]:
    """Why somebody of this birth cannot join on a day for their age; nothing where they can."""
    days = age_in_days(born, on)
    if days < rules.age_min_days:
        yield Criterion(
            code="too_young",
            rule="joining.age_min_days",
            value=str(rules.age_min_days),
            text=Text(
                zh=f"出生满 {rules.age_min_days} 天才能加入；现在是 {max(0, days)} 天。",
                en=f"One may join from {rules.age_min_days} days after birth; "
                f"it is {max(0, days)} now.",
            ),
        )
        return
    age = age_on(born, on)
    if age < rules.age_min_years:
        yield Criterion(
            code="too_young",
            rule="joining.age_min_years",
            value=str(rules.age_min_years),
            text=Text(
                zh=f"满 {rules.age_min_years} 周岁才能加入；现在是 {age} 周岁。",
                en=f"One may join from the age of {rules.age_min_years}; it is {age} now.",
            ),
        )
    if age > rules.age_max_years or age >= rules.age_out_years:
        last = min(rules.age_max_years, rules.age_out_years - 1)
        yield Criterion(
            code="too_old",
            rule="joining.age_max_years",
            value=str(last),
            text=Text(
                zh=f"加入时不得超过 {last} 周岁；现在是 {age} 周岁。",
                en=f"One may join up to the age of {last}; it is {age} now.",
            ),
        )


def _payer_reasons(applicant: Applicant, rules: Joining, on: date) -> Iterator[Criterion]:
    if applicant.relation not in rules.relations:
        zh = "、".join(RELATION_WORDS[relation].zh for relation in rules.relations)
        en = ", ".join(RELATION_WORDS[relation].en for relation in rules.relations)
        yield Criterion(
            code="relation_excluded",
            rule="joining.relations",
            value=", ".join(rules.relations),
            text=Text(
                zh=f"此计划只接受付款人的：{zh}。", en=f"This plan takes in of a payer only: {en}."
            ),
        )
    payer_age = age_on(applicant.payer_born, on) if applicant.payer_born else None
    if payer_age is not None and payer_age < rules.payer_age_min_years:
        yield Criterion(
            code="payer_too_young",
            rule="joining.payer_age_min_years",
            value=str(rules.payer_age_min_years),
            text=Text(
                zh=f"付款人须满 {rules.payer_age_min_years} 周岁；现在是 {payer_age} 周岁。",
                en=f"The payer must be {rules.payer_age_min_years} or older; "
                f"it is {payer_age} now.",
            ),
        )


RELATION_WORDS: Mapping[str, Text] = {
    "self": Text(zh="本人", en="oneself"),
    "child": Text(zh="子女", en="children"),
    "spouse": Text(zh="配偶", en="spouse"),
    "parent": Text(zh="父母", en="parents"),
}


def _tier_reasons(applicant: Applicant, terms: PlanTerms) -> Iterator[Criterion]:
    tiers = tiers_of(terms.benefits)
    if applicant.tier in tiers:
        return
    named = {tier.id: tier.text for tier in terms.benefits.tiers}
    zh = "、".join(named[tier].zh if tier in named else tier for tier in tiers)
    en = ", ".join(named[tier].en if tier in named else tier for tier in tiers)
    yield Criterion(
        code="tier_unknown",
        rule="benefits.tiers",
        value=", ".join(tiers),
        text=Text(zh=f"请选择一个档位：{zh}。", en=f"Choose one of the tiers: {en}."),
    )


def _health_reasons(applicant: Applicant, rules: Joining) -> Iterator[Criterion]:
    if applicant.questions_version != rules.questions_version:
        yield Criterion(
            code="questions_outdated",
            rule="joining.questions_version",
            value=rules.questions_version,
            text=Text(
                zh="健康告知的问题已更新，请重新回答。",
                en="The health questions have changed; please answer the present ones.",
            ),
        )
        return
    for question in rules.questions:
        answer = applicant.answers.get(question.id)
        if answer is None:
            yield Criterion(
                code="question_unanswered",
                rule=f"joining.questions.{question.id}",
                value=question.id,
                text=Text(
                    zh=f"请回答：{question.text.zh}",
                    en=f"Please answer: {question.text.en}",
                ),
            )
        elif answer == question.bars_on:
            yield Criterion(
                code="health_answer",
                rule=f"joining.questions.{question.id}",
                value="yes" if question.bars_on else "no",
                text=Text(
                    zh=f"根据健康告知的回答，暂不能加入：{question.text.zh}",
                    en=f"The answer to this health question bars from joining: {question.text.en}",
                ),
            )


def _risk_reasons(applicant: Applicant, rules: Joining) -> Iterator[Criterion]:
    if rules.occupation_classes and applicant.occupation_class not in rules.occupation_classes:
        known = ", ".join(rules.occupation_classes)
        given = applicant.occupation_class
        yield Criterion(
            code="occupation_excluded" if given else "occupation_missing",
            rule="joining.occupation_classes",
            value=known,
            text=Text(
                zh=f"可以加入的职业类别：{known}；您的类别：{given or '未填写'}。",
                en=f"Occupation classes that may join: {known}; yours: {given or 'not given'}.",
            ),
        )
    if rules.regions and applicant.region not in rules.regions:
        known = ", ".join(rules.regions)
        given = applicant.region
        yield Criterion(
            code="region_excluded" if given else "region_missing",
            rule="joining.regions",
            value=known,
            text=Text(
                zh=f"可以加入的地区：{known}；您的地区：{given or '未知'}。",
                en=f"Regions that may join: {known}; yours: {given or 'not known'}.",
            ),
        )
    if rules.score_min is not None and (
        applicant.score is None or applicant.score < rules.score_min
    ):
        yield _score_reason(applicant.score, rules.score_min)


def _score_reason(score: int | None, score_min: int) -> Criterion:
    given_zh, given_en = ("没有", "none") if score is None else (str(score), str(score))
    return Criterion(
        code="score_missing" if score is None else "score_below",
        rule="joining.score_min",
        value=str(score_min),
        human_review=True,
        text=Text(
            zh=f"评分要求为 {score_min}，现在的评分：{given_zh}。评分本身不会使您被拒，"
            "将由工作人员审核；您可以询问理由。",
            en=f"The score asked for is {score_min}; yours: {given_en}. Nobody is turned down by "
            "a score alone: a member of staff will look, and you may ask for the reasons.",
        ),
    )
