"""A period from numbers alone, and the working of a division in words.

`quote` computes, `explain` says how: the same words stand under `sameboat quote --explain`, on
the page of a period and beside the settlement, with the same figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sameboat.rules.money import FEN_PER_YUAN, Fen, percent
from sameboat.rules.money import grouped_yuan as _money
from sameboat.rules.share import (
    NOTHING,
    WEIGHT_ONE,
    GroupCharge,
    MemberGroup,
    Share,
    limit_of,
    share_of_period,
)
from sameboat.rules.terms import PlanTerms, Sharing, Text

Language = Literal["zh", "en"]
ONE_CLASS = ""
"""The name under which the members of a plan without classes are counted."""
AMOUNTS_SHOWN_MAX = 8
"""How many different amounts, or aids, the working adds up one by one; more are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One division with what it was computed from."""

    plan: str
    version: str
    on: date
    terms: Sharing
    claims: tuple[Fen, ...]
    """The aid of each claim."""
    share: Share

    @property
    def charged_each(self) -> Fen:
        """What a member of weight 1000 with a whole year's room is charged, if not waived."""
        limit = limit_of(
            self.terms,
            weight=WEIGHT_ONE,
            room=self.terms.cap_per_year,
            claims_count=len(self.claims),
        )
        return self.share.each if limit is None else min(self.share.each, limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassQuote:
    """What the members of one class of a weighted plan owe."""

    name: str
    weight: int
    members: int
    share: Fen
    charged_each: Fen


def quote(
    *,
    plan: str,
    terms: PlanTerms,
    on: date,
    members: Mapping[str, int],
    claims: Sequence[Fen],
    carried_in: Fen,
    waived: Mapping[str, int] | None = None,
    extra: Fen = NOTHING,
    recovered: Fen = NOTHING,
) -> Quote:
    """Divide a period in which nobody has been charged anything this year.

    `terms` is the version in force on `on`. `members` counts the sharing members of each class
    (`ONE_CLASS` where the plan has none), `waived` those among them whom the sponsor pays for.
    """
    share = share_of_period(
        terms=terms.sharing,
        claims=claims,
        groups=_groups(terms.sharing, members=members, waived=waived or {}),
        carried_in=carried_in,
        recovered=recovered,
        extra=extra,
    )
    return Quote(
        plan=plan,
        version=terms.version,
        on=on,
        terms=terms.sharing,
        claims=tuple(claims),
        share=share,
    )


def weights_of(terms: Sharing) -> dict[str, int]:
    """The weight of each class of a plan, by name; `ONE_CLASS` alone where it has none."""
    return {one.name: one.weight for one in terms.classes} or {ONE_CLASS: WEIGHT_ONE}


def classes_of(quoted: Quote) -> tuple[ClassQuote, ...]:
    """What each class of a weighted plan owes; empty where the plan has no classes."""
    found = []
    for one in quoted.terms.classes:
        charges = [charge for charge in quoted.share.charges if charge.group.name == one.name]
        paying = next(charge for charge in charges if not charge.group.waived)
        found.append(
            ClassQuote(
                name=one.name,
                weight=one.weight,
                members=sum(charge.group.count for charge in charges),
                share=paying.each,
                charged_each=paying.amount,
            )
        )
    return tuple(found)


def _groups(
    terms: Sharing, *, members: Mapping[str, int], waived: Mapping[str, int]
) -> tuple[MemberGroup, ...]:
    """Two groups for each class: who pays, and for whom the sponsor pays. Either may be empty."""
    weights = weights_of(terms)
    assert members.keys() <= weights.keys()
    assert all(0 <= count <= members.get(name, 0) for name, count in waived.items())
    return tuple(
        MemberGroup(
            name=name,
            weight=weight,
            room=terms.cap_per_year,
            waived=is_waived,
            count=waived.get(name, 0) if is_waived else members.get(name, 0) - waived.get(name, 0),
        )
        for name, weight in weights.items()
        for is_waived in (False, True)
    )


# The working in words


def explain(quoted: Quote, language: Language) -> list[str]:
    """The working of a division, one sentence a line, with its figures."""
    lines = [
        *_cost_lines(quoted),
        *_due_lines(quoted),
        *_each_lines(quoted),
        *_limit_lines(quoted),
        *_result_lines(quoted.share),
    ]
    return [line.zh if language == "zh" else line.en for line in lines]


def _cost_lines(quoted: Quote) -> Iterator[Text]:
    share = quoted.share
    if not quoted.claims:
        yield Text(zh="本期没有需要支付的互助金。", en="Nobody is helped in this period.")
    else:
        count = len(quoted.claims)
        total = _money(share.aid)
        kinds = len(set(quoted.claims))
        is_listed = count > 1 and kinds <= AMOUNTS_SHOWN_MAX
        aid = f"{_listed(quoted.claims)} = {total}" if is_listed else total
        yield Text(
            zh=f"本期支付 {_count(count)} 笔互助金：{aid} 元。",
            en=f"{_count(count)} {_plural(count, 'claim is', 'claims are')} paid: aid {aid} yuan.",
        )
        rate = percent(quoted.terms.fee_rate)
        yield Text(
            zh=f"管理费为每笔互助金的 {rate}，不足 1 分的部分舍去：{_money(share.fee)} 元。",
            en=f"The fee is {rate} of each aid, rounded down to the fen: {_money(share.fee)} yuan.",
        )
    if share.extra:
        yield Text(
            zh=f"另有以前未收回的分摊、退款和更正：{_money(share.extra)} 元。",
            en=f"Earlier unpaid shares, refunds and corrections add {_money(share.extra)} yuan.",
        )
    parts = [share.aid, share.fee] + ([share.extra] if share.extra else [])
    total = " + ".join(_money(part) for part in parts)
    yield Text(
        zh=f"总费用：{total} = {_money(share.cost)} 元。",
        en=f"The cost is {total} = {_money(share.cost)} yuan.",
    )


def _due_lines(quoted: Quote) -> Iterator[Text]:
    share, cap = quoted.share, quoted.terms.cap_per_claim
    if share.sharing and cap is not None and quoted.claims:
        yield _cap_per_claim_line(share, cap)
    if not share.sharing and share.sponsored < share.cost:
        relief = _money(Fen(share.cost - share.sponsored))
        yield Text(
            zh=f"计划正在终止，没有成员参与分摊：结余支付 {relief} 元，"
            f"其余 {_money(share.sponsored)} 元由兜底方承担。",
            en=f"The plan is ending and no member shares: {relief} yuan come from what was carried "
            f"in, and the sponsor bears the other {_money(share.sponsored)} yuan.",
        )
        return
    if not share.sharing:
        yield Text(
            zh=f"没有成员参与分摊，由兜底方承担全部 {_money(share.cost)} 元，结余保留。",
            en=f"No member shares: the sponsor bears the whole {_money(share.cost)} yuan and "
            "what was carried in stays.",
        )
        return
    taken_zh = f" - 上期结余 {_money(share.carried_in)}"
    taken_en = f" - {_money(share.carried_in)} carried in"
    if share.recovered:
        taken_zh += f" - 收回的款项 {_money(share.recovered)}"
        taken_en += f" - {_money(share.recovered)} that came back"
    covered = share.shareable <= share.carried_in + share.recovered
    yield Text(
        zh=f"需要分摊：{_money(share.shareable)}{taken_zh} = {_money(share.due)} 元"
        + ("（结余已足够，最低为 0）。" if covered else "。"),
        en=f"To be shared: {_money(share.shareable)}{taken_en} = {_money(share.due)} yuan"
        + (" (what is there covers it; never below 0)." if covered else "."),
    )


def _cap_per_claim_line(share: Share, cap: Fen) -> Text:
    parts = share.weights // WEIGHT_ONE
    most, beyond = _money(Fen(cap * parts)), Fen(share.cost - share.shareable)
    zh = f"每人每笔最多分摊 {_money(cap)} 元，{_count(parts)} 份每笔最多承担 {most} 元"
    en = (
        f"Nobody bears more than {_money(cap)} yuan of one claim: for {_count(parts)} "
        f"{_plural(parts, 'share', 'shares')} at most {most} yuan a claim; "
    )
    if not beyond:
        return Text(zh=f"{zh}，本期未超出。", en=f"{en}no claim is above it.")
    return Text(
        zh=f"{zh}；超出的 {_money(beyond)} 元由兜底方承担。",
        en=f"{en}the {_money(beyond)} yuan above it are the sponsor's.",
    )


def _each_lines(quoted: Quote) -> Iterator[Text]:
    share = quoted.share
    if not share.sharing:
        return
    if share.due == 0:
        yield Text(
            zh="本期无需扣款。",
            en="Nobody is debited in this period.",
        )
    elif quoted.terms.excess == "reshare":
        yield _reshared_line(share)
    elif quoted.terms.classes:
        dividend = f"{_money(share.due)} × {WEIGHT_ONE}"
        weights = _count(share.weights)
        quotient = _quotient(share.due * WEIGHT_ONE, share.weights)
        yield Text(
            zh=f"按权重分摊，每份（权重 {WEIGHT_ONE}）：{dividend} ÷ 权重合计 {weights} = "
            f"{quotient}，不足 1 分按 1 分计：{_money(share.each)} 元。",
            en=f"By weight, one share (weight {WEIGHT_ONE}): {dividend} ÷ {weights} (all weights "
            f"together) = {quotient}; less than one fen counts as one fen: "
            f"{_money(share.each)} yuan.",
        )
    else:
        yield Text(
            zh=f"每人分摊：{_money(share.due)} ÷ {_count(share.sharing)} 人 = "
            f"{_quotient(share.due, share.sharing)}，不足 1 分按 1 分计：{_money(share.each)} 元。",
            en=f"Each share: {_money(share.due)} ÷ {_count(share.sharing)} "
            f"{_plural(share.sharing, 'member', 'members')} = "
            f"{_quotient(share.due, share.sharing)}; less than one fen counts as one fen: "
            f"{_money(share.each)} yuan.",
        )


def _reshared_line(share: Share) -> Text:
    if sum((charge.amount + charge.borne) * charge.group.count for charge in share.charges) < (
        share.due
    ):
        return Text(
            zh="所有成员都已达到上限，仍不足的部分由兜底方承担。",
            en="Everybody is at their limit; the sponsor bears what that leaves.",
        )
    return Text(
        zh="到上限的成员只付上限，其余由其他成员分摊：足以支付的最小份额为 "
        f"{_money(share.each)} 元。",
        en="Members at a limit pay their limit and the others share the rest: the smallest "
        f"whole share that covers it is {_money(share.each)} yuan.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Members of one class who stand alike to the share: paying it, limited or let off."""

    name: str
    weight: int
    waived: bool
    limited: bool
    charges: tuple[GroupCharge, ...]

    @property
    def count(self) -> int:
        return sum(charge.group.count for charge in self.charges)

    @property
    def borne(self) -> Fen:
        return Fen(sum(charge.borne * charge.group.count for charge in self.charges))

    @property
    def amounts(self) -> tuple[Fen, ...]:
        """The different amounts that a member of them is charged, in rising order."""
        return tuple(sorted({charge.amount for charge in self.charges}))


def _kinds(share: Share) -> list[_Kind]:
    """All charges by kind: a real period has thousands of groups, people read a few lines."""
    found: dict[tuple[str, int, bool, bool], list[GroupCharge]] = {}
    for charge in share.charges:
        group = charge.group
        if group.count:
            limited = not group.waived and charge.amount < charge.each
            found.setdefault((group.name, group.weight, group.waived, limited), []).append(charge)
    return [
        _Kind(name=name, weight=weight, waived=waived, limited=limited, charges=tuple(charges))
        for (name, weight, waived, limited), charges in found.items()
    ]


def _limit_lines(quoted: Quote) -> Iterator[Text]:
    """What classes, limits and waivers make of the share."""
    if not quoted.share.due:
        return
    for kind in _kinds(quoted.share):
        if kind.waived:
            yield _waived_line(kind)
        elif kind.limited:
            yield _limited_line(kind, quoted.terms)
        elif quoted.terms.classes:
            (paid,) = kind.amounts
            yield Text(
                zh=f"{_class_zh(kind)}{_count(kind.count)} 人（权重 {kind.weight}），"
                f"每人付 {_money(paid)} 元。",
                en=f"{_class_en(kind)}{_people(kind.count)} of weight {kind.weight} "
                f"{_plural(kind.count, 'pays', 'pay')} {_money(paid)} yuan each.",
            )


def _waived_line(kind: _Kind) -> Text:
    each = {charge.borne for charge in kind.charges}
    times = f"{_count(kind.count)} × {_money(each.pop())} = " if len(each) == 1 else ""
    working = f"{times}{_money(kind.borne)}"
    return Text(
        zh=f"{_class_zh(kind)}{_count(kind.count)} 人本期免除，由兜底方代付 {working} 元。",
        en=f"{_class_en(kind)}{_people(kind.count)} {_plural(kind.count, 'is', 'are')} let off; "
        f"the sponsor pays {working} yuan for them.",
    )


def _limited_line(kind: _Kind, terms: Sharing) -> Text:
    least, most = kind.amounts[0], kind.amounts[-1]
    span = len(kind.amounts) > 1
    paid_zh = f"{_money(least)} 至 {_money(most)} 元" if span else f"{_money(most)} 元"
    paid_en = f"{_money(least)} to {_money(most)} yuan" if span else f"{_money(most)} yuan"
    zh = f"{_class_zh(kind)}{_count(kind.count)} 人达到上限，每人只付 {paid_zh}"
    en = (
        f"{_class_en(kind)}{_people(kind.count)} {_plural(kind.count, 'is', 'are')} at the "
        f"limit and {_plural(kind.count, 'pays', 'pay')} only {paid_en} each"
    )
    if terms.excess == "reshare":
        return Text(zh=f"{zh}，其余已计入其他成员的分摊。", en=f"{en}; the others share the rest.")
    rest = _money(kind.borne)
    return Text(
        zh=f"{zh}，其余 {rest} 元由兜底方承担。",
        en=f"{en}; the sponsor bears the remaining {rest} yuan.",
    )


def _result_lines(share: Share) -> Iterator[Text]:
    counts: dict[Fen, int] = {}
    for charge in share.charges:
        if charge.amount and charge.group.count:
            counts[charge.amount] = counts.get(charge.amount, 0) + charge.group.count
    parts = [f"{_count(count)} × {_money(amount)}" for amount, count in counts.items()]
    working = f"{' + '.join(parts)} = " if 0 < len(parts) <= AMOUNTS_SHOWN_MAX else ""
    yield Text(
        zh=f"应收合计：{working}{_money(share.charged)} 元。",
        en=f"Charged together: {working}{_money(share.charged)} yuan.",
    )
    if share.sponsored:
        yield Text(
            zh=f"兜底方合计承担：{_money(share.sponsored)} 元。",
            en=f"The sponsor bears {_money(share.sponsored)} yuan in all.",
        )
    came_in = [share.carried_in, share.charged]
    came_in += [part for part in (share.recovered, share.sponsored) if part]
    total = " + ".join(_money(part) for part in came_in)
    yield Text(
        zh=f"转入下期的结余：{total} - {_money(share.cost)} = {_money(share.carried_out)} 元。",
        en=f"Carried into the next period: {total} - {_money(share.cost)} = "
        f"{_money(share.carried_out)} yuan.",
    )


# How figures are written


def _count(count: int) -> str:
    return f"{count:,}"


def _people(count: int) -> str:
    return f"{count:,} {_plural(count, 'member', 'members')}"


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _class_zh(kind: _Kind) -> str:
    return f"“{kind.name}”组：" if kind.name else ""


def _class_en(kind: _Kind) -> str:
    return f"Class “{kind.name}”: " if kind.name else ""


def _listed(claims: Sequence[Fen]) -> str:
    """Equal amounts once with their number: `2 × 300,000.00 + 100,000.00`."""
    counts: dict[Fen, int] = {}
    for aid in claims:
        counts[aid] = counts.get(aid, 0) + 1
    return " + ".join(
        _money(aid) if count == 1 else f"{_count(count)} × {_money(aid)}"
        for aid, count in sorted(counts.items(), reverse=True)
    )


def _quotient(fen: int, divisor: int) -> str:
    """A quotient in yuan: exact where it ends within six decimals, else with dots."""
    scale = 10**6
    whole, rest = divmod(fen * scale, divisor * FEN_PER_YUAN)
    decimals = f"{whole % scale:06d}"
    if rest == 0:
        decimals = decimals[:2] + decimals[2:].rstrip("0")
    return f"{whole // scale:,}.{decimals}" + ("…" if rest else "")
