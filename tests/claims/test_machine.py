"""A claim's life in any order: whoever does what, the table of transitions holds.

Claimant, staff, other members and the days act on one claim after another of the same membership.
What the table forbids is refused and leaves nothing; what is done moves the claim along the table;
at the end everything stands on the record as it stands in the database.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

import pool
from claims.documents_factory import photo
from payments.test_machine import fresh
from pool import INSURER, INVESTIGATOR, YUE, at
from sameboat.claims import actions as claims
from sameboat.claims.models import Claim, Decision, Objection
from sameboat.cli.check import run_checks
from sameboat.identity import actions as identity
from sameboat.payments import actions as payments
from sameboat.record import actions as record
from sameboat.record.models import Entry
from sameboat.rules.claim import TRANSITIONS, Event, State
from sameboat.runtime.checks import sql_checks
from sameboat.runtime.refusals import Refusal
from society import ANA, HAO, LIN, PLAN, Somebody, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
BEGIN = at(date(2026, 3, 4), 9)
OTHERS = 2
CONFIRMED = {
    "propose": Event.PROPOSE,
    "decline": Event.DECLINE,
    "recall": Event.RECALL,
    "reopen": Event.REOPEN,
    "dismiss": Event.DISMISS_OBJECTION,
    "uphold": Event.UPHOLD_OBJECTION,
}
BY_THE_DAYS = {Event.PUBLISH, Event.FINALISE, Event.SETTLE, Event.CONFIRM_PAYOUT}


def who(somebody: Somebody) -> int:
    return signed_in(somebody).id


ACTS: tuple[Callable[[Life], None], ...] = (
    *[lambda life: life.goes_on()] * 14,
    lambda life: life.is_drafted(),
    lambda life: life.is_opened(),
    lambda life: life.gets_a_document("diagnosis", again=False),
    lambda life: life.gets_a_document("bill", again=False),
    lambda life: life.gets_a_document("bill", again=True),
    lambda life: life.loses_a_document(),
    lambda life: life.is_handed_in(),
    lambda life: life.is_appealed(),
    lambda life: life.is_withdrawn(),
    lambda life: life.is_asked_about(),
    lambda life: life.is_investigated(),
    lambda life: life.is_decided_first("propose"),
    lambda life: life.is_decided_first("decline"),
    lambda life: life.is_decided_first("decline"),
    lambda life: life.is_decided_first("recall"),
    lambda life: life.is_decided_first("reopen"),
    lambda life: life.is_decided_second(LIN, agrees=True),
    lambda life: life.is_decided_second(YUE, agrees=True),
    lambda life: life.is_decided_second(HAO, agrees=True),
    lambda life: life.is_decided_second(LIN, agrees=False),
    lambda life: life.somebody_objects(0),
    lambda life: life.somebody_objects(1),
    lambda life: life.an_objection_is_answered("dismissed"),
    lambda life: life.an_objection_is_answered("upheld"),
    lambda life: life.days_pass(1),
    lambda life: life.days_pass(7),
)
"""What may be tried. One rule draws from all of it: a rule each would leave some out of a life."""


class Life(RuleBasedStateMachine):
    """Ana's claims in a pool of three."""

    now: datetime

    @initialize()
    def joined(self) -> None:
        fresh()
        self.membership = pool.filled(OTHERS)[0]
        for staff in (HAO, LIN, YUE, INSURER, INVESTIGATOR):
            who(staff)
        self.now = BEGIN
        self.photos = 0
        self.is_drafted()

    # What is done, and what becomes of it

    @property
    def claim(self) -> Claim:
        return Claim.objects.filter(membership=self.membership).latest("id")

    def state(self) -> State:
        return State[self.claim.state]

    def does(self, verb: Callable[[], object], *events: Event) -> None:
        """Do it: it moves the claim as the table says, or is refused and leaves no trace."""
        before, entries, decisions = self.state(), Entry.objects.count(), self.waiting()
        self.now += timedelta(minutes=1)
        try:
            verb()
        except Refusal:
            assert self.state() is before
            assert Entry.objects.count() == entries
            assert self.waiting() == decisions
        else:
            moves = [TRANSITIONS.get((before, event)) for event in events]
            assert self.state() in (moves or [before]), f"{before} by {events}"

    def waiting(self) -> list[int]:
        """The decisions that wait for a second person."""
        open_ones = Decision.objects.filter(second_at=None, dropped_at=None)
        return list(open_ones.order_by("id").values_list("id", flat=True))

    # The claimant

    def is_drafted(self) -> None:
        """Another claim, once the one before is finished."""
        with contextlib.suppress(Refusal):
            claims.draft_claim(
                login_id=who(ANA),
                membership_ref=self.membership.ref,
                illness="1",
                severity="severe",
                accident=True,
                diagnosed_on=date(2026, 3, 3),
                hospital="协和医院",
                statement="车祸",
                payee_name=ANA.name,
                payee_phone=ANA.phone,
                now=self.now,
            )

    def is_opened(self) -> None:
        ref = self.claim.ref
        self.does(
            lambda: claims.open_claim(login_id=who(ANA), claim_ref=ref, now=self.now), Event.OPEN
        )

    def gets_a_document(self, kind: str, again: bool) -> None:
        self.photos += not again
        self.does(
            lambda: claims.add_evidence(
                login_id=who(ANA),
                claim_ref=self.claim.ref,
                kind=kind,
                content=photo(f"{kind} {self.photos}"),
                filename=f"{kind}.jpg",
                device_hash=None,
                now=self.now,
            ),
            Event.ADD_EVIDENCE,
            Event.SUPPLEMENT,
        )

    def loses_a_document(self) -> None:
        found = self.claim.evidence.order_by("id").last()
        if found is not None:
            self.does(
                lambda: claims.take_out_evidence(
                    login_id=who(ANA), evidence_ref=found.ref, now=self.now
                )
            )

    def is_handed_in(self) -> None:
        """With all that is needed, if documents are still taken."""
        for purpose in ("health_data", "publication"):
            identity.give_consent(
                login_id=who(ANA),
                person_id=self.membership.person_id,
                purpose=purpose,
                version="1",
                now=self.now,
            )
        if self.state() is State.COLLECTING:
            for kind in ("identity", "diagnosis"):
                self.gets_a_document(kind, again=False)
        ref = self.claim.ref
        self.does(
            lambda: claims.seal_claim(login_id=who(ANA), claim_ref=ref, now=self.now), Event.SEAL
        )

    def is_appealed(self) -> None:
        ref = self.claim.ref
        self.does(
            lambda: claims.appeal(login_id=who(ANA), claim_ref=ref, text="请复核", now=self.now),
            Event.APPEAL,
        )

    def is_withdrawn(self) -> None:
        ref = self.claim.ref
        self.does(
            lambda: claims.withdraw_claim(login_id=who(ANA), claim_ref=ref, now=self.now),
            Event.WITHDRAW,
        )

    # The staff

    def is_asked_about(self) -> None:
        self.does(
            lambda: claims.ask_evidence(
                login_id=who(HAO),
                claim_ref=self.claim.ref,
                kinds=["bill"],
                reason_code="missing",
                due_on=self.now.date() + timedelta(days=10),
                now=self.now,
            ),
            Event.ASK,
        )

    def is_investigated(self) -> None:
        ref, investigator = self.claim.ref, who(INVESTIGATOR)
        self.does(
            lambda: claims.assign_investigator(
                login_id=who(INSURER), claim_ref=ref, investigator_id=investigator, now=self.now
            ),
            Event.ASSIGN,
        )
        self.does(
            lambda: claims.report_investigation(
                login_id=investigator,
                claim_ref=ref,
                finding="confirmed",
                report="属实",
                now=self.now,
            ),
            Event.REPORT,
        )

    def is_decided_first(self, what: str) -> None:
        """The first of two: the claim does not move yet."""
        ref = self.claim.ref
        verbs: dict[str, Callable[[], object]] = {
            "propose": lambda: claims.propose_aid(
                login_id=who(HAO),
                claim_ref=ref,
                benefit_row="severe-39",
                reason="属实",
                now=self.now,
            ),
            "decline": lambda: claims.decline_claim(
                login_id=who(HAO),
                claim_ref=ref,
                clause="claims.evidence_required",
                reason_code="not_proven",
                reason="材料不足",
                now=self.now,
            ),
            "recall": lambda: claims.recall_decision(
                login_id=who(HAO), claim_ref=ref, reason_code="mistake", now=self.now
            ),
            "reopen": lambda: claims.reopen_claim(
                login_id=who(LIN), claim_ref=ref, reason_code="court", reason="判决", now=self.now
            ),
        }
        self.does(verbs[what])

    def is_decided_second(self, second: Somebody, agrees: bool) -> None:
        waiting = self.waiting()
        if not waiting:
            return
        event = CONFIRMED[Decision.objects.get(id=waiting[-1]).kind]
        do = claims.confirm_decision if agrees else claims.drop_decision
        self.does(
            lambda: do(login_id=who(second), decision_id=waiting[-1], now=self.now),
            *([event] if agrees else []),
        )

    def an_objection_is_answered(self, outcome: str) -> None:
        found = Objection.objects.filter(claim=self.claim, outcome="").order_by("id").last()
        if found is not None:
            self.does(
                lambda: claims.answer_objection(
                    login_id=who(HAO),
                    objection_ref=found.ref,
                    outcome=outcome,
                    reason="查过",
                    now=self.now,
                )
            )

    # The others, and the days

    def somebody_objects(self, number: int) -> None:
        self.does(
            lambda: claims.object_to_claim(
                login_id=who(pool.another(number)),
                claim_ref=self.claim.ref,
                reason_code="began_earlier",
                text="听说他早就有病",
                now=self.now,
            ),
            Event.OBJECT,
        )

    def days_pass(self, days: int) -> None:
        """The claim goes on by itself, along the table."""
        reached = {self.state()}
        for _ in range(days):
            self.now += timedelta(days=1)
            pool.settled_until(self.now)
            payments.advance(plan_id=PLAN, now=self.now)
            record.sequence(now=self.now)
            reached |= {
                to
                for (state, event), to in TRANSITIONS.items()
                if state in reached and event in BY_THE_DAYS
            }
            assert self.state() in reached

    def goes_on(self) -> None:
        """What usually comes next: chance alone would seldom get far."""
        match self.state():
            case State.DRAFT:
                self.is_opened()
            case State.COLLECTING:
                self.is_handed_in()
            case State.SEALED | State.INVESTIGATION:
                self.is_investigated()
            case State.REPORTED:
                self.is_decided_first("propose")
                self.is_decided_second(LIN, agrees=True)
            case State.PROPOSED | State.PUBLISHED | State.ACCEPTED | State.SETTLED:
                self.days_pass(3)
            case _:
                self.is_drafted()

    @rule(act=st.sampled_from(ACTS))
    def acts(self, act: Callable[[Life], None]) -> None:
        act(self)

    @invariant()
    def the_invariants_hold(self) -> None:
        assert {done.name: done.findings for done in sql_checks() if done.findings} == {}
        for claim in Claim.objects.all():
            assert claim.decisions.filter(second_at=None, dropped_at=None).count() <= 1
        for decision in Decision.objects.exclude(second_at=None):
            assert decision.first_person_id != decision.second_person_id

    def teardown(self) -> None:
        """What happened is what the record says."""
        if hasattr(self, "membership"):
            record.sequence(now=self.now + timedelta(minutes=1))
            assert [done for done in run_checks() if done.findings] == []


def test_a_claim_goes_along_the_table_whatever_is_tried() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=4,
            stateful_step_count=24,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
