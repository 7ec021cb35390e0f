"""How the register is written: a table, and items of fields that mean one thing."""

from __future__ import annotations

from sameboat.rights.items import AtErasure, Form, Holder, Item, Kept, Purpose, Table
from sameboat.rules.terms import Text

KEY, EMPTIED, COARSENED = AtErasure.KEY, AtErasure.EMPTIED, AtErasure.COARSENED
DELETED, STAYS, STAFF = AtErasure.DELETED, AtErasure.STAYS, AtErasure.STAFF
LOOKED_AT = (Holder.INVESTIGATOR,)
SHOWN = (Holder.INVESTIGATOR, Holder.MEMBERS)


def item(
    fields: str,
    zh: str,
    en: str,
    erased: AtErasure,
    holders: tuple[Holder, ...] = (),
    *,
    form: Form | None = None,
    health: bool = False,
    hidden: bool = False,
) -> Item:
    return Item(
        fields=tuple(fields.split()),
        what=Text(zh=zh, en=en),
        erased=erased,
        holders=holders,
        form=form,
        is_health=health,
        is_hidden=hidden,
    )


def link(fields: str, erased: AtErasure = STAYS) -> Item:
    """Which other rows a row belongs to."""
    return item(fields, "与其他行的关联", "which rows it belongs to", erased, hidden=True)


def staff(fields: str) -> Item:
    """Who of the staff did something; not told to the member by name."""
    return item(fields, "经办的工作人员", "who of the staff did it", STAFF, hidden=True)


def table(
    model: str,
    zh: str,
    en: str,
    purpose: Purpose,
    kept: Kept,
    of: str,
    *items: Item,
) -> Table:
    return Table(
        model=model,
        what=Text(zh=zh, en=en),
        purpose=purpose,
        kept=kept,
        of=tuple(of.split()),
        items=items,
    )
