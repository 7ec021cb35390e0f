"""What is kept of people, for everybody to read: the same register that `docs/privacy.md` shows."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sameboat.rights.items import Item, Table, form_of
from sameboat.rights.register import ELSEWHERE, REGISTER
from sameboat.rules.terms import Text
from sameboat.web.member import open_page


@open_page
def privacy(request: HttpRequest) -> HttpResponse:
    """Each table with its fields: what, why, in which form, for whom, how long."""
    tables = [(table, _rows(table)) for table in REGISTER]
    return render(request, "web/privacy.html", {"tables": tables, "elsewhere": ELSEWHERE})


def _rows(table: Table) -> list[tuple[Item, list[Text]]]:
    """Each item with the forms in which its fields stand."""
    return [
        (item, list(dict.fromkeys(form_of(item, name).value for name in item.fields)))
        for item in table.items
    ]
