"""`docs/privacy.md`, written from the register: what it says is what stands in the tables."""

from __future__ import annotations

from collections.abc import Iterator

from sameboat.rights.items import Item, Table, form_of
from sameboat.rights.register import ELSEWHERE, NOBODY, REGISTER

HEAD = """# What is kept of people

Written from the register (`rights/register`) by `PRIVACY=write pytest tests/architecture`; do not
edit. A test compares the register with the tables of the database: a field that is missing there
fails it. Members read the same at `/privacy`.

*Form*: a **sealed** field is AES-256-GCM under a key of its person, login or claim; destroying the
key erases it, in backups too. A **keyed hash** finds a whole number and tells nothing. ⚕ marks what
says something about health: staff see it only for a claim that they work on, each look is noted,
and the member is shown the notes. Of a child under 14 they see it only with the role `children`
beside their own; the claim waits in everybody's queue meanwhile.

*Erased*: what becomes of a field when the person is erased.

The holder is the operator; *seen by* names who else gets it, and when.

## What people may ask

Under `/mine/data`, for themselves and for their children under 18; an adult decides alone. All of
it is answered within 15 days.

* **A copy** of everything, by this very register: a page, a file for programs, the documents. It is
  fetched with a fresh code to the phone, for a week.
* **Who looked**: each look of staff at a claim or document, by role.
* **Consents**, each apart; what taking one back does is said before and done at once.
* **A correction**; of name, sex and birth date two persons of staff decide.
* **The reasons** of a mark that came of a score, and a human who may take it away.
* **Erasure**, after a fresh code. It waits for open claims and objections, memberships, those for
  whom one pays, unfinished periods, arrears, money on its way and a running audit. A mark of the
  document outlasts it only for aid that was paid (`SAMEBOAT_AIDED_RETENTION_YEARS`), proven fraud
  or the law, each with a last day; after it, who comes back is somebody new.
"""


def markdown() -> str:
    """The whole document."""
    lines = [HEAD]
    for table in REGISTER:
        lines += _table(table)
    lines += ["## Outside of the tables", ""]
    lines += [f"* **{place.en}.** {told.en}" for place, told in ELSEWHERE]
    lines += ["", "## Tables that say nothing of a person", ""]
    lines += ["Opaque references, sums and hashes only.", ""]
    lines += [", ".join(f"`{name}`" for name in sorted(NOBODY)) + ".", ""]
    return "\n".join(lines)


def _table(table: Table) -> Iterator[str]:
    yield f"## {table.what.en} (`{table.model}`)"
    yield ""
    yield f"Purpose: {table.purpose.value.en}. Kept: {table.kept.value.en}."
    yield ""
    yield "| fields | what | form | seen by | erased |"
    yield "|---|---|---|---|---|"
    yield from (_row(item) for item in table.items)
    yield ""


def _row(item: Item) -> str:
    fields = " ".join(f"`{name}`" for name in item.fields)
    forms = ", ".join(dict.fromkeys(form_of(item, name).value.en for name in item.fields))
    seen = "; ".join(holder.value.en for holder in item.holders)
    mark = " ⚕" if item.is_health else ""
    return f"| {fields} | {item.what.en}{mark} | {forms} | {seen} | {item.erased.value.en} |"
