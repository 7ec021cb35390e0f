"""The rules of the record: each lets the right entry pass and names itself to a wrong one."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from record.record_factory import day_body, tree
from sameboat.rules.claim import ENTRY_OF, State
from sameboat.rules.record import (
    RULES,
    Broken,
    ChainState,
    ClaimFacts,
    MembersFacts,
    PeriodFacts,
    judge,
    kind_of,
)

T = 1_548_291_600  # 2019-01-24 01:00 UTC
D = "2019-01-21"


@dataclass(frozen=True)
class Given:
    """An entry as `proof` would hand it on."""

    type: str
    seq: int | None
    prev: bytes | None
    body: Mapping[str, object]
    rules: int | None = RULES

    @property
    def leaf(self) -> bytes:
        return f"{self.type} {self.seq}".encode()


Step = tuple[str, str, Mapping[str, object]]


def judged(*steps: Step, t: int = T) -> ChainState | Broken:
    """Judge a chain of (type, roles with spaces between, body); what the last one comes to."""
    state: ChainState | None = None
    for number, (type_, roles, body) in enumerate(steps, start=1):
        entry = Given(type_, state.seq + 1 if state else 0, state.head if state else None, body)
        after = judge(state, entry, roles=frozenset(roles.split()), t=t)
        if number == len(steps):
            return after
        assert isinstance(after, ChainState), (type_, after)
        state = after
    raise AssertionError("no steps")


def broken(*steps: Step, t: int = T) -> str:
    after = judged(*steps, t=t)
    assert isinstance(after, Broken), after
    return after.code


def stands(*steps: Step, t: int = T) -> ChainState:
    after = judged(*steps, t=t)
    assert isinstance(after, ChainState), after
    return after


def claim_state(*steps: Step, t: int = T) -> State:
    facts = stands(*steps, t=t).facts
    assert isinstance(facts, ClaimFacts)
    return facts.state


OPEN: Step = ("claim.open", "intake", {"claimant": "22" * 32})
ADD: Step = ("evidence.add", "intake", {})
SEAL: Step = ("evidence.seal", "intake", {})
PROPOSE: Step = ("decision.propose", "operator second", {"row": "adult.severe"})
PUBLISH: Step = ("publicity.open", "operator", {"ends_at": T + 100})
FINAL: Step = ("decision.final", "operator", {})
PAID: Step = ("payout.confirm", "payment", {})
DISMISS: Step = ("objection.answer", "operator second", {"outcome": "dismissed"})
DECLINE: Step = (
    "decision.decline",
    "operator second",
    {"clause": "4.2", "appeal_ends_at": T + 100},
)
PUBLISHED = (OPEN, ADD, SEAL, PROPOSE, PUBLISH)


def objection(objector: str = "fei", received: int = T) -> Step:
    return ("objection.add", "intake", {"objector": objector, "received": received})


def appeal(received: int = T) -> Step:
    return ("appeal.open", "intake", {"received": received})


class TestEveryChain:
    def test_an_unknown_type_is_refused(self) -> None:
        assert broken(("claim.steal", "intake", {})) == "type_unknown"
        assert kind_of("claim.steal") is None

    def test_other_rules_are_refused(self) -> None:
        entry = Given("claim.open", 0, None, {}, rules=RULES + 1)
        after = judge(None, entry, roles=frozenset({"intake"}), t=T)
        assert isinstance(after, Broken)
        assert after.code == "rules_unknown"

    @pytest.mark.parametrize(
        ("seq", "prev"), [(0, None), (2, b"claim.open 0"), (1, b"another"), (1, None)]
    )
    def test_an_entry_continues_the_last_one(self, seq: int, prev: bytes | None) -> None:
        state = stands(OPEN)
        after = judge(state, Given("evidence.add", seq, prev, {}), roles=frozenset({"intake"}), t=T)
        assert isinstance(after, Broken)
        assert after.code == "chain_broken"

    def test_an_entry_of_another_kind_is_refused(self) -> None:
        day = ("members.day", "intake", day_body(date(2019, 1, 1), joins=1, ends={}, active=1))
        assert broken(OPEN, day) == "wrong_chain"

    def test_another_plan_is_refused(self) -> None:
        version = ("plan.version", "operator", {"plan": "xiang-hu-bao"})
        assert broken(version, ("plan.version", "operator", {"plan": "meituan"})) == "wrong_chain"

    def test_a_plan_ends_once_with_a_day_to_come_and_its_chain_with_it(self) -> None:
        body = {"plan": "p", "sharing_ends_on": "2019-01-28", "ends_on": "2019-02-28"}
        end: Step = ("plan.end", "operator sponsor", body)
        version: Step = ("plan.version", "operator", {"plan": "p"})
        stands(version, end)
        assert broken(("plan.end", "operator", body)) == "signer_missing"
        assert broken(end, end) == "repeated"
        assert broken(end, version) == "repeated"
        late = body | {"ends_on": "2019-01-01", "sharing_ends_on": "2019-01-01"}
        assert broken(("plan.end", "operator sponsor", late)) == "too_late"
        crossed = body | {"sharing_ends_on": "2019-03-01"}
        assert broken(("plan.end", "operator sponsor", crossed)) == "body_wrong"

    @pytest.mark.parametrize("name", sorted(set(ENTRY_OF.values()) - {"board.verdict"}))
    def test_nobody_may_sign_a_step_alone_who_has_no_part_in_it(self, name: str) -> None:
        body = {"plan": "p", "sponsored": 0, "outcome": "dismissed"}
        assert broken((name, "", body)) == "signer_missing"
        assert broken((name, "stranger", body)) == "signer_missing"


class TestAClaim:
    def test_goes_its_way_to_payment(self) -> None:
        later = (*PUBLISHED, FINAL)
        assert claim_state(*PUBLISHED) is State.PUBLISHED
        assert isinstance(judged(*later), Broken)
        state = stands(*PUBLISHED)
        final = Given("decision.final", 5, state.head, {})
        accepted = judge(state, final, roles=frozenset({"operator"}), t=T + 100)
        assert isinstance(accepted, ChainState)
        paid = Given("payout.confirm", 6, accepted.head, {})
        after = judge(accepted, paid, roles=frozenset({"payment"}), t=T + 200)
        assert isinstance(after, ChainState)
        assert isinstance(after.facts, ClaimFacts)
        assert after.facts.state is State.PAID

    def test_is_not_final_before_publicity_ends(self) -> None:
        assert broken(*PUBLISHED, FINAL) == "too_early"

    def test_is_not_final_while_an_objection_is_unanswered(self) -> None:
        state = stands(*PUBLISHED, objection())
        final = Given("decision.final", 6, state.head, {})
        after = judge(state, final, roles=frozenset({"operator"}), t=T + 100)
        assert isinstance(after, Broken)
        assert after.code == "unanswered"

    def test_publicity_must_last(self) -> None:
        short = ("publicity.open", "operator", {"ends_at": T})
        assert broken(OPEN, ADD, SEAL, PROPOSE, short) == "too_short"

    def test_objections_come_in_time_once_and_are_answered_once(self) -> None:
        assert broken(*PUBLISHED, objection(received=T + 1)) == "too_early"
        state = stands(*PUBLISHED)
        late = Given("objection.add", 5, state.head, {"objector": "fei", "received": T + 100})
        after = judge(state, late, roles=frozenset({"intake"}), t=T + 100)
        assert isinstance(after, Broken)
        assert after.code == "too_late"
        assert broken(*PUBLISHED, objection(), objection()) == "repeated"
        assert claim_state(*PUBLISHED, objection(), DISMISS) is State.PUBLISHED
        assert broken(*PUBLISHED, objection(), DISMISS, DISMISS) == "repeated"
        upheld = ("objection.answer", "operator second", {"outcome": "upheld"})
        assert claim_state(*PUBLISHED, objection(), upheld) is State.REPORTED
        unclear = ("objection.answer", "operator second", {"outcome": "perhaps"})
        assert broken(*PUBLISHED, objection(), unclear) == "body_wrong"

    def test_two_decide(self) -> None:
        assert broken(OPEN, ADD, SEAL, ("decision.propose", "operator", {})) == "signer_missing"
        assert broken(OPEN, ADD, SEAL, ("decision.decline", "second", {})) == "signer_missing"

    def test_an_appeal_comes_in_time_and_once(self) -> None:
        declined = (OPEN, ADD, SEAL, DECLINE)
        assert claim_state(*declined, appeal()) is State.BOARD
        assert broken(*declined, appeal(received=T + 1)) == "too_early"
        assert broken(*declined, appeal(received=T + 100), t=T + 200) == "too_late"

    def test_a_step_out_of_order_is_refused(self) -> None:
        assert broken(ADD) == "claim_event_not_possible"
        assert broken(OPEN, OPEN) == "claim_event_not_possible"
        assert broken(OPEN, PROPOSE) == "claim_event_not_possible"
        assert broken(OPEN, PAID) == "claim_event_not_possible"


def day(on: str, *, joins: int = 0, active: int, **ends: int) -> Step:
    body = day_body(date.fromisoformat(on), joins=joins, ends=ends, active=active)
    return ("members.day", "intake", body)


class TestMembersDay:
    def test_counts_the_active(self) -> None:
        state = stands(
            day("2019-01-01", joins=5, active=5),
            day("2019-01-02", active=5),
            day("2019-01-03", joins=2, active=4, left=3),
        )
        assert state.facts == MembersFacts(date(2019, 1, 3), 4)

    def test_leaves_no_day_out_and_repeats_none(self) -> None:
        first = day("2019-01-01", joins=5, active=5)
        assert broken(first, day("2019-01-03", active=5)) == "day_missing"
        assert broken(first, day("2019-01-01", active=5)) == "day_missing"

    def test_states_the_right_sums(self) -> None:
        first = day("2019-01-01", joins=5, active=5)
        assert broken(first, day("2019-01-02", joins=1, active=5)) == "sums_differ"
        type_, roles, body = day("2019-01-02", active=4, left=1)
        wrong = {**body, "ends": {**tree(1), "by_reason": {"left": 2}}}
        assert broken(first, (type_, roles, wrong)) == "sums_differ"

    def test_an_empty_tree_has_the_empty_root(self) -> None:
        type_, roles, body = day("2019-01-01", active=0)
        wrong = {**body, "joins": {"count": 0, "root": "11" * 32}}
        assert broken((type_, roles, wrong)) == "body_wrong"

    @pytest.mark.parametrize("reason", ["died", "excluded"])
    def test_death_and_exclusion_are_signed_by_a_second(self, reason: str) -> None:
        first = day("2019-01-01", joins=5, active=5)
        type_, roles, body = day("2019-01-02", active=4, **{reason: 1})
        assert broken(first, (type_, roles, body)) == "signer_missing"
        assert stands(first, (type_, "intake second", body))

    def test_is_written_when_the_day_is_over(self) -> None:
        # 2019-01-24 begins at 10:00 UTC of the 23rd where it begins first.
        over = T - 15 * 3600
        assert stands(day("2019-01-23", active=0), t=over)
        assert broken(day("2019-01-23", active=0), t=over - 1) == "too_early"


CLASSES: Sequence[Mapping[str, object]] = (
    {"status": "shares", "weight": 1000, "amount": 3, "count": 23_000_000, "root": "11" * 32},
    {"status": "exempt.aided", "weight": 1000, "amount": 0, "count": 2, "root": "11" * 32},
)
SETTLED: Mapping[str, object] = {
    "plan": "xiang-hu-bao",
    "period": D,
    "aid": 60_000_000,
    "fee": 4_800_000,
    "extra": 0,
    "recovered": 0,
    "carried_in": 0,
    "carried_out": 4_200_000,
    "sponsored": 0,
    "charged": 69_000_000,
    "classes": list(CLASSES),
}
CLOSE: Step = ("period.close", "operator", {"plan": "xiang-hu-bao", "period": D})
SETTLE: Step = ("period.settle", "operator", SETTLED)


def settle(**changed: object) -> Step:
    return ("period.settle", "operator", {**SETTLED, **changed})


def confirm(collected: int, unpaid: int) -> Step:
    body = {"plan": "xiang-hu-bao", "period": D, "collected": collected, "unpaid": unpaid}
    return ("collect.confirm", "payment", body)


class TestAPeriod:
    def test_is_closed_settled_and_collected(self) -> None:
        state = stands(CLOSE, SETTLE, confirm(1, 68_999_999), confirm(69_000_000, 0))
        assert isinstance(state.facts, PeriodFacts)
        assert state.facts.settled[date(2019, 1, 21)].collected == 69_000_000
        assert state.facts.carried_out == 4_200_000

    def test_is_settled_once_and_only_when_closed(self) -> None:
        assert broken(SETTLE) == "not_closed"
        assert broken(CLOSE, SETTLE, SETTLE) == "repeated"
        assert broken(CLOSE, settle(period="2019-02-07")) == "not_closed"

    def test_is_closed_once_and_after_the_last_was_settled(self) -> None:
        following = ("period.close", "operator", {"plan": "xiang-hu-bao", "period": "2019-01-24"})
        assert broken(CLOSE, following) == "unsettled"
        assert broken(CLOSE, SETTLE, CLOSE) == "repeated"
        assert stands(CLOSE, SETTLE, following)
        assert broken(CLOSE, t=T - 10 * 86_400) == "too_early"

    @pytest.mark.parametrize(
        "name", ["aid", "fee", "extra", "recovered", "carried_out", "charged", "sponsored"]
    )
    def test_balances(self, name: str) -> None:
        amount = SETTLED[name]
        assert isinstance(amount, int)
        type_, roles, body = settle(**{name: amount + 1})
        assert broken(CLOSE, (type_, roles + " sponsor", body)) == "sums_differ"

    def test_takes_the_carry_of_the_one_before(self) -> None:
        assert broken(CLOSE, settle(carried_in=1, carried_out=4_200_001)) == "carry_differs"

    def test_charges_what_its_classes_pay(self) -> None:
        fewer = [{**CLASSES[0], "count": 22_999_999}, CLASSES[1]]
        assert broken(CLOSE, settle(classes=fewer)) == "sums_differ"
        assert broken(CLOSE, settle(classes=[*CLASSES, CLASSES[1]])) == "repeated"
        assert broken(CLOSE, settle(classes="all")) == "body_wrong"
        table = {name: value for name, value in SETTLED.items() if name != "classes"}
        assert stands(CLOSE, ("period.settle", "operator", {**table, "class_table": tree(301)}))

    def test_what_is_sponsored_the_sponsor_signs(self) -> None:
        type_, _, body = settle(sponsored=5, carried_out=4_200_005)
        assert broken(CLOSE, (type_, "operator", body)) == "signer_missing"
        assert stands(CLOSE, (type_, "operator sponsor", body))

    def test_confirms_no_more_and_no_less_than_was_charged_and_never_falls(self) -> None:
        assert broken(CLOSE, confirm(1, 2)) == "unsettled"
        assert broken(CLOSE, SETTLE, confirm(69_000_000, 1)) == "sums_differ"
        assert broken(CLOSE, SETTLE, confirm(2, 68_999_998), confirm(1, 68_999_999)) == "falling"

    def test_is_let_off_once_and_never_after_a_debit(self) -> None:
        waive = ("period.waive", "operator sponsor", {"plan": "xiang-hu-bao", "period": D})
        assert broken(CLOSE, SETTLE, waive, waive) == "repeated"
        assert broken(CLOSE, SETTLE, waive, confirm(0, 69_000_000)) == "waived"
        assert broken(CLOSE, SETTLE, confirm(1, 68_999_999), waive) == "too_late"

    @pytest.mark.parametrize("wrong", [-1, True, "1", 1.0, None])
    def test_amounts_are_whole_and_not_negative(self, wrong: object) -> None:
        assert broken(CLOSE, settle(extra=wrong)) == "body_wrong"

    def test_money_facts_are_of_a_known_kind(self) -> None:
        body = {"plan": "xiang-hu-bao", "kind": "refund", "amount": 3}
        assert stands(("money.fact", "payment second", body))
        assert broken(("money.fact", "payment second", {**body, "kind": "gift"})) == "body_wrong"
        assert broken(("money.fact", "payment second", {**body, "amount": 0})) == "body_wrong"


class TestThePolicy:
    def test_versions_follow_each_other(self) -> None:
        first = ("policy.update", "operator", {"version": 1})
        assert stands(first, ("policy.update", "operator", {"version": 2}))
        assert broken(first, first) == "repeated"
        assert broken(("policy.update", "operator", {"version": 2})) == "repeated"


def test_an_entry_is_not_changed_by_being_judged() -> None:
    state = stands(CLOSE, SETTLE)
    before = replace(state)
    assert isinstance(
        judge(state, Given("period.settle", 2, state.head, SETTLED), roles=frozenset(), t=T),
        Broken,
    )
    assert state == before


def test_every_code_is_in_the_document() -> None:
    root = Path(__file__).resolve().parents[2]
    source = (root / "src/sameboat/rules/record.py").read_text(encoding="utf-8")
    document = (root / "docs/rules/record.md").read_text(encoding="utf-8")
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = {ast.unparse(call.func): call for call in calls}
    assert {"_require", "_Breaks"} <= named.keys()
    codes = {
        argument.value
        for call in calls
        if ast.unparse(call.func) in {"_require", "_Breaks"}
        for argument in call.args[:2]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        if re.fullmatch(r"[a-z]+(_[a-z]+)*", argument.value)
    }
    assert len(codes) > 15
    assert [code for code in sorted(codes) if f"`{code}`" not in document] == []
