"""How the share of a period is computed: the one place where a cost is divided among members.

The quote, the settlement and the page that explains a share all call `share_of_period`. Members
come as groups that are alike (weight, room, waived), so 100 million of them are a few numbers.
Every amount is in fen. `docs/rules/share.md` says the same in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sameboat.rules.money import Fen, ceil_div, times
from sameboat.rules.terms import Sharing

WEIGHT_ONE = 1000
"""The weight of one whole share; every member has it where a plan has no classes."""
NOTHING = Fen(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberGroup:
    """Sharing members who are alike, and how many they are."""

    count: int
    weight: int = WEIGHT_ONE
    room: Fen | None = None
    """What each may still be charged this calendar year; None where the terms have no year cap."""
    waived: bool = False
    """Charged nothing; the sponsor pays their share."""
    name: str = ""
    """The class of the terms that they belong to; empty where the plan has no classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCharge:
    """What each member of a group is charged."""

    group: MemberGroup
    each: Fen
    """The share of their weight, before any limit of the member."""
    amount: Fen
    """What the member is charged: 0 if waived, else at most each."""
    borne: Fen
    """What the sponsor pays in the place of each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A period's division. The names are those of `docs/rules/share.md`, in their order."""

    aid: Fen
    fee: Fen
    extra: Fen
    cost: Fen
    shareable: Fen
    """The part of the cost that the cap per claim leaves to the members."""
    carried_in: Fen
    recovered: Fen
    due: Fen
    """What is divided: shareable less what is carried in or came back."""
    sharing: int
    """The divisor: how many members share, waived ones included."""
    weights: int
    """The sum of their weights."""
    each: Fen
    """The share of weight 1000, before any limit of the member."""
    charges: tuple[GroupCharge, ...]
    charged: Fen
    sponsored: Fen
    carried_out: Fen


def share_of_period(
    *,
    terms: Sharing,
    claims: Sequence[Fen],
    groups: Sequence[MemberGroup],
    carried_in: Fen,
    recovered: Fen = NOTHING,
    extra: Fen = NOTHING,
    winds_down: bool = False,
) -> Share:
    """Divide the cost of a period among its sharing members.

    `claims` holds the aid of each claim. `terms` is the share rule in force on the publicity day.
    Where the plan winds down nobody shares: what is carried in goes to the cost before the sponsor
    bears the rest, for no member is left whom it could relieve.
    """
    assert carried_in >= 0 and recovered >= 0 and extra >= 0
    assert all(aid >= 0 for aid in claims)
    assert all(group.count >= 0 and group.weight > 0 for group in groups)
    assert all(group.room is None or group.room >= 0 for group in groups)
    sharing = sum(group.count for group in groups)
    weights = sum(group.count * group.weight for group in groups)
    fees = [fee_of(aid, terms) for aid in claims]
    cost = Fen(sum(claims) + sum(fees) + extra)
    shareable = Fen(
        sum(
            _left_to_members(aid + fee, terms, weights)
            for aid, fee in zip(claims, fees, strict=True)
        )
        + extra
        if sharing
        else 0
    )
    due = Fen(max(0, shareable - carried_in - recovered))
    each, charges = _divide(terms=terms, due=due, groups=groups, claims_count=len(claims))
    charged = Fen(sum(charge.amount * charge.group.count for charge in charges))
    borne = sum(charge.borne * charge.group.count for charge in charges)
    # Only resharing can fall short: when everybody is at their limit, the sponsor bears the rest.
    short = max(0, due - charged - borne)
    relief = min(cost, carried_in + recovered) if winds_down and not sharing else 0
    sponsored = Fen(cost - shareable + borne + short - relief)
    share = Share(
        aid=Fen(sum(claims)),
        fee=Fen(sum(fees)),
        extra=extra,
        cost=cost,
        shareable=shareable,
        carried_in=carried_in,
        recovered=recovered,
        due=due,
        sharing=sharing,
        weights=weights,
        each=each,
        charges=charges,
        charged=charged,
        sponsored=sponsored,
        carried_out=Fen(carried_in + recovered + charged + sponsored - cost),
    )
    _check(share, terms)
    return share


def fee_of(aid: Fen, terms: Sharing) -> Fen:
    """The operator's fee on one claim, never more than the rate."""
    return times(aid, terms.fee_rate, rounding="floor")


def limit_of(terms: Sharing, *, weight: int, room: Fen | None, claims_count: int) -> Fen | None:
    """The most that one member may be charged in a period; None where nothing limits it.

    With `excess = "sponsor"` the cap per claim has been taken off the cost already; when the
    excess is shared again, it limits each member too, so that nobody pays more for one claim.
    """
    limits = [limit for limit in (terms.cap_per_period, room) if limit is not None]
    if terms.excess == "reshare" and terms.cap_per_claim is not None:
        limits.append(Fen(terms.cap_per_claim * claims_count * weight // WEIGHT_ONE))
    return min(limits, default=None)


def _left_to_members(cost: int, terms: Sharing, weights: int) -> int:
    """What the members bear of one claim: the cap per claim is for weight 1000."""
    if terms.cap_per_claim is None:
        return cost
    return min(cost, terms.cap_per_claim * (weights // WEIGHT_ONE))


def _divide(
    *, terms: Sharing, due: Fen, groups: Sequence[MemberGroup], claims_count: int
) -> tuple[Fen, tuple[GroupCharge, ...]]:
    """The share of weight 1000, and what each member of each group is charged."""
    limits = [
        limit_of(terms, weight=group.weight, room=group.room, claims_count=claims_count)
        for group in groups
    ]
    weights = sum(group.count * group.weight for group in groups)
    if weights == 0 or due == 0:
        each = Fen(0)
        eaches = [each for _ in groups]
    elif terms.excess == "sponsor":
        # Ceiling: the pool may never fall short. What is left over is carried, not shared again.
        each = Fen(ceil_div(due * WEIGHT_ONE, weights))
        eaches = [Fen(ceil_div(due * group.weight, weights)) for group in groups]
    else:
        each = _smallest_covering(due=due, groups=groups, limits=limits)
        eaches = [_of_weight(each, group.weight) for group in groups]
    charges = (
        _charge(group, each=own, limit=limit, excess_is_sponsored=terms.excess == "sponsor")
        for group, own, limit in zip(groups, eaches, limits, strict=True)
    )
    return each, tuple(charges)


def _charge(
    group: MemberGroup, *, each: Fen, limit: Fen | None, excess_is_sponsored: bool
) -> GroupCharge:
    within = each if limit is None else min(each, limit)
    amount = Fen(0) if group.waived else within
    # What a limit cuts off is the sponsor's, unless the others' shares have grown by it already.
    borne = Fen((each if excess_is_sponsored else within) - amount)
    return GroupCharge(group=group, each=each, amount=amount, borne=borne)


def _smallest_covering(
    *, due: Fen, groups: Sequence[MemberGroup], limits: Sequence[Fen | None]
) -> Fen:
    """The smallest share of weight 1000 whose charges, each within its limit, cover `due`.

    Where even the limits together do not cover it: the smallest at which everybody is at theirs.
    Waived members are counted, for the sponsor pays what they would have been charged.
    """
    pairs = [(g, limit) for g, limit in zip(groups, limits, strict=True) if g.count]

    def covered(share: int) -> int:
        return sum(
            group.count * _within(_of_weight(share, group.weight), limit) for group, limit in pairs
        )

    # At `high` every limited member is at the limit and every other one pays `due` alone.
    high = max(
        ceil_div((due if limit is None else limit) * WEIGHT_ONE, group.weight)
        for group, limit in pairs
    )
    target = min(due, covered(high))
    low = 0
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if covered(middle) >= target else (middle + 1, high)
    return Fen(low)


def _of_weight(share: int, weight: int) -> Fen:
    return Fen(ceil_div(share * weight, WEIGHT_ONE))


def _within(amount: Fen, limit: Fen | None) -> Fen:
    return amount if limit is None else min(amount, limit)


def _steps(groups: Iterable[MemberGroup], terms: Sharing) -> int:
    """The fen by which all charges together can grow when the share of weight 1000 grows by one."""
    if terms.excess == "sponsor":
        return sum(group.count for group in groups)
    return sum(group.count * ceil_div(group.weight, WEIGHT_ONE) for group in groups)


def _check(share: Share, terms: Sharing) -> None:
    """Both sides of the books, and what may be left over."""
    taken = share.charged + share.carried_in + share.recovered + share.sponsored
    assert taken == share.aid + share.fee + share.extra + share.carried_out
    assert share.carried_out >= 0
    assert share.sponsored >= 0
    assert share.sharing or (share.charged == 0 and share.sponsored <= share.cost)
    if share.due > 0:
        groups = (charge.group for charge in share.charges)
        assert share.carried_out < _steps(groups, terms)
