"""Every event in every state, through the verbs and the database: forbidden ones are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from claims.story import PUBLICITY_ON, TAN, YUE, Story, at, begun, day, login
from sameboat.claims import actions
from sameboat.claims.actions.confirming import NoSuchDecision
from sameboat.claims.life import ClaimEventNotPossible, ClaimMoved, move_claim
from sameboat.claims.models import Claim, Decision
from sameboat.claims.queries import NoSuchCase
from sameboat.record.models import Entry
from sameboat.rules.claim import TRANSITIONS, Event, State
from sameboat.runtime.refusals import Refusal
from society import ANA, FEI, HAO, LIN

NOW = at(PUBLICITY_ON, days=1)
NO_VERB_YET = {
    Event.NAME_DEVICE,
    Event.CONVENE_BOARD,
    Event.VERDICT_FOR,
    Event.VERDICT_FOR_PUBLISHED,
    Event.VERDICT_AGAINST,
    Event.VERDICT_VOID,
}
"""Device keys and the board come later; nothing here can cause these events."""


@pytest.fixture
def story(db: None) -> Story:
    """A claim that was published, objected to, and has been through everything before."""
    found = begun()
    found.is_published()
    found.objected_to()
    return found


def verbs(story: Story) -> dict[Event, Callable[[], object]]:
    """For each event the verb that causes it, by somebody who may."""
    ref, claim = story.ref, story.claim
    objection = claim.objections.get().ref
    who: dict[str, int] = {"ana": login(ANA), "hao": login(HAO), "lin": login(LIN)}

    def waiting(kind: str, **fields: object) -> int:
        return Decision.objects.create(
            claim=claim,
            kind=kind,
            sealed_reason=b"",
            first_login_id=who["hao"],
            first_person=story.decision("propose").first_person,
            first_at=NOW,
            **fields,
        ).id

    def confirmed(kind: str, **fields: object) -> None:
        decision = waiting(kind, **fields)
        actions.confirm_decision(login_id=who["lin"], decision_id=decision, now=NOW)

    return {
        Event.OPEN: lambda: actions.open_claim(login_id=who["ana"], claim_ref=ref, now=NOW),
        Event.SEAL: lambda: actions.seal_claim(login_id=who["ana"], claim_ref=ref, now=NOW),
        Event.ASK: lambda: actions.ask_evidence(
            login_id=who["lin"],
            claim_ref=ref,
            kinds=["bill"],
            reason_code="missing",
            due_on=day(200).date(),
            now=NOW,
        ),
        Event.ASSIGN: lambda: actions.assign_investigator(
            login_id=login(YUE), claim_ref=ref, investigator_id=login(TAN), now=NOW
        ),
        Event.REPORT: lambda: actions.report_investigation(
            login_id=login(TAN), claim_ref=ref, finding="confirmed", report="属实", now=NOW
        ),
        Event.PROPOSE: lambda: confirmed("propose", benefit_row="severe-39", aid=30_000),
        Event.RECALL: lambda: confirmed("recall", reason_code="mistake"),
        Event.DECLINE: lambda: confirmed("decline", clause="illnesses", reason_code="not_listed"),
        Event.REOPEN: lambda: confirmed("reopen", reason_code="court"),
        Event.DISMISS_OBJECTION: lambda: actions.answer_objection(
            login_id=who["hao"],
            objection_ref=objection,
            outcome="dismissed",
            reason="无据",
            now=NOW,
        ),
        Event.UPHOLD_OBJECTION: lambda: actions.answer_objection(
            login_id=who["hao"],
            objection_ref=objection,
            outcome="upheld",
            reason="属实",
            now=NOW,
        ),
        Event.APPEAL: lambda: actions.appeal(
            login_id=who["ana"], claim_ref=ref, text="请复核", now=NOW
        ),
        Event.WITHDRAW: lambda: actions.withdraw_claim(login_id=who["ana"], claim_ref=ref, now=NOW),
        Event.SETTLE: lambda: actions.mark_settled(
            claim_ids=[claim.id], period_on=NOW.date(), now=NOW
        ),
        Event.CONFIRM_PAYOUT: lambda: actions.mark_paid(claim_id=claim.id, now=NOW),
    }


def first_steps(story: Story) -> dict[Event, Callable[[], object]]:
    """The first person's half of each decision: it is refused as early as that."""
    who, ref = login(HAO), story.ref
    return {
        Event.PROPOSE: story.proposed_by_hao,
        Event.DECLINE: story.declined_by_hao,
        Event.RECALL: lambda: actions.recall_decision(
            login_id=who, claim_ref=ref, reason_code="mistake", now=NOW
        ),
        Event.REOPEN: lambda: actions.reopen_claim(
            login_id=login(LIN), claim_ref=ref, reason_code="court", reason="判决", now=NOW
        ),
    }


def refusal_of(verb: Callable[[], object], story: Story, state: State) -> Refusal | None:
    """What the verb answers for a claim in `state`; all that it did is undone."""
    with transaction.atomic():
        Claim.objects.filter(ref=story.ref).update(
            state=state.name, appeal_ends_at=at(PUBLICITY_ON, days=30)
        )
        before = Entry.objects.count()
        try:
            verb()
            found = None
        except Refusal as refusal:
            found = refusal
            assert story.state() is state, "a refusal changes nothing"
            assert Entry.objects.count() == before
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("state", State)
def test_forbidden_events_are_refused_and_possible_ones_are_not(state: State, story: Story) -> None:
    for verb_of in (verbs, first_steps):
        for event, verb in verb_of(story).items():
            refusal = refusal_of(verb, story, state)
            forbidden = isinstance(refusal, ClaimEventNotPossible)
            assert forbidden is ((state, event) not in TRANSITIONS), (event, refusal)


@pytest.mark.parametrize("state", State)
def test_documents_come_in_where_they_may(state: State, story: Story) -> None:
    either = {Event.ADD_EVIDENCE, Event.SUPPLEMENT}
    allowed = any((state, event) in TRANSITIONS for event in either)
    refusal = refusal_of(lambda: story.sends("bill", on=142), story, state)
    assert isinstance(refusal, ClaimEventNotPossible) is not allowed


@pytest.mark.parametrize("state", State)
def test_members_object_to_what_is_published_only(state: State, story: Story) -> None:
    refusal = refusal_of(lambda: story.objected_to(FEI), story, state)
    if state is State.PUBLISHED:
        assert refusal is not None
        assert refusal.code == "objected_already"
    else:
        assert isinstance(refusal, NoSuchCase), "nobody learns that there is such a claim"


def test_every_event_has_a_verb_or_is_known_to_have_none(story: Story) -> None:
    by_period = {Event.PUBLISH, Event.FINALISE}
    elsewhere = {Event.ADD_EVIDENCE, Event.SUPPLEMENT, Event.OBJECT}
    assert set(verbs(story)) | by_period | elsewhere | NO_VERB_YET == set(Event)


def test_the_period_takes_claims_in_the_right_state_only(story: Story) -> None:
    """`open_publicity` and `finalise` look for their claims; others are not touched."""
    for state in State:
        with transaction.atomic():
            Claim.objects.filter(ref=story.ref).update(state=state.name)
            if state is not State.PROPOSED:
                assert (
                    actions.open_publicity(
                        plan_id=story.claim.plan, publicity_on=PUBLICITY_ON, now=NOW
                    )
                    == 0
                )
            assert story.state() is state
            transaction.set_rollback(True)


def test_a_claim_that_moved_meanwhile_is_not_moved_again(story: Story) -> None:
    stale = story.claim
    Claim.objects.filter(id=stale.id).update(state=State.ACCEPTED.name)
    with pytest.raises(ClaimEventNotPossible), transaction.atomic():
        move_claim(stale, Event.FINALISE)
    Claim.objects.filter(id=stale.id).update(state=State.REPORTED.name)
    stale.state = State.SEALED.name
    with pytest.raises(ClaimMoved), transaction.atomic():
        move_claim(stale, Event.DECLINE)


def test_a_decision_waits_once(story: Story) -> None:
    decision = story.decision("propose").id
    with pytest.raises(NoSuchDecision):
        story.confirmed_by_lin(decision, 143)
