"""A claim's life: every state with every event, against a table written out by hand."""

from itertools import product
from pathlib import Path

import pytest

from sameboat.rules.claim import (
    ENTRY_OF,
    SIGNERS,
    TRANSITIONS,
    Event,
    EventNotPossible,
    Role,
    State,
    diagram,
    is_open,
    may_sign,
    move,
    possible_events,
    signers,
    staying,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules" / "claim-life.md"

# state: event -> state, event, ... (without an arrow the claim stays)
EXPECTED = """
DRAFT: open -> COLLECTING
COLLECTING: name_device, add_evidence, seal -> SEALED, withdraw -> WITHDRAWN
SEALED: name_device, ask, supplement, assign -> INVESTIGATION, propose -> PROPOSED,
    decline -> DECLINED, withdraw -> WITHDRAWN
INVESTIGATION: name_device, add_evidence, ask, supplement, assign, report -> REPORTED,
    withdraw -> WITHDRAWN
REPORTED: name_device, ask, supplement, assign -> INVESTIGATION, propose -> PROPOSED,
    decline -> DECLINED, convene_board -> BOARD, withdraw -> WITHDRAWN
PROPOSED: name_device, supplement, recall -> REPORTED, publish -> PUBLISHED,
    withdraw -> WITHDRAWN
PUBLISHED: name_device, supplement, object, dismiss_objection, uphold_objection -> REPORTED,
    finalise -> ACCEPTED, convene_board -> BOARD, withdraw -> WITHDRAWN
BOARD: name_device, supplement, verdict_for -> PROPOSED, verdict_for_published -> ACCEPTED,
    verdict_against -> DECLINED, verdict_void -> REPORTED, withdraw -> WITHDRAWN
ACCEPTED: name_device, settle -> SETTLED, reopen -> REPORTED
SETTLED: name_device, confirm_payout -> PAID, reopen -> REPORTED
PAID: name_device, reopen -> REPORTED
DECLINED: name_device, appeal -> BOARD, reopen -> REPORTED
WITHDRAWN: name_device
"""


def expected() -> dict[tuple[State, Event], State]:
    table = {}
    for row in EXPECTED.strip().replace("\n    ", " ").splitlines():
        name, _, events = row.partition(": ")
        for item in events.split(", "):
            event, _, to = item.partition(" -> ")
            table[State(name), Event(event)] = State(to or name)
    return table


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_state_with_every_event(state: State, event: Event) -> None:
    to = expected().get((state, event))
    if to is None:
        with pytest.raises(EventNotPossible):
            move(state, event)
    else:
        assert move(state, event) is to


def test_the_refused_event_is_told_with_the_possible_ones() -> None:
    with pytest.raises(EventNotPossible, match="a PAID claim cannot settle; possible: name_dev"):
        move(State.PAID, Event.SETTLE)


def test_every_state_can_be_reached_and_all_but_one_be_left() -> None:
    assert {to for (state, _), to in TRANSITIONS.items() if to is not state} == set(State) - {
        State.DRAFT
    }
    ends = [
        state
        for state in State
        if all(move(state, event) is state for event in possible_events(state))
    ]
    assert ends == [State.WITHDRAWN]


def test_open_is_any_state_but_three() -> None:
    closed = [state for state in State if not is_open(state)]
    assert closed == [State.PAID, State.DECLINED, State.WITHDRAWN]


def test_every_event_has_an_entry_that_somebody_signs() -> None:
    assert set(ENTRY_OF) == set(Event)
    assert set(ENTRY_OF.values()) <= set(SIGNERS)
    assert all(ways and all(ways) for ways in SIGNERS.values())


@pytest.mark.parametrize(
    ("entry_type", "roles", "suffices"),
    [
        ("decision.propose", {Role.OPERATOR}, False),
        ("decision.propose", {Role.OPERATOR, Role.SECOND}, True),
        ("decision.decline", {Role.SECOND}, False),
        ("claim.withdraw", {Role.CLAIMANT}, True),
        ("claim.withdraw", {Role.INTAKE}, False),
        ("claim.withdraw", {Role.INTAKE, Role.SECOND}, True),
        ("invest.assign", {Role.OPERATOR}, False),
        ("invest.report", {Role.INVESTIGATOR}, True),
        ("payout.confirm", {Role.OPERATOR}, False),
        ("payout.confirm", {Role.PROVIDER}, True),
        ("claim.reopen", {Role.OPERATOR, Role.SECOND}, False),
    ],
)
def test_who_may_sign(entry_type: str, roles: set[Role], suffices: bool) -> None:
    assert may_sign(entry_type, frozenset(roles)) is suffices


@pytest.mark.parametrize("block", [f"```mermaid\n{diagram()}\n```", staying(), signers()])
def test_the_document_says_what_the_table_says(block: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"\n{block}\n" in text, f"{DOCUMENT.name} differs from rules/claim.py; put in:\n{block}"
