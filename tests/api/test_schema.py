"""The server holds to its own description, whatever it is sent: no crash, no undescribed answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import cycle, pairwise
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from pytest_django.live_server_helper import LiveServer
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err, Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import pool
from api.people import as_staff, member
from console.staff import AUDITOR, FINANCE, HANDLER, SUPERVISOR
from pool import INSURER
from sameboat.api import description
from sameboat.claims.models import Claim
from sameboat.identity import scopes
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.runtime import clock
from sameboat.simulation.client import Client
from society import ANA, FEI, PLAN, joined

EXAMPLES = 9
NOW = pool.at(date(2026, 3, 15), 9)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# The first would move the clock of the whole run, the second end the callers' tokens.
LEFT_OUT = {"/api/v1/demo/clock", "/api/v1/sign-out"}

schema = schemathesis.openapi.from_dict(description.openapi())


def operations() -> list[Any]:
    found = list(schema.get_all_operations())
    assert not [each for each in found if isinstance(each, Err)]
    every = [each.ok() for each in found if isinstance(each, Ok)]
    return [each for each in every if each.path not in LEFT_OUT]


def test_the_description_names_every_route() -> None:
    assert len(operations()) > 90


@pytest.fixture
def server(
    transactional_db: None, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """A server on the day after the first debit: somebody was helped, somebody owes."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    first, *_others = pool.filled(2)
    pool.poor(joined(FEI))
    pool.proposed(first)
    pool.announced()
    for day in (date(2026, 3, 10), date(2026, 3, 14)):
        payments.advance(plan_id=PLAN, now=pool.at(day, 9))
    with Client(live_server.url) as client:
        yield client


def known() -> dict[str, str]:
    """What stands in the blanks of an address, by the part of it that is before."""
    membership = Membership.objects.earliest("id")
    claim = Claim.objects.get()
    return {
        "plans": PLAN,
        "periods": pool.D.isoformat(),
        "shares": pool.D.isoformat(),
        "memberships": membership.ref,
        "persons": membership.person.ref,
        "claims": claim.ref,
        "cases": claim.ref,
        "payouts": claim.ref,
        "evidence": claim.evidence.earliest("id").ref,
        "books": "journal",
        "membership_ref": membership.ref,
        "person_ref": membership.person.ref,
        "plan": PLAN,
    }


def callers(api: Client) -> dict[str, list[Client]]:
    """Who tries an operation, by the first part of its path."""
    ana, fei = member(api, ANA), member(api, FEI)
    program = {"name": "p", "scopes": list(scopes.FOR_MEMBERS), "days": 1}
    members = [ana, fei.with_token(fei._post("/tokens", program)["token"])]
    desk = [as_staff(api, one) for one in (HANDLER, SUPERVISOR, INSURER)]
    money = [as_staff(api, one) for one in (FINANCE, AUDITOR)]
    return {"staff": desk, "finance": money, "": [*members, api]}


def test_the_server_keeps_to_its_description(server: Client) -> None:
    asking, there = callers(server), known()
    seen: Counter[int] = Counter()
    for number, operation in enumerate(operations()):
        part = operation.path.split("/")[3]
        seen += tried(operation, asking.get(part, asking[""]), there, seed=number)
    # Not everything was turned away at the door, or before anything was looked at.
    assert seen[200] > 60, seen
    assert seen[400] > 60, seen
    assert {401, 403, 404, 409, 422} <= seen.keys(), seen


def tried(
    operation: Any, asking: list[Client], there: dict[str, str], *, seed: int
) -> Counter[int]:
    """Call an operation with what its description allows and what it does not; the statuses.

    Each caller in turn; in two cases of three the address leads to something that is there.
    """
    seen: Counter[int] = Counter()
    turns = cycle(asking)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    )
    def call(case: Any) -> None:
        if (seen.total() + seed) % 3:
            led_there(case, there)
        caller = next(turns)
        answer = case.call(base_url=caller._base, headers=caller._headers())
        seen[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    call()
    return seen


def led_there(case: Any, there: dict[str, str]) -> None:
    """Fill the blanks of the address, and what the body names, by what exists."""
    steps = case.path.split("/")
    for before, blank in pairwise(steps):
        if blank.startswith("{") and before in there:
            case.path_parameters[blank.strip("{}")] = there[before]
    if isinstance(case.body, dict):
        case.body |= {name: there[name] for name in case.body.keys() & there.keys()}
