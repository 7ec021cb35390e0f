"""Who may do what: every verb of the API and every page, tried by everybody.

The rows come from the URL maps, so a new verb is a new row. `docs/permissions.md` holds the matrix
that was looked at; `PERMISSIONS=write pytest tests/permissions` writes it anew, to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from browser.test_staff_pages import NOW
from permissions.world import STAFF, Caller, Examples, World, world
from pool import D
from sameboat.api.urls import api
from sameboat.console.claims import ACTS
from sameboat.payments.models import Difference, Refund
from sameboat.runtime import clock
from sameboat.settlement.models import Recovery
from society import FEI, PLAN

pytestmark = pytest.mark.django_db(transaction=True)

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "permissions.md"
Outcome = Literal["let in", "nothing there", "refused"]
"""What is not the caller's does not exist for them: the answer is the same as for nothing."""
BLANK = re.compile(r"<(?:\w+:)?(\w+)>|\{(\w+)\}")
COLUMNS = ("nobody", "claimant", "member", *(each.roles[0].value for each in STAFF))
NOT_TRIED = {
    "/api/v1/sign-in/confirm": "whoever shows the code becomes somebody",
    "/api/v1/sign-in/staff": "whoever shows password and second factor becomes somebody",
}


HEAD = """# Who may do what

Written by `PERMISSIONS=write pytest tests/permissions`, which tries every verb of the API and every
page as everybody; do not edit.

✓: let in. An empty cell: led to sign in, or refused, or told that there is nothing, which is the
same answer as for what does not exist. (✓): not refused, but there was nothing to try it on.

*Claimant*: whose case is shown to the members. *Member*: another member of the same plan. The
others are staff with that one role, with the second factor.

That somebody is let in does not mean that it can be done: four eyes, states and terms are looked at
afterwards. Under “The pages” GET stands for what is only sent, too. A page with a form shows whom
it lets in; what is sent with it is decided again by the same action that the API calls.
"""


@dataclass(frozen=True)
class Verb:
    """One thing that can be asked of the server."""

    method: str
    pattern: str
    address: str
    body: Any = None
    uploads: bool = False

    @property
    def row(self) -> str:
        named = BLANK.sub(lambda found: f"{{{found[1] or found[2]}}}", self.pattern)
        return f"`{self.method} {named}`"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> World:
    made = world()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return made


def of_the_api(there: World) -> Iterator[Verb]:
    """Every verb of the API with a body that its schema accepts."""
    schema: dict[str, Any] = api.get_openapi_schema()
    examples = Examples(schema["components"]["schemas"], there.known())
    for pattern, operations in schema["paths"].items():
        if pattern in NOT_TRIED:
            continue
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json")
            yield Verb(
                method.upper(),
                pattern,
                filled(pattern, there) + asked(operation),
                examples.of(body["schema"]) if body else None,
                uploads="multipart/form-data" in content,
            )


def asked(operation: dict[str, Any]) -> str:
    """What must be asked for in the address."""
    needed = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    return f"?phone=%2B{FEI.phone[1:]}" if "phone" in needed else ""


def of_the_pages(there: World) -> Iterator[Verb]:
    """Every page, and what is only sent; a staff page of a claim once for each thing to do."""
    for pattern in sorted(_patterns(get_resolver().url_patterns)):
        if not pattern.startswith(("accounts/", "api/", "i18n/", "pages/")):
            for one in _acts(f"/{pattern}"):
                yield Verb("GET", one, filled(one, there))


def _acts(pattern: str) -> list[str]:
    end = "/<slug:verb>"
    return (
        [pattern.replace(end, f"/{verb}") for verb in ACTS] if pattern.endswith(end) else [pattern]
    )


def _patterns(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for each in patterns:
        here = f"{before}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from () if each.namespace == "api-1.0.0" else _patterns(each.url_patterns, here)
        else:
            yield here


def filled(pattern: str, there: World) -> str:
    """The address of something that exists."""
    refs = there.refs()
    decision = str(there.half_decided.decisions.get(second_at=None).pk)
    plain = {"plan": PLAN, "plan_id": PLAN, "publicity_on": D.isoformat(), "day": D.isoformat()}
    plain |= {
        "decision_id": decision,
        "decision": decision,
        "objection": refs["objections"],
        "offset": "0",
        "name": "journal",
        "purpose": "health_data",
        "difference": str(Difference.objects.get().pk),
        "recovery": str(Recovery.objects.earliest("pk").pk),
        "refund": str(Refund.objects.earliest("pk").pk),
        # None stands in this world.
        **dict.fromkeys(("delivery", "mandate", "asked", "relation"), "999999999"),
    }
    if re.search(r"/(propose|decline|ask|report|assign)$", pattern):
        refs["claims"] = there.assessed

    def fill(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        kind = pattern[: found.start()].rstrip("/").rpartition("/")[2]
        return plain.get(name) or refs.get(kind, "0" * 32)

    return BLANK.sub(fill, pattern)


def outcome(verb: Verb, caller: Caller) -> Outcome:
    """What becomes of it. Whatever it does is undone."""
    cache.clear()
    with transaction.atomic():
        more: dict[str, Any] = {"headers": {**caller.headers, "idempotency-key": "k" * 32}}
        if verb.address.startswith("/api/"):
            if verb.uploads:
                file = SimpleUploadedFile("a.jpg", b"none")
                more |= {"data": {"kind": "other", "device_hash": "", "file": file}}
            elif verb.method == "PUT":
                more |= {"data": b"a piece", "content_type": "application/octet-stream"}
            elif verb.body is not None:
                more |= {"data": verb.body, "content_type": "application/json"}
            answer = getattr(caller.client, verb.method.lower())(verb.address, **more)
        else:
            answer = caller.client.get(verb.address)
            if answer.status_code == 405:
                # What is refused is said on the page that it leads to.
                answer = caller.client.post(verb.address, follow=True)
        transaction.set_rollback(True)
    # A body of the wrong form would be refused to everybody, and the cell would say nothing.
    assert answer.status_code != 400, f"{verb.row}: {answer.content.decode()}"
    if answer.status_code in (401, 403) or led_to_sign_in(answer):
        return "refused"
    return "nothing there" if answer.status_code == 404 else "let in"


def led_to_sign_in(answer: Any) -> bool:
    """Whether somebody has to sign in first."""
    chain = [address for address, _status in getattr(answer, "redirect_chain", [])]
    last = chain[-1] if chain else answer.headers.get("location", "")
    return str(last).startswith("/accounts/")


def matrix(verbs: Iterator[Verb], callers: tuple[Caller, ...]) -> list[str]:
    """A table in Markdown, a row for each verb. Everything is somebody's part."""
    lines = [
        f"| verb | {' | '.join(name.replace('_', ' ') for name in COLUMNS)} |",
        f"|---|{':-:|' * len(COLUMNS)}",
    ]
    for verb in verbs:
        found = [outcome(verb, caller) for caller in callers]
        marks = {"let in": "✓", "nothing there": "", "refused": ""}
        if "let in" not in found:
            # Whoever is not refused but finds nothing would be let in.
            assert "nothing there" in found, f"nobody may {verb.row}"
            marks["nothing there"] = "(✓)"
        lines.append(f"| {verb.row} | {' | '.join(marks[one] for one in found)} |")
    return lines


def test_everybody_may_do_what_the_document_says_and_nothing_else(there: World) -> None:
    assert tuple(caller.name for caller in there.callers) == COLUMNS
    text = "\n".join(
        [
            HEAD,
            "## The API",
            "",
            *(f"* `{pattern}` is not tried: {why}." for pattern, why in NOT_TRIED.items()),
            "",
            *matrix(of_the_api(there), there.callers),
            "",
            "## The pages",
            "",
            *matrix(of_the_pages(there), there.callers),
            "",
        ]
    )
    if os.environ.get("PERMISSIONS") == "write":
        DOCUMENT.write_text(text, encoding="utf-8")
    assert not strangers_change(text), "somebody who is not signed in may change something"
    assert text == DOCUMENT.read_text(encoding="utf-8"), (
        "permissions changed: PERMISSIONS=write pytest tests/permissions, and look at the diff"
    )


def strangers_change(text: str) -> list[str]:
    """Rows by which somebody who is not signed in does more than read; of a demo, its clock."""
    rows = [line for line in text.splitlines() if re.match(r"\| `\w+ \S+` \| ✓", line)]
    harmless = ("| `GET ", "| `POST /api/v1/sign-in`", "| `POST /api/v1/demo/")
    return [row for row in rows if not row.startswith(harmless)]
