"""What may stand on the record: one pure function that judges an entry against its chain.

`judge` is used by the application before it writes an entry, by the sequencer, and by whoever
verifies the whole log. It sees one chain at a time: what binds chains together (the claims of a
period, the aided of a day, the plan's rulebook) is checked where those chains are at hand.

Bytes, hashes and signatures were checked before (`proof.entry`). Names of fields in a body are
those that the functions below ask for; other fields may stand beside them. Amounts are whole fen,
days `YYYY-MM-DD`, instants POSIX seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal, Protocol

from sameboat.rules.claim import ENTRY_OF, SIGNERS, Event, EventNotPossible, Role, State, move

RULES = 1
"""The version of these rules; every entry names the one it was written under."""
EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""The root of a tree without leaves: SHA-256 of nothing."""
TIMELESS = 2**53
"""A time after all others: for entries on the record already, whose time was judged then."""
_FIRST_ZONE_SECONDS = 14 * 3600
"""A civil day begins on Earth at most this long before it begins in UTC."""

Kind = Literal["claim", "members", "period", "plan", "org"]


class Checked(Protocol):
    """An entry whose form and signatures are good (`proof.entry.CheckedEntry`)."""

    @property
    def leaf(self) -> bytes: ...
    @property
    def type(self) -> str: ...
    @property
    def seq(self) -> int | None: ...
    @property
    def prev(self) -> bytes | None: ...
    @property
    def rules(self) -> int | None: ...
    @property
    def body(self) -> Mapping[str, object]: ...


@dataclass(frozen=True, slots=True)
class Broken:
    """The entry breaks a rule: `code` from a closed list (docs/rules/record.md), and a sentence."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What a claim's own chain says of it. Periods settle a claim without entering its chain."""

    state: State = State.DRAFT
    objectors: frozenset[str] = frozenset()
    unanswered: int = 0
    """Objections received and not answered yet."""
    publicity_ends_at: int = 0
    appeal_ends_at: int = 0


@dataclass(frozen=True, slots=True)
class MembersFacts:
    """The last day on the chain, and the memberships active at its end."""

    day: date | None = None
    active: int = 0


@dataclass(frozen=True, slots=True)
class Charged:
    """What a settled period charged, what of it was confirmed, and whether it was let off."""

    charged: int
    collected: int = 0
    waived: bool = False


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """The last closed period of a plan, and all that were settled, by publicity day."""

    closed: date | None = None
    settled: Mapping[date, Charged] = field(default_factory=dict)
    carried_out: int = 0


@dataclass(frozen=True, slots=True)
class PlainFacts:
    """A chain of which little counts: whether the plan ended (`plan`), the policy (`org`)."""

    policy_version: int = 0
    ended: bool = False


Facts = ClaimFacts | MembersFacts | PeriodFacts | PlainFacts


@dataclass(frozen=True, slots=True)
class ChainState:
    """Where a chain stands after its last entry."""

    kind: Kind
    plan: str
    """The plan's id; empty for a claim's and the organisations' chain."""
    seq: int
    head: bytes
    """Leaf hash of the last entry."""
    facts: Facts


def judge(
    state: ChainState | None, entry: Checked, *, roles: frozenset[str], t: int
) -> ChainState | Broken:
    """The chain's state after `entry`, or the rule that it breaks.

    `state` is None before a chain's first entry; `roles` are those in which keys that the policy
    allows have signed; `t` is the time of the entry's batch.
    """
    try:
        return _judged(state, entry, roles, t)
    except _Breaks as breaks:
        return breaks.broken


def resume(entry: Checked) -> ChainState | None:
    """The state after an entry of the record where it alone says so; None where its chain must.

    So a day is added to a chain of years without replaying them.
    """
    assert entry.seq is not None
    if entry.type != "members.day":
        return None
    facts = MembersFacts(_day(entry.body, "day"), _amount(entry.body, "active"))
    return ChainState("members", _text(entry.body, "plan"), entry.seq, entry.leaf, facts)


def kind_of(entry_type: str) -> Kind | None:
    """The kind of chain on which entries of that type stand; None for an unknown type."""
    return _KIND_OF.get(entry_type)


class _Breaks(Exception):
    def __init__(self, code: str, why: str) -> None:
        self.broken = Broken(code, why)
        super().__init__(f"{code}: {why}")


def _require(holds: bool, code: str, why: str) -> None:
    if not holds:
        raise _Breaks(code, why)


def _judged(state: ChainState | None, entry: Checked, roles: frozenset[str], t: int) -> ChainState:
    kind = _KIND_OF.get(entry.type)
    if kind is None:
        raise _Breaks("type_unknown", f"no entry is called {entry.type}")
    _require(entry.rules == RULES, "rules_unknown", f"rules {entry.rules} are not {RULES}")
    plan = _text(entry.body, "plan") if kind in _KINDS_OF_PLANS else ""
    _check_place(state, entry, kind, plan)
    _check_signers(entry, roles)
    facts = state.facts if state else _FACTS_AT_FIRST[kind]
    after = _STEPS[kind](facts, entry, t)
    assert entry.seq is not None
    return ChainState(kind, plan, entry.seq, entry.leaf, after)


def _check_place(state: ChainState | None, entry: Checked, kind: Kind, plan: str) -> None:
    """The entry continues this chain: the next number, the last leaf, the same subject."""
    seq, head = (state.seq + 1, state.head) if state else (0, None)
    _require(entry.seq == seq, "chain_broken", f"seq {entry.seq} where {seq} is next")
    _require(entry.prev == head, "chain_broken", "prev is not the chain's last entry")
    if state is not None:
        right = (state.kind, state.plan) == (kind, plan)
        _require(right, "wrong_chain", f"{entry.type} does not stand on a chain of {state.kind}")


def _check_signers(entry: Checked, roles: frozenset[str]) -> None:
    needed = [frozenset(map(str, way)) | _also(entry) for way in _SIGNERS[entry.type]]
    words = " or ".join(sorted(" and ".join(sorted(way)) for way in needed))
    _require(
        any(way <= roles for way in needed), "signer_missing", f"{entry.type} is signed by {words}"
    )


def _also(entry: Checked) -> frozenset[str]:
    """Who must sign besides, because of what the entry says."""
    if entry.type == "period.settle" and _amount(entry.body, "sponsored") > 0:
        return frozenset({Role.SPONSOR.value})
    if entry.type == "members.day":
        reasons = _counts(_object(entry.body, "ends"), "by_reason")
        if reasons.get("died", 0) + reasons.get("excluded", 0) > 0:
            return frozenset({Role.SECOND.value})
    return frozenset()


# Claims


def _claim_step(facts: Facts, entry: Checked, t: int) -> ClaimFacts:
    assert isinstance(facts, ClaimFacts)
    event, state = _event(entry), facts.state
    if event in _AFTER_SETTLEMENT and state is State.ACCEPTED:
        state = State.SETTLED  # By the period's entry, which is not on this chain.
    try:
        after = replace(facts, state=move(state, event))
    except EventNotPossible as error:
        raise _Breaks("claim_event_not_possible", str(error)) from None
    guard = _CLAIM_GUARDS.get(event)
    return guard(after, entry, t) if guard else after


def _event(entry: Checked) -> Event:
    events = _EVENTS_OF[entry.type]
    if len(events) == 1:
        return events[0]
    outcome = _text(entry.body, "outcome")
    chosen = _EVENT_OF_OUTCOME.get((entry.type, outcome))
    if chosen is None:
        raise _Breaks("body_wrong", f"{entry.type} has no outcome {outcome}")
    return chosen


def _publish(facts: ClaimFacts, entry: Checked, t: int) -> ClaimFacts:
    ends_at = _amount(entry.body, "ends_at")
    _require(t == TIMELESS or ends_at > t, "too_short", "publicity ends before it begins")
    return replace(facts, publicity_ends_at=ends_at)


def _object_to(facts: ClaimFacts, entry: Checked, t: int) -> ClaimFacts:
    objector, received = _text(entry.body, "objector"), _amount(entry.body, "received")
    _require(received <= t, "too_early", "received after the time of its batch")
    _require(received < facts.publicity_ends_at, "too_late", "received after publicity ended")
    _require(objector not in facts.objectors, "repeated", "a member objects once to a claim")
    objectors = facts.objectors | {objector}
    return replace(facts, objectors=objectors, unanswered=facts.unanswered + 1)


def _answer(facts: ClaimFacts, entry: Checked, t: int) -> ClaimFacts:
    _require(facts.unanswered > 0, "repeated", "every objection is answered already")
    return replace(facts, unanswered=facts.unanswered - 1)


def _finalise(facts: ClaimFacts, entry: Checked, t: int) -> ClaimFacts:
    _require(t >= facts.publicity_ends_at, "too_early", "publicity has not ended")
    _require(facts.unanswered == 0, "unanswered", f"{facts.unanswered} objections stand open")
    return facts


def _decline(facts: ClaimFacts, entry: Checked, t: int) -> ClaimFacts:
    _text(entry.body, "clause")
    return replace(facts, appeal_ends_at=_amount(entry.body, "appeal_ends_at"))


def _appeal(facts: ClaimFacts, entry: Checked, t: int) -> ClaimFacts:
    received = _amount(entry.body, "received")
    _require(received <= t, "too_early", "received after the time of its batch")
    _require(received < facts.appeal_ends_at, "too_late", "received after the time to appeal")
    return replace(facts, appeal_ends_at=0)  # Once per decision.


# Members


def _members_day(facts: Facts, entry: Checked, t: int) -> MembersFacts:
    assert isinstance(facts, MembersFacts)
    day = _day(entry.body, "day")
    following = facts.day + timedelta(days=1) if facts.day else day
    _require(day == following, "day_missing", f"{day} where {following} is next")
    _require(t >= _earliest(day + timedelta(days=1)), "too_early", f"{day} is not over yet")
    joins, returns, ends = (_tree(entry.body, name) for name in ("joins", "returns", "ends"))
    by_reason = _counts(_object(entry.body, "ends"), "by_reason")
    _require(sum(by_reason.values()) == ends, "sums_differ", "reasons do not add up to the ends")
    active = facts.active + joins + returns - ends
    stated = _amount(entry.body, "active")
    _require(active == stated, "sums_differ", f"{stated} active where {active} remain")
    return MembersFacts(day, active)


def _tree(body: Mapping[str, object], name: str) -> int:
    """The head count of a day's tree; an empty one has the root of nothing."""
    tree = _object(body, name)
    count, root = _amount(tree, "count"), _text(tree, "root")
    _require((count == 0) == (root == EMPTY_ROOT), "body_wrong", f"{name}: count and root differ")
    return count


# Periods


def _period_step(facts: Facts, entry: Checked, t: int) -> PeriodFacts:
    assert isinstance(facts, PeriodFacts)
    step = _PERIOD_STEPS.get(entry.type)
    return step(facts, entry, t) if step else facts


def _close(facts: PeriodFacts, entry: Checked, t: int) -> PeriodFacts:
    day = _day(entry.body, "period")
    last = facts.closed
    _require(last is None or last in facts.settled, "unsettled", f"{last} is not settled yet")
    _require(last is None or day > last, "repeated", f"{last} is closed already")
    _require(t >= _earliest(day), "too_early", f"{day} has not begun")
    return replace(facts, closed=day)


def _settle(facts: PeriodFacts, entry: Checked, t: int) -> PeriodFacts:
    body, day = entry.body, _day(entry.body, "period")
    _require(day not in facts.settled, "repeated", f"{day} is settled already")
    _require(day == facts.closed, "not_closed", f"{day} was not closed")
    amounts = {name: _amount(body, name) for name in _SETTLED}
    carried_in, charged = amounts["carried_in"], amounts["charged"]
    _require(
        carried_in == facts.carried_out,
        "carry_differs",
        f"{carried_in} carried in, {facts.carried_out} carried out before",
    )
    income = carried_in + amounts["recovered"] + charged + amounts["sponsored"]
    cost = amounts["aid"] + amounts["fee"] + amounts["extra"]
    _require(
        income == cost + amounts["carried_out"],
        "sums_differ",
        f"{income} come in where {cost + amounts['carried_out']} go out",
    )
    _check_classes(body, charged)
    settled = {**facts.settled, day: Charged(charged)}
    return replace(facts, settled=settled, carried_out=amounts["carried_out"])


def _check_classes(body: Mapping[str, object], charged: int) -> None:
    """Σ amount × count is what was charged, and no class stands twice."""
    if "class_table" in body:
        _tree(body, "class_table")  # The rows are delivered beside the entry.
        return
    rows = body.get("classes")
    if not isinstance(rows, list):
        raise _Breaks("body_wrong", "classes must be a list")
    keys, total = set(), 0
    for row in rows:
        _require(isinstance(row, dict), "body_wrong", "a class must be an object")
        amount, count = _amount(row, "amount"), _amount(row, "count")
        keys.add((_text(row, "status"), _amount(row, "weight"), amount))
        _text(row, "root")
        total += amount * count
    _require(len(keys) == len(rows), "repeated", "a class stands twice")
    _require(total == charged, "sums_differ", f"the classes pay {total}, {charged} is charged")


def _confirm(facts: PeriodFacts, entry: Checked, t: int) -> PeriodFacts:
    day, before = _settled_period(facts, entry)
    collected, unpaid = _amount(entry.body, "collected"), _amount(entry.body, "unpaid")
    _require(not before.waived, "waived", f"{day} was let off")
    _require(collected + unpaid == before.charged, "sums_differ", f"{before.charged} was charged")
    _require(collected >= before.collected, "falling", f"{before.collected} was confirmed before")
    settled = {**facts.settled, day: replace(before, collected=collected)}
    return replace(facts, settled=settled)


def _waive(facts: PeriodFacts, entry: Checked, t: int) -> PeriodFacts:
    day, before = _settled_period(facts, entry)
    _require(not before.waived, "repeated", f"{day} was let off already")
    _require(before.collected == 0, "too_late", f"{day} was debited already")
    return replace(facts, settled={**facts.settled, day: replace(before, waived=True)})


def _settled_period(facts: PeriodFacts, entry: Checked) -> tuple[date, Charged]:
    day = _day(entry.body, "period")
    if day not in facts.settled:
        raise _Breaks("unsettled", f"{day} is not settled")
    return day, facts.settled[day]


def _money_fact(facts: PeriodFacts, entry: Checked, t: int) -> PeriodFacts:
    kind = _text(entry.body, "kind")
    _require(kind in _MONEY_FACTS, "body_wrong", f"no money fact is called {kind}")
    _require(_amount(entry.body, "amount") > 0, "body_wrong", "the amount is 0")
    return facts


# Plans and organisations


def _plan_step(facts: Facts, entry: Checked, t: int) -> Facts:
    assert isinstance(facts, PlainFacts)
    _require(not facts.ended, "repeated", "the plan's end is announced already")
    if entry.type != "plan.end":
        return facts
    sharing, ends = _day(entry.body, "sharing_ends_on"), _day(entry.body, "ends_on")
    _require(sharing <= ends, "body_wrong", f"cover ends on {ends}, sharing after it on {sharing}")
    _require(t < _earliest(ends), "too_late", f"{ends} has begun")
    return replace(facts, ended=True)


def _org_step(facts: Facts, entry: Checked, t: int) -> Facts:
    assert isinstance(facts, PlainFacts)
    if entry.type != "policy.update":
        return facts
    version = _amount(entry.body, "version")
    following = facts.policy_version + 1
    _require(version == following, "repeated", f"policy {version} where {following} is next")
    return replace(facts, policy_version=version)


# Fields of a body


def _amount(body: Mapping[str, object], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _Breaks("body_wrong", f"{name} must be a whole number, not negative")
    return value


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _Breaks("body_wrong", f"{name} must be a text")
    return value


def _object(body: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise _Breaks("body_wrong", f"{name} must be an object")
    return value


def _counts(body: Mapping[str, object], name: str) -> dict[str, int]:
    counts = _object(body, name)
    return {key: _amount(counts, key) for key in counts}


def _day(body: Mapping[str, object], name: str) -> date:
    text = _text(body, name)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Breaks("body_wrong", f"{name} must be a day, not {text[:40]}") from None


def _earliest(day: date) -> int:
    """The instant at which a civil day begins where it begins first."""
    return (day - date(1970, 1, 1)).days * 86_400 - _FIRST_ZONE_SECONDS


_EVENTS_OF: Mapping[str, tuple[Event, ...]] = MappingProxyType(
    {
        name: tuple(event for event, entry in ENTRY_OF.items() if entry == name)
        for name in ENTRY_OF.values()
        if not name.startswith("period.")
    }
)
_EVENT_OF_OUTCOME = {
    ("objection.answer", "dismissed"): Event.DISMISS_OBJECTION,
    ("objection.answer", "upheld"): Event.UPHOLD_OBJECTION,
}
_AFTER_SETTLEMENT = frozenset({Event.CONFIRM_PAYOUT})
_SETTLED = (
    "aid",
    "fee",
    "extra",
    "recovered",
    "carried_in",
    "carried_out",
    "sponsored",
    "charged",
)
_MONEY_FACTS = frozenset({"refund", "default", "arrears", "clawback"})


def _all_of(*roles: Role) -> tuple[frozenset[Role], ...]:
    return (frozenset(roles),)


_SIGNERS: Mapping[str, tuple[frozenset[Role], ...]] = MappingProxyType(
    {
        **SIGNERS,
        "members.day": _all_of(Role.INTAKE),
        "period.correct": _all_of(Role.OPERATOR, Role.SECOND),
        "collect.confirm": _all_of(Role.PROVIDER),
        "money.fact": _all_of(Role.PROVIDER, Role.SECOND),
        "plan.version": _all_of(Role.OPERATOR),
        "plan.end": _all_of(Role.OPERATOR, Role.SPONSOR),
        "policy.update": _all_of(Role.OPERATOR),
        "audit.day": _all_of(Role.OPERATOR),
        "erasure.record": _all_of(Role.OPERATOR),
    }
)
"""The ways to sign each type of entry: those of a claim's life, and the others."""

_KINDS_OF_PLANS: frozenset[Kind] = frozenset({"members", "period", "plan"})
_KIND_OF: Mapping[str, Kind] = MappingProxyType(
    {
        **dict.fromkeys(_EVENTS_OF, "claim"),
        **{
            name: "period"
            for name in _SIGNERS
            if name.startswith("period.") or name in {"collect.confirm", "money.fact"}
        },
        "members.day": "members",
        "plan.version": "plan",
        "plan.end": "plan",
        "policy.update": "org",
        "audit.day": "org",
        "erasure.record": "org",
    }
)
_FACTS_AT_FIRST: Mapping[Kind, Facts] = MappingProxyType(
    {
        "claim": ClaimFacts(),
        "members": MembersFacts(),
        "period": PeriodFacts(),
        "plan": PlainFacts(),
        "org": PlainFacts(),
    }
)
_STEPS: Mapping[Kind, Callable[[Facts, Checked, int], Facts]] = MappingProxyType(
    {
        "claim": _claim_step,
        "members": _members_day,
        "period": _period_step,
        "plan": _plan_step,
        "org": _org_step,
    }
)
_PERIOD_STEPS: Mapping[str, Callable[[PeriodFacts, Checked, int], PeriodFacts]] = MappingProxyType(
    {
        "period.close": _close,
        "period.settle": _settle,
        "period.waive": _waive,
        "collect.confirm": _confirm,
        "money.fact": _money_fact,
    }
)
_CLAIM_GUARDS: Mapping[Event, Callable[[ClaimFacts, Checked, int], ClaimFacts]] = MappingProxyType(
    {
        Event.PUBLISH: _publish,
        Event.OBJECT: _object_to,
        Event.DISMISS_OBJECTION: _answer,
        Event.UPHOLD_OBJECTION: _answer,
        Event.FINALISE: _finalise,
        Event.DECLINE: _decline,
        Event.APPEAL: _appeal,
    }
)
