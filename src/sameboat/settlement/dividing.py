"""From the counted members to what each of them is charged: the rule between two engine steps.

The settlement of a period and `sameboat share` on files both go through here, so that what an
actuary computes from a file is what the platform would have charged. Needs no database.
"""

from __future__ import annotations

from collections.abc import Sequence

from sameboat.rules.money import Fen
from sameboat.rules.share import NOTHING, GroupCharge, Share, share_of_period
from sameboat.rules.terms import Sharing
from sameboat.settlement.engine import EXEMPT, Standing


def divide_among(
    standings: Sequence[Standing],
    *,
    terms: Sharing,
    claims: Sequence[Fen],
    carried_in: Fen,
    recovered: Fen = NOTHING,
    extra: Fen = NOTHING,
    is_borne: bool = False,
) -> Share:
    """The share of a period by `rules.share`, for the members counted in `standings`.

    `is_borne`: the plan winds down, so nobody shares and the sponsor bears the period.
    """
    sharing = [] if is_borne else [one for one in standings if one.status not in EXEMPT]
    return share_of_period(
        terms=terms,
        claims=claims,
        groups=[one.group(terms.cap_per_year) for one in sharing],
        carried_in=carried_in,
        recovered=recovered,
        extra=extra,
        winds_down=is_borne,
    )


def charges_of(
    standings: Sequence[Standing], divided: Share
) -> list[tuple[Standing, GroupCharge | None]]:
    """Each standing with what its members are charged; None for those who do not share."""
    charges = iter(divided.charges)
    return [
        (s, None if s.status in EXEMPT or not divided.charges else next(charges)) for s in standings
    ]
