"""What happens to a claim: its states, what can happen in each, and who signs it.

`TRANSITIONS` is the one table. Code moves a claim by `move` only; the diagram in
`docs/rules/claim-life.md` is made from it by `diagram`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a claim is."""

    DRAFT = "DRAFT"
    COLLECTING = "COLLECTING"
    SEALED = "SEALED"
    INVESTIGATION = "INVESTIGATION"
    REPORTED = "REPORTED"
    PROPOSED = "PROPOSED"
    PUBLISHED = "PUBLISHED"
    BOARD = "BOARD"
    ACCEPTED = "ACCEPTED"
    SETTLED = "SETTLED"
    PAID = "PAID"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


class Event(StrEnum):
    """What can happen to a claim. Where one entry has several outcomes, each is an event."""

    OPEN = "open"
    NAME_DEVICE = "name_device"
    ADD_EVIDENCE = "add_evidence"
    SEAL = "seal"
    ASK = "ask"
    SUPPLEMENT = "supplement"
    ASSIGN = "assign"
    REPORT = "report"
    PROPOSE = "propose"
    RECALL = "recall"
    DECLINE = "decline"
    PUBLISH = "publish"
    OBJECT = "object"
    DISMISS_OBJECTION = "dismiss_objection"
    UPHOLD_OBJECTION = "uphold_objection"
    FINALISE = "finalise"
    APPEAL = "appeal"
    CONVENE_BOARD = "convene_board"
    VERDICT_FOR = "verdict_for"
    """For, and the case has not been shown as it is: it is proposed again."""
    VERDICT_FOR_PUBLISHED = "verdict_for_published"
    """For, after the case was shown unchanged to the end of its publicity."""
    VERDICT_AGAINST = "verdict_against"
    VERDICT_VOID = "verdict_void"
    WITHDRAW = "withdraw"
    SETTLE = "settle"
    CONFIRM_PAYOUT = "confirm_payout"
    REOPEN = "reopen"


class Role(StrEnum):
    """In which part somebody signs an entry."""

    CLAIMANT = "claimant"
    """The claimant's device key, as the chain of the claim names it."""
    INTAKE = "intake"
    """The platform's own key, for members without a device key."""
    OPERATOR = "operator"
    SECOND = "second"
    """A second organisation, held by a person other than the first."""
    INSURER = "insurer"
    INVESTIGATOR = "investigator"
    HOSPITAL = "hospital"
    PROVIDER = "payment"
    """The payment provider."""
    SPONSOR = "sponsor"
    QUORUM = "quorum"
    """k of n organisations; two second deciders in mode `local`."""
    COMPUTED = "computed"
    """Nobody: every witness computes it from what is on the record."""


Signers = tuple[frozenset[Role], ...]
"""The ways in which an entry may be signed; each is a set of roles that must all sign."""

_ANY_RECORDED = tuple(state for state in State if state is not State.DRAFT)

_TABLE: tuple[tuple[Event, tuple[State, ...], State | None], ...] = (
    # event, from, to; None is "stays where it is"
    (Event.OPEN, (State.DRAFT,), State.COLLECTING),
    (Event.NAME_DEVICE, _ANY_RECORDED, None),
    (Event.ADD_EVIDENCE, (State.COLLECTING, State.INVESTIGATION), None),
    (Event.SEAL, (State.COLLECTING,), State.SEALED),
    (Event.ASK, (State.SEALED, State.INVESTIGATION, State.REPORTED), None),
    (
        Event.SUPPLEMENT,
        (
            State.SEALED,
            State.INVESTIGATION,
            State.REPORTED,
            State.PROPOSED,
            State.PUBLISHED,
            State.BOARD,
        ),
        None,
    ),
    # A second assignment names another investigator.
    (Event.ASSIGN, (State.SEALED, State.REPORTED, State.INVESTIGATION), State.INVESTIGATION),
    (Event.REPORT, (State.INVESTIGATION,), State.REPORTED),
    # From SEALED only where the terms allow it without an investigation.
    (Event.PROPOSE, (State.SEALED, State.REPORTED), State.PROPOSED),
    (Event.RECALL, (State.PROPOSED,), State.REPORTED),
    (Event.DECLINE, (State.SEALED, State.REPORTED), State.DECLINED),
    (Event.PUBLISH, (State.PROPOSED,), State.PUBLISHED),
    (Event.OBJECT, (State.PUBLISHED,), None),
    (Event.DISMISS_OBJECTION, (State.PUBLISHED,), None),
    (Event.UPHOLD_OBJECTION, (State.PUBLISHED,), State.REPORTED),
    (Event.FINALISE, (State.PUBLISHED,), State.ACCEPTED),
    (Event.APPEAL, (State.DECLINED,), State.BOARD),
    (Event.CONVENE_BOARD, (State.PUBLISHED, State.REPORTED), State.BOARD),
    (Event.VERDICT_FOR, (State.BOARD,), State.PROPOSED),
    (Event.VERDICT_FOR_PUBLISHED, (State.BOARD,), State.ACCEPTED),
    (Event.VERDICT_AGAINST, (State.BOARD,), State.DECLINED),
    (Event.VERDICT_VOID, (State.BOARD,), State.REPORTED),
    (
        Event.WITHDRAW,
        (
            State.COLLECTING,
            State.SEALED,
            State.INVESTIGATION,
            State.REPORTED,
            State.PROPOSED,
            State.PUBLISHED,
            State.BOARD,
        ),
        State.WITHDRAWN,
    ),
    (Event.SETTLE, (State.ACCEPTED,), State.SETTLED),
    (Event.CONFIRM_PAYOUT, (State.SETTLED,), State.PAID),
    (
        Event.REOPEN,
        (State.ACCEPTED, State.SETTLED, State.PAID, State.DECLINED),
        State.REPORTED,
    ),
)

TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {(state, event): to or state for event, sources, to in _TABLE for state in sources}
)

ENTRY_OF: Mapping[Event, str] = MappingProxyType(
    {
        Event.OPEN: "claim.open",
        Event.NAME_DEVICE: "claim.device",
        Event.ADD_EVIDENCE: "evidence.add",
        Event.SEAL: "evidence.seal",
        Event.ASK: "evidence.ask",
        Event.SUPPLEMENT: "evidence.supplement",
        Event.ASSIGN: "invest.assign",
        Event.REPORT: "invest.report",
        Event.PROPOSE: "decision.propose",
        Event.RECALL: "decision.recall",
        Event.DECLINE: "decision.decline",
        Event.PUBLISH: "publicity.open",
        Event.OBJECT: "objection.add",
        Event.DISMISS_OBJECTION: "objection.answer",
        Event.UPHOLD_OBJECTION: "objection.answer",
        Event.FINALISE: "decision.final",
        Event.APPEAL: "appeal.open",
        Event.CONVENE_BOARD: "board.open",
        Event.VERDICT_FOR: "board.verdict",
        Event.VERDICT_FOR_PUBLISHED: "board.verdict",
        Event.VERDICT_AGAINST: "board.verdict",
        Event.VERDICT_VOID: "board.verdict",
        Event.WITHDRAW: "claim.withdraw",
        Event.SETTLE: "period.settle",
        Event.CONFIRM_PAYOUT: "payout.confirm",
        Event.REOPEN: "claim.reopen",
    }
)
"""The type of the record's entry that says that an event happened."""


def _either(*ways: tuple[Role, ...]) -> Signers:
    return tuple(frozenset(way) for way in ways)


_TWO = (Role.OPERATOR, Role.SECOND)
# Whoever holds a document signs for it.
_HOLDERS = ((Role.CLAIMANT,), (Role.INTAKE,), (Role.HOSPITAL,), (Role.INVESTIGATOR,))

SIGNERS: Mapping[str, Signers] = MappingProxyType(
    {
        "claim.open": _either((Role.CLAIMANT,), (Role.INTAKE,)),
        "claim.device": _either((Role.INTAKE, Role.SECOND)),
        "evidence.add": _either(*_HOLDERS),
        "evidence.seal": _either((Role.CLAIMANT,), (Role.INTAKE,)),
        "evidence.ask": _either((Role.OPERATOR,)),
        "evidence.supplement": _either(*_HOLDERS),
        "invest.assign": _either((Role.INSURER,)),
        "invest.report": _either((Role.INVESTIGATOR,)),
        "decision.propose": _either(_TWO),
        "decision.recall": _either(_TWO),
        "decision.decline": _either(_TWO),
        "publicity.open": _either((Role.OPERATOR,)),
        # A member's objection is received, and signed, by intake.
        "objection.add": _either((Role.INTAKE,)),
        "objection.answer": _either(_TWO),
        "decision.final": _either((Role.OPERATOR,)),
        "period.close": _either((Role.OPERATOR,)),
        "appeal.open": _either((Role.CLAIMANT,), (Role.INTAKE,)),
        # By the operator, or by itself when the terms' number of objections is there.
        "board.open": _either((Role.OPERATOR,), (Role.COMPUTED,)),
        "board.verdict": _either((Role.COMPUTED,)),
        "claim.withdraw": _either((Role.CLAIMANT,), (Role.INTAKE, Role.SECOND)),
        # The sponsor signs too where the period has anything sponsored.
        "period.settle": _either((Role.OPERATOR,), (Role.OPERATOR, Role.SPONSOR)),
        "payout.confirm": _either((Role.PROVIDER,)),
        "period.waive": _either((Role.OPERATOR, Role.SPONSOR)),
        "claim.reopen": _either((Role.QUORUM,)),
    }
)
"""Who signs each type of entry of a claim's life and of a period."""

CLOSED: frozenset[State] = frozenset({State.PAID, State.WITHDRAWN, State.DECLINED})
"""A claim in any other state is open: its membership can file no second one."""


class EventNotPossible(ValueError):
    """The event cannot happen to a claim in that state."""

    def __init__(self, *, state: State, event: Event) -> None:
        self.state = state
        self.event = event
        possible = ", ".join(sorted(one.value for one in possible_events(state))) or "nothing"
        super().__init__(f"a {state} claim cannot {event}; possible: {possible}")


def move(state: State, event: Event) -> State:
    """The state after `event`; raises `EventNotPossible`.

    The guards that need more than the state (days, amounts, who) are the caller's.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise EventNotPossible(state=state, event=event) from None


def possible_events(state: State) -> frozenset[Event]:
    """What can happen to a claim in that state."""
    return frozenset(event for source, event in TRANSITIONS if source is state)


def is_open(state: State) -> bool:
    """Whether a claim in that state still stands in the way of another one."""
    return state not in CLOSED


def may_sign(entry_type: str, roles: frozenset[Role]) -> bool:
    """Whether signatures in these roles suffice for an entry of that type."""
    return any(way <= roles for way in SIGNERS[entry_type])


def diagram() -> str:
    """The table as a Mermaid state diagram; what stays in its state is listed in `staying`."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.DRAFT.name}"]
    for state in State:
        arrows: dict[State, list[str]] = {}
        for (source, event), to in TRANSITIONS.items():
            if source is state and to is not state:
                arrows.setdefault(to, []).append(event.value)
        lines += [
            f"    {state.name} --> {to.name}: {', '.join(events)}" for to, events in arrows.items()
        ]
    ends = [state for state in State if not is_open(state)]
    lines += [f"    {state.name} --> [*]" for state in ends]
    return "\n".join(lines)


def staying() -> str:
    """A Markdown table of the events that leave a claim where it is."""
    rows = ["| event | entry | in |", "|---|---|---|"]
    for event in Event:
        states = [s.name for (s, e), to in TRANSITIONS.items() if e is event and to is s]
        if states:
            rows.append(f"| `{event.value}` | `{ENTRY_OF[event]}` | {', '.join(states)} |")
    return "\n".join(rows)


def signers() -> str:
    """A Markdown table of who signs each type of entry."""
    rows = ["| entry | signed by |", "|---|---|"]
    for entry_type, ways in SIGNERS.items():
        said = (" and ".join(role.value for role in Role if role in way) for way in ways)
        rows.append(f"| `{entry_type}` | {'; or '.join(said)} |")
    return "\n".join(rows)
