"""The quote as a pure rule, and the working of a division in words."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.terms_factory import sharing, terms
from sameboat.rules.money import Fen, Ratio
from sameboat.rules.quote import ONE_CLASS, Language, Quote, classes_of, explain, quote
from sameboat.rules.share import MemberGroup, share_of_period
from sameboat.rules.terms import ShareClass

ON = date(2019, 1, 21)
CLASSES = (
    ShareClass(name="young", weight=600, age_from_years=0, age_to_years=29),
    ShareClass(name="old", weight=1500, age_from_years=30, age_to_years=59),
)


def quoted(
    *aids: int,
    members: Mapping[str, int],
    waived: Mapping[str, int] | None = None,
    carry: int = 0,
    extra: int = 0,
    recovered: int = 0,
    **share_terms: Any,
) -> Quote:
    return quote(
        plan="test-plan",
        terms=terms(sharing=share_terms),
        on=ON,
        members=members,
        waived=waived,
        claims=[Fen(aid) for aid in aids],
        carried_in=Fen(carry),
        extra=Fen(extra),
        recovered=Fen(recovered),
    )


def test_the_cap_of_the_year_is_a_members_whole_room() -> None:
    found = quoted(1_000_000, members={ONE_CLASS: 10}, cap_per_claim=None, cap_per_year=Fen(500))
    assert found.share.each == 108_000
    assert found.charged_each == 500
    assert found.share.sponsored == 1_080_000 - 5_000


def test_waived_members_pay_nothing_and_the_others_no_more() -> None:
    plain = quoted(1_000, members={ONE_CLASS: 100})
    waived = quoted(1_000, members={ONE_CLASS: 100}, waived={ONE_CLASS: 40})
    assert plain.share.each == waived.share.each == 10
    assert waived.share.sponsored == plain.share.sponsored + 400
    assert waived.charged_each == 10
    assert waived.share.charged == 600


def test_everybody_waived_still_shows_what_a_member_would_pay() -> None:
    found = quoted(100, members={ONE_CLASS: 4}, waived={ONE_CLASS: 4}, fee_rate=Ratio(0, 1))
    assert (found.charged_each, found.share.charged, found.share.sponsored) == (10, 0, 100)


def test_classes_are_charged_by_their_weight() -> None:
    found = quoted(
        30_000,
        members={"young": 1_000, "old": 400},
        waived={"old": 100},
        classes=CLASSES,
        fee_rate=Ratio(0, 1),
        cap_per_claim=None,
        cap_per_period=Fen(30),
    )
    young, old = classes_of(found)
    assert (young.name, young.weight, young.members) == ("young", 600, 1_000)
    assert (young.share, young.charged_each) == (15, 15)
    assert (old.members, old.share, old.charged_each) == (400, 38, 30)
    assert found.share.each == 25
    assert found.share.sponsored == 300 * 8 + 100 * 38
    assert found.share.charged == 15_000 + 300 * 30


def test_a_class_nobody_is_in_may_be_left_out() -> None:
    found = quoted(600, members={"young": 10}, classes=CLASSES, cap_per_claim=None)
    assert [one.members for one in classes_of(found)] == [10, 0]


def test_explains_the_first_real_period() -> None:
    found = quoted(30_000_000, 30_000_000, members={ONE_CLASS: 23_000_000})
    assert explain(found, "en") == [
        "2 claims are paid: aid 2 × 300,000.00 = 600,000.00 yuan.",
        "The fee is 8% of each aid, rounded down to the fen: 48,000.00 yuan.",
        "The cost is 600,000.00 + 48,000.00 = 648,000.00 yuan.",
        (
            "Nobody bears more than 0.10 yuan of one claim: for 23,000,000 shares at most "
            "2,300,000.00 yuan a claim; no claim is above it."
        ),
        "To be shared: 648,000.00 - 0.00 carried in = 648,000.00 yuan.",
        (
            "Each share: 648,000.00 ÷ 23,000,000 members = 0.028173…; less than one fen counts as "
            "one fen: 0.03 yuan."
        ),
        "Charged together: 23,000,000 × 0.03 = 690,000.00 yuan.",
        "Carried into the next period: 0.00 + 690,000.00 - 648,000.00 = 42,000.00 yuan.",
    ]
    assert explain(found, "zh")[5] == (
        "每人分摊：648,000.00 ÷ 23,000,000 人 = 0.028173…，不足 1 分按 1 分计：0.03 元。"
    )


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (quoted(members={ONE_CLASS: 9}), "Nobody is helped in this period."),
        (quoted(100, members={ONE_CLASS: 9}, carry=900), "Nobody is debited in this period."),
        (
            quoted(100, members={ONE_CLASS: 0}),
            (
                "No member shares: the sponsor bears the whole 1.08 yuan and what was carried in "
                "stays."
            ),
        ),
        (
            quoted(100, members={ONE_CLASS: 9}, extra=700),
            "Earlier unpaid shares, refunds and corrections add 7.00 yuan.",
        ),
        (
            quoted(100, members={ONE_CLASS: 50}, recovered=30, carry=20),
            "To be shared: 1.08 - 0.20 carried in - 0.30 that came back = 0.58 yuan.",
        ),
        (
            quoted(100, members={ONE_CLASS: 50}, waived={ONE_CLASS: 1}),
            "1 member is let off; the sponsor pays 1 × 0.03 = 0.03 yuan for them.",
        ),
        (
            quoted(10_000, members={ONE_CLASS: 50}, cap_per_period=Fen(5)),
            (
                "50 members are at the limit and pay only 0.05 yuan each; the sponsor bears the "
                "remaining 2.50 yuan."
            ),
        ),
        (
            quoted(10_000, members={ONE_CLASS: 50}, cap_per_period=Fen(5), excess="reshare"),
            "Everybody is at their limit; the sponsor bears what that leaves.",
        ),
        (
            quoted(100, members={ONE_CLASS: 50}, excess="reshare"),
            (
                "Members at a limit pay their limit and the others share the rest: the smallest "
                "whole share that covers it is 0.03 yuan."
            ),
        ),
        (
            quoted(100, members={"young": 10, "old": 10}, classes=CLASSES, cap_per_claim=None),
            "Class “old”: 10 members of weight 1500 pay 0.08 yuan each.",
        ),
        (
            quoted(100, members={ONE_CLASS: 50}, fee_rate=Ratio(65, 1000)),
            "The fee is 6.5% of each aid, rounded down to the fen: 0.06 yuan.",
        ),
    ],
)
def test_says(found: Quote, sentence: str) -> None:
    assert sentence in explain(found, "en")


@settings(max_examples=200, deadline=None)
@given(
    aids=st.lists(st.integers(0, 50_000), max_size=4),
    members=st.integers(0, 5_000),
    waived=st.integers(0, 5_000),
    carry=st.integers(0, 9_000),
    cap=st.none() | st.integers(0, 40).map(Fen),
    excess=st.sampled_from(["sponsor", "reshare"]),
)
def test_both_languages_hold_the_same_figures(
    aids: list[int], members: int, waived: int, carry: int, cap: Fen | None, excess: str
) -> None:
    found = quoted(
        *aids,
        members={ONE_CLASS: members},
        waived={ONE_CLASS: min(members, waived)},
        carry=carry,
        cap_per_period=cap,
        excess=excess,
    )
    figures = [
        re.findall(r"\d[\d,]*\.\d\d\b", "\n".join(explain(found, language)))
        for language in LANGUAGES
    ]
    assert sorted(figures[0]) == sorted(figures[1])


def test_thousands_of_groups_are_a_few_lines() -> None:
    rooms = [MemberGroup(count=3, room=Fen(room)) for room in range(2_000)]
    shared = share_of_period(
        terms=sharing(cap_per_claim=None),
        claims=[Fen(1_000 + n) for n in range(500)],
        groups=[*rooms, MemberGroup(count=1, room=Fen(1), waived=True)],
        carried_in=Fen(0),
    )
    found = Quote(
        plan="p",
        version="v",
        on=ON,
        terms=sharing(cap_per_claim=None),
        claims=tuple(Fen(1_000 + n) for n in range(500)),
        share=shared,
    )
    lines = explain(found, "en")
    assert len(lines) < 12
    assert max(len(one) for one in lines) < 200
    limited = f"{shared.each * 3:,} members are at the limit and pay only 0.00 to"
    assert any(one.startswith(limited) for one in lines)


LANGUAGES: tuple[Language, ...] = ("zh", "en")


@settings(max_examples=200, deadline=None)
@given(
    aids=st.lists(st.integers(0, 50_000), max_size=4),
    members=st.integers(0, 5_000),
    carry=st.integers(0, 9_000),
)
def test_a_quote_is_the_settlements_own_division(aids: list[int], members: int, carry: int) -> None:
    """The settlement counts groups of a real pool; with equal members it must be the same."""
    found = quoted(*aids, members={ONE_CLASS: members}, carry=carry)
    half = members // 2
    settled = share_of_period(
        terms=sharing(),
        claims=[Fen(aid) for aid in aids],
        groups=[
            MemberGroup(count=half, room=Fen(18_800)),
            MemberGroup(count=members - half, room=Fen(18_800)),
        ],
        carried_in=Fen(carry),
    )
    assert found.share.each == settled.each
    assert found.share.charged == settled.charged
    assert found.share.carried_out == settled.carried_out
