"""The copy of one's data: a page to read, a file for programs, and the documents, in one ZIP."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from datetime import datetime

from django.template.loader import render_to_string

from sameboat.claims import documents
from sameboat.claims.models import Evidence
from sameboat.identity.models import Person
from sameboat.rights.content import Value, content_of, shares_of, told
from sameboat.rights.items import Item, Table
from sameboat.rights.looks import looks_at
from sameboat.rights.register import ELSEWHERE

FORMAT = 1


def bundle(person: Person, *, now: datetime) -> bytes:
    """The ZIP: `data.html`, `data.json`, and `documents/` as they are shown to people."""
    content = content_of(person)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.html", _page(person, content, now))
        archive.writestr("data.json", _file(person, content, now))
        for row in Evidence.objects.filter(claim__membership__person=person).order_by("id"):
            shown, media_type = documents.viewing(row)
            ending = "pdf" if media_type == "application/pdf" else "jpg"
            archive.writestr(f"documents/{row.kind}-{row.ref}.{ending}", shown)
    return out.getvalue()


def _file(
    person: Person, content: list[tuple[Table, list[dict[str, Value]]]], now: datetime
) -> str:
    """For programs: the tables by their names, the fields by theirs."""
    whole = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "person": person.ref,
        "tables": {table.model: rows for table, rows in content},
        "shares": [
            asdict(share) | {"publicity_on": share.publicity_on.isoformat()}
            for share in shares_of(person)
        ],
        "looks": [
            {
                "at": look.at.isoformat(),
                "roles": [role.en for role in look.roles],
                "verb": look.verb.en,
                "subject": look.subject,
                "of_health": look.of_health,
            }
            for look in looks_at(person)
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _page(
    person: Person, content: list[tuple[Table, list[dict[str, Value]]]], now: datetime
) -> str:
    """For people, in both languages; it needs nothing but itself."""
    tables = [(table, [_by_items(table, row) for row in rows]) for table, rows in content]
    shown = {
        "made_at": now,
        "tables": tables,
        "shares": shares_of(person),
        "looks": looks_at(person),
        "elsewhere": ELSEWHERE,
    }
    return render_to_string("rights/copy.html", shown)


def _by_items(table: Table, row: dict[str, Value]) -> list[tuple[Item, list[Value]]]:
    return [(item, [row[name] for name in item.fields]) for item in told(table.items)]
