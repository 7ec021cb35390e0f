"""Two people at once: one wins, the other is told so, and nothing happens twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from claims import documents_factory as documents
from claims.story import PUBLICITY_ON, Story, at, begun, day, login
from sameboat.claims import actions
from sameboat.claims.models import Claim, Decision, Evidence, Objection
from sameboat.record.queries import chain_entries
from sameboat.rules.claim import State
from sameboat.runtime.refusals import Refusal
from society import ANA, FEI, HAO, LIN, PLAN

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, verb: Callable[[int], object]) -> list[str]:
    """Do `verb` so many times at the same moment; the codes of the answers, sorted."""
    ready = threading.Barrier(count)

    def one(number: int) -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            ready.wait(timeout=30)
            verb(number)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(max_workers=count) as pool:
        return sorted(pool.map(one, range(count)))


def count(story: Story, entry_type: str) -> int:
    lines = chain_entries(bytes.fromhex(story.ref))
    return sum(line.type == entry_type for line in lines)


def test_one_claim_is_begun_by_a_household_in_a_hurry() -> None:
    story = begun()
    answers = at_once(8, lambda _: Story(story.membership).drafts())
    assert answers == ["done"] + ["open_claim_exists"] * 7
    assert Claim.objects.count() == 1


def test_one_of_two_confirmers_confirms() -> None:
    story = begun().drafts().opens().sends_all().consents().seals().is_investigated()
    decision, lin = story.proposed_by_hao(), login(LIN)
    answers = at_once(
        6,
        lambda _: actions.confirm_decision(login_id=lin, decision_id=decision, now=day(131)),
    )
    assert answers == ["done"] + ["no_such_decision"] * 5
    assert count(story, "decision.propose") == 1


def test_one_of_two_decisions_stands() -> None:
    story = begun().drafts().opens().sends_all().consents().seals().is_investigated()
    login(HAO)
    verbs = (story.proposed_by_hao, story.declined_by_hao)
    answers = at_once(6, lambda number: verbs[number % 2]())
    assert answers == ["decision_waiting"] * 5 + ["done"]
    assert Decision.objects.filter(second_at=None).count() == 1


def test_of_a_seal_and_a_document_taken_out_the_first_is_done() -> None:
    story = begun().drafts().opens().sends_all().consents()
    ref, ana = story.claim.evidence.get(kind="diagnosis").ref, login(ANA)
    verbs = (
        lambda: actions.take_out_evidence(login_id=ana, evidence_ref=ref, now=day(121)),
        lambda: actions.seal_claim(login_id=ana, claim_ref=story.ref, now=day(121)),
    )
    answers = at_once(2, lambda number: verbs[number]())
    is_sealed = story.state() is State.SEALED
    assert story.claim.evidence.count() == (2 if is_sealed else 1)
    assert answers in (["claim_moved", "done"], ["done", "evidence_missing"])


def test_twenty_objections_of_one_member_are_one() -> None:
    story, fei = begun().is_published(), login(FEI)
    answers = at_once(
        20,
        lambda _: actions.object_to_claim(
            login_id=fei,
            claim_ref=story.ref,
            reason_code="began_earlier",
            text="听说他早就有病",
            now=at(PUBLICITY_ON, days=1),
        ),
    )
    assert answers == ["done"] + ["objected_already"] * 19
    assert Objection.objects.count() == count(story, "objection.add") == 1


def test_two_finalisers_accept_once() -> None:
    story = begun().is_published()
    close = at(PUBLICITY_ON, days=3)
    accepted: list[int] = []

    def finalise(_: int) -> None:
        accepted.append(actions.finalise(plan_id=PLAN, publicity_on=PUBLICITY_ON, now=close))

    answers = at_once(4, finalise)
    assert set(answers) <= {"done", "claim_event_not_possible"}
    assert sum(accepted) == 1
    assert count(story, "decision.final") == 1


def test_withdrawing_and_confirming_do_not_both_happen() -> None:
    story = begun().drafts().opens().sends_all().consents().seals().is_investigated()
    decision, ana, lin = story.proposed_by_hao(), login(ANA), login(LIN)
    verbs = (
        lambda: actions.withdraw_claim(login_id=ana, claim_ref=story.ref, now=day(131)),
        lambda: actions.confirm_decision(login_id=lin, decision_id=decision, now=day(131)),
    )
    answers = at_once(2, lambda number: verbs[number]())
    assert "done" in answers
    types = [line.type for line in chain_entries(bytes.fromhex(story.ref))]
    # Withdrawing a proposed claim is possible, proposing a withdrawn one is not.
    if types[-1] == "decision.propose":
        assert story.state() is State.PROPOSED
    else:
        assert types[-1] == "claim.withdraw"
        assert story.state() is State.WITHDRAWN


def test_the_same_photo_sent_five_times_is_kept_once() -> None:
    story = begun().drafts().opens()
    photo, ana = documents.photo("one and the same"), login(ANA)
    answers = at_once(
        5,
        lambda _: actions.add_evidence(
            login_id=ana,
            claim_ref=story.ref,
            kind="diagnosis",
            content=photo,
            filename="a.jpg",
            device_hash=None,
            now=day(120),
        ),
    )
    assert answers == ["done"] + ["evidence_there"] * 4
    assert Evidence.objects.count() == count(story, "evidence.add") == 1
