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
) -> Share:
    """The share of a period by `rules.share`, for the members counted in `standings`."""
    return share_of_period(
        terms=terms,
        claims=claims,
        groups=[s.group(terms.cap_per_year) for s in standings if s.status not in EXEMPT],
        carried_in=carried_in,
        recovered=recovered,
        extra=extra,
    )


def charges_of(
    standings: Sequence[Standing], divided: Share
) -> list[tuple[Standing, GroupCharge | None]]:
    """Each standing with what its members are charged; None for the exempt."""
    charges = iter(divided.charges)
    return [(s, None if s.status in EXEMPT else next(charges)) for s in standings]
