"""The share: tables, the limits of the real plans, and properties against a naive computation."""

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules import naive_share
from rules.terms_factory import sharing
from sameboat.rules.money import Fen, Ratio
from sameboat.rules.share import MemberGroup, Share, fee_of, share_of_period
from sameboat.rules.terms import Sharing

NO_CAPS = sharing(fee_rate=Ratio(0, 1), cap_per_claim=None, cap_per_year=None)
TABLE = Path(__file__).with_name("share.table")


def rows() -> list[list[int]]:
    lines = [line for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    return [[int(word) for word in line.replace("|", " ").split()] for line in lines[1:]]


def divide(terms: Sharing, *aids: int, members: int, carried_in: int = 0, **more: Any) -> Share:
    return share_of_period(
        terms=terms,
        claims=[Fen(aid) for aid in aids],
        groups=[MemberGroup(count=members)],
        carried_in=Fen(carried_in),
        **more,
    )


@pytest.mark.parametrize(("shareable", "carried_in", "members", "each", "carried_out"), rows())
def test_table(shareable: int, carried_in: int, members: int, each: int, carried_out: int) -> None:
    share = divide(NO_CAPS, shareable, members=members, carried_in=carried_in)
    assert (share.each, share.carried_out) == (each, carried_out)


def test_the_first_real_period_costs_three_fen() -> None:
    share = divide(sharing(), 30_000_000, 30_000_000, members=23_000_000)
    assert share.cost == 64_800_000
    assert share.each == 3
    assert share.charged == 69_000_000
    assert share.carried_out == 4_200_000
    assert share.sponsored == 0


@pytest.mark.parametrize(("percent", "binds_below"), [(10, 3_300_000), (8, 3_240_000)])
def test_the_cap_of_ten_fen_binds_exactly_below(percent: int, binds_below: int) -> None:
    terms = sharing(fee_rate=Ratio(percent, 100))
    cost = 30_000_000 * (100 + percent) // 100
    at = divide(terms, 30_000_000, members=binds_below)
    assert (at.each, at.sponsored, at.shareable) == (10, 0, cost)
    below = divide(terms, 30_000_000, members=binds_below - 1)
    assert (below.each, below.sponsored) == (10, 10)
    assert below.shareable == cost - 10


def test_the_fee_never_exceeds_the_rate_on_any_claim() -> None:
    terms = sharing(fee_rate=Ratio(8, 100))
    assert fee_of(Fen(12), terms) == 0
    assert fee_of(Fen(13), terms) == 1
    assert divide(terms, 12, 12, members=1).fee == 0


def test_nobody_shares_so_the_sponsor_bears_all_and_the_carry_stays() -> None:
    share = divide(sharing(), 1_000, members=0, carried_in=55, recovered=Fen(5))
    assert (share.charged, share.each, share.sponsored) == (0, 0, 1_080)
    assert share.carried_out == 60


def test_the_carry_relieves_members_and_never_the_sponsor() -> None:
    share = divide(sharing(cap_per_claim=Fen(1)), 1_000, members=100, carried_in=40)
    assert (share.shareable, share.due, share.sponsored) == (100, 60, 980)
    assert (share.each, share.carried_out) == (1, 40)


def test_a_waived_member_is_the_sponsors() -> None:
    groups = [MemberGroup(count=90), MemberGroup(count=10, waived=True)]
    share = share_of_period(terms=NO_CAPS, claims=[Fen(250)], groups=groups, carried_in=Fen(0))
    assert share.each == 3
    assert (share.charged, share.sponsored, share.carried_out) == (270, 30, 50)


def test_the_room_of_the_year_limits_a_member() -> None:
    groups = [MemberGroup(count=2), MemberGroup(count=1, room=Fen(4))]
    share = share_of_period(terms=NO_CAPS, claims=[Fen(30)], groups=groups, carried_in=Fen(0))
    assert [charge.amount for charge in share.charges] == [10, 4]
    assert (share.charged, share.sponsored) == (24, 6)


def test_resharing_lets_the_others_pay_what_a_limit_cuts_off() -> None:
    terms = sharing(fee_rate=Ratio(0, 1), cap_per_claim=None, excess="reshare")
    groups = [MemberGroup(count=2), MemberGroup(count=1, room=Fen(4))]
    share = share_of_period(terms=terms, claims=[Fen(30)], groups=groups, carried_in=Fen(0))
    assert share.each == 13
    assert [charge.amount for charge in share.charges] == [13, 4]
    assert (share.charged, share.sponsored, share.carried_out) == (30, 0, 0)


def test_resharing_beyond_all_limits_falls_to_the_sponsor() -> None:
    terms = sharing(
        fee_rate=Ratio(0, 1), cap_per_claim=None, cap_per_period=Fen(5), excess="reshare"
    )
    share = divide(terms, 100, members=10)
    assert (share.each, share.charged, share.sponsored, share.carried_out) == (5, 50, 50, 0)


def test_thousands_of_groups_stand_for_a_hundred_million_members() -> None:
    groups = [
        MemberGroup(count=30_000, weight=800 + n % 5 * 100, room=Fen(n)) for n in range(3_400)
    ]
    share = share_of_period(
        terms=sharing(excess="reshare"),
        claims=[Fen(30_000_000)] * 800,
        groups=groups,
        carried_in=Fen(0),
    )
    assert share.sharing == 102_000_000
    assert share.sponsored == 0


# Properties

money = st.integers(0, 3_000)
groups_of_members = st.lists(
    st.builds(
        MemberGroup,
        count=st.integers(0, 6),
        weight=st.sampled_from([1000, 1000, 1, 400, 999, 1001, 1700, 3000]),
        room=st.none() | st.integers(0, 60).map(Fen),
        waived=st.booleans(),
    ),
    max_size=5,
)
rules = st.builds(
    sharing,
    fee_rate=st.sampled_from([Ratio(8, 100), Ratio(1, 10), Ratio(6, 100), Ratio(0, 1)]),
    cap_per_claim=st.none() | st.integers(0, 200).map(Fen),
    cap_per_period=st.none() | st.integers(0, 300).map(Fen),
    excess=st.sampled_from(["sponsor", "reshare"]),
)


def compute(
    terms: Sharing,
    aids: list[int],
    groups: list[MemberGroup],
    flows: tuple[int, int, int],
) -> Share:
    carry, back, extra = flows
    return share_of_period(
        terms=terms,
        claims=[Fen(aid) for aid in aids],
        groups=groups,
        carried_in=Fen(carry),
        recovered=Fen(back),
        extra=Fen(extra),
    )


flows_of_money = st.tuples(money, st.integers(0, 50), st.integers(0, 200))
aid_of_claims = st.lists(st.integers(0, 2_000), max_size=4)


@settings(max_examples=150, deadline=None)
@given(terms=rules, aids=aid_of_claims, groups=groups_of_members, flows=flows_of_money)
def test_agrees_with_the_naive_computation(
    terms: Sharing, aids: list[int], groups: list[MemberGroup], flows: tuple[int, int, int]
) -> None:
    share = compute(terms, aids, groups, flows)
    people = [
        naive_share.Person(group.weight, group.room, group.waived)
        for group in groups
        for _ in range(group.count)
    ]
    rule = naive_share.Rule(
        rate=Fraction(terms.fee_rate.numerator, terms.fee_rate.denominator),
        per_claim=terms.cap_per_claim,
        per_period=terms.cap_per_period,
        reshare=terms.excess == "reshare",
    )
    naive = naive_share.divide(rule, aids, people, *flows)
    assert (share.cost, share.shareable, share.due) == (naive.cost, naive.shareable, naive.due)
    assert share.each == naive.each
    amounts = Counter[int]()
    for charge in share.charges:
        amounts[charge.amount] += charge.group.count
    assert +amounts == Counter(naive.amounts)
    assert (share.sponsored, share.carried_out) == (naive.sponsored, naive.carried_out)


@settings(max_examples=400, deadline=None)
@given(terms=rules, aids=aid_of_claims, groups=groups_of_members, flows=flows_of_money)
def test_money_is_conserved_and_the_rest_is_small(
    terms: Sharing, aids: list[int], groups: list[MemberGroup], flows: tuple[int, int, int]
) -> None:
    share = compute(terms, aids, groups, flows)
    into = share.charged + share.carried_in + share.recovered + share.sponsored
    assert into == share.aid + share.fee + share.extra + share.carried_out
    assert share.charged == sum(c.amount * c.group.count for c in share.charges)
    assert share.carried_out >= 0
    assert all(0 <= c.amount <= c.each for c in share.charges)
    heavy = terms.excess == "reshare" and any(g.weight > 1000 for g in groups)
    if share.due > 0 and not heavy:
        assert share.carried_out < share.sharing


@settings(max_examples=300, deadline=None)
@given(
    aids=aid_of_claims,
    members=st.integers(1, 500),
    carry=money,
    excess=st.sampled_from(["sponsor", "reshare"]),
)
def test_one_fen_less_would_not_cover(
    aids: list[int], members: int, carry: int, excess: str
) -> None:
    terms = sharing(cap_per_claim=None, cap_per_year=None, excess=excess)
    share = divide(terms, *aids, members=members, carried_in=carry)
    assume(share.due > 0)
    assert share.each * members >= share.due
    assert (share.each - 1) * members < share.due


@given(aids=aid_of_claims, groups=groups_of_members)
def test_splitting_a_group_changes_nothing(aids: list[int], groups: list[MemberGroup]) -> None:
    halves = [
        MemberGroup(count=part, weight=g.weight, room=g.room, waived=g.waived)
        for g in groups
        for part in (g.count // 2, g.count - g.count // 2)
    ]
    whole = compute(sharing(), aids, groups, (0, 0, 0))
    split = compute(sharing(), aids, halves, (0, 0, 0))
    assert (whole.each, whole.charged, whole.sponsored) == (
        split.each,
        split.charged,
        split.sponsored,
    )
