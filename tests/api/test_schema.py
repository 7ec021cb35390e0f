"""The server holds to its own description, whatever it is sent: no crash, no undescribed answer."""

from __future__ import annotations

from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err, Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.people import application, member, staff, verified
from sameboat.api import description
from sameboat.simulation.client import Client
from society import ANA, HAO

EXAMPLES = 6
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
    assert len(operations()) > 50


def test_the_server_keeps_to_its_description(api: Client) -> None:
    ana = member(api, ANA)
    ana.join(**application(api, verified(ana, ANA)))
    hao = staff(api, HAO)
    seen: Counter[int] = Counter()
    for operation in operations():
        is_staffs = operation.path.startswith(("/api/v1/staff/", "/api/v1/finance/"))
        seen += tried(operation, hao if is_staffs else ana)
    # Not everything was turned away at the door.
    assert seen[200] > 20, seen
    assert seen[400] > 20, seen
    assert seen[404] > 20, seen


def tried(operation: Any, caller: Client) -> Counter[int]:
    """Call an operation with what its description allows and what it does not; the statuses."""
    seen: Counter[int] = Counter()

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
        answer = case.call(base_url=caller._base, headers=caller._headers())
        seen[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    call()
    return seen
