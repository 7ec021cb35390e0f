"""DESIGN's block on the share, written a second time and slowly: member by member, in Fractions.

Shares no code with `sameboat.rules.share`; the tests compare the two.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor


@dataclass
class Person:
    weight: int = 1000
    room: int | None = None
    waived: bool = False


@dataclass
class Rule:
    rate: Fraction
    per_claim: int | None = None
    per_period: int | None = None
    reshare: bool = False


@dataclass
class Outcome:
    cost: int
    shareable: int
    due: int
    each: int
    amounts: list[int]
    sponsored: int
    carried_out: int


def divide(
    rule: Rule, aids: list[int], people: list[Person], carry: int, back: int = 0, extra: int = 0
) -> Outcome:
    claim_costs = [aid + floor(aid * rule.rate) for aid in aids]
    cost = sum(claim_costs) + extra
    if not people:
        return Outcome(cost, 0, 0, 0, [], cost, carry + back)
    heads = floor(Fraction(sum(p.weight for p in people), 1000))
    if rule.per_claim is not None:
        claim_costs = [min(one, rule.per_claim * heads) for one in claim_costs]
    shareable = sum(claim_costs) + extra
    due = max(0, shareable - carry - back)
    if rule.reshare:
        each, amounts, others = _reshared(rule, len(aids), people, due)
    else:
        each, amounts, others = _plain(rule, people, due)
    sponsored = cost - shareable + others
    carried_out = carry + back + sum(amounts) + sponsored - cost
    return Outcome(cost, shareable, due, each, amounts, sponsored, carried_out)


def _plain(rule: Rule, people: list[Person], due: int) -> tuple[int, list[int], int]:
    total = sum(p.weight for p in people)
    amounts, others = [], 0
    for person in people:
        full = ceil(Fraction(due * person.weight, total))
        paid = min(v for v in (full, rule.per_period, person.room) if v is not None)
        paid = 0 if person.waived else paid
        amounts.append(paid)
        others += full - paid
    return ceil(Fraction(due * 1000, total)), amounts, others


def _reshared(
    rule: Rule, claims: int, people: list[Person], due: int
) -> tuple[int, list[int], int]:
    def minimum(x: int, person: Person) -> int:
        values = [ceil(Fraction(x * person.weight, 1000)), rule.per_period, person.room]
        if rule.per_claim is not None:
            values.append(floor(Fraction(rule.per_claim * claims * person.weight, 1000)))
        return min(v for v in values if v is not None)

    def total(x: int) -> int:
        return sum(minimum(x, person) for person in people)

    x = 0
    # Nothing grows any more beyond this many fen, whatever the weights of the tests.
    beyond = 1000 * (due + 1)
    reachable = min(due, total(beyond))
    while total(x) < reachable:
        x += 1
    minima = [minimum(x, person) for person in people]
    amounts = [0 if p.waived else m for p, m in zip(people, minima, strict=True)]
    others = sum(minima) - sum(amounts) + max(0, due - sum(minima))
    return x, amounts, others
