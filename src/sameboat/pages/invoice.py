"""The working of a share set like an invoice: what was spent, what is taken off, who divides it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sameboat.pages.formatting import count, money
from sameboat.rules.money import Fen
from sameboat.rules.quote import Quote

Kind = Literal["item", "sum", "divisor", "result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an invoice."""

    kind: Kind
    label: str | Promise
    figure: str


def invoice(quoted: Quote) -> list[Line]:
    """The lines from the aid to the share, as `rules.share` computed them.

    Lines of nothing are left out, except those that everybody looks for.
    """
    share = quoted.share
    lines = [*_spent(quoted), *_taken_off(quoted)]
    if not share.sharing or not share.due:
        return lines
    weighted = bool(quoted.terms.classes)
    lines.append(
        Line(
            kind="divisor",
            label=_("All weights together; one share is 1,000")
            if weighted
            else _("Sharing members"),
            figure=f"÷ {count(share.weights if weighted else share.sharing)}",
        )
    )
    label = _("Each share; less than one fen counts as one fen")
    lines.append(Line(kind="result", label=label, figure=money(share.each)))
    return lines


def _spent(quoted: Quote) -> Iterator[Line]:
    share = quoted.share
    yield Line(kind="item", label=_("Aid"), figure=money(share.aid))
    yield Line(kind="item", label=_("Fee of the operator"), figure=money(share.fee))
    if share.extra:
        label = _("Unpaid shares, refunds and corrections of earlier periods")
        yield Line(kind="item", label=label, figure=money(share.extra))
    yield Line(kind="sum", label=_("Cost of the period"), figure=money(share.cost))


def _taken_off(quoted: Quote) -> Iterator[Line]:
    share = quoted.share
    beyond = Fen(share.cost - share.shareable)
    if beyond:
        label = _("Above the limit for one case: borne by the sponsor")
        yield Line(kind="item", label=label, figure=less(beyond))
    yield Line(
        kind="item", label=_("Left over from the period before"), figure=less(share.carried_in)
    )
    if share.recovered:
        label = _("Money that came back")
        yield Line(kind="item", label=label, figure=less(share.recovered))
    yield Line(kind="sum", label=_("To be shared"), figure=money(share.due))


def less(amount: Fen) -> str:
    """An amount that is taken off; nothing has no sign."""
    return money(-amount)
