"""Every verb that moves money or a state, done by two at the same moment: it has one effect.

The verbs are those that the packages of actions offer; one that no story does is named.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

import pytest

import sameboat
from at_once.stories import STORIES
from at_once.twice import Doubler, doubler, offered
from sameboat.cli.check import run_checks

__all__ = ["doubler"]
PACKAGES = tuple(
    import_module(f"sameboat.{found.name}.actions")
    for found in iter_modules(sameboat.__path__)
    if found.ispkg and found.name != "webhooks" and find_spec(f"sameboat.{found.name}.actions")
)
"""All that have verbs, but webhooks: they move nothing of members, and a test of theirs has two
workers send at once."""
INSIDE = """
    settlement.lock settlement.snapshot settlement.close settlement.share settlement.certify
    settlement.announce settlement.assure_money
    payments.waive payments.notify payments.collect payments.warn payments.retry
    payments.close_cycle payments.pay_out payments.finish payments.bear_defaults
    payments.refund_shares payments.send_refunds payments.tell_of_recoveries payments.reconcile
    members.close_day members.end_aged_out members.end_membership members.end_small_pool
    claims.mark_settled claims.mark_paid identity.close_logins identity.reopen_login
identity.send_code
    payments.give_back books.book plans.adopt_files plans.check_follows plans.new_versions
rights.erase rights.tell
record.lock_sequencer record.refuse_fork record.sign_promise record.add_entry
"""
"""What runs only inside another verb, in its transaction or under its lock."""
ALONE = {
    "identity.audit": "adds a row, whoever else adds one",
    "identity.note_use": "writes when a token was used; the later one is right",
    "identity.set_language": "the later choice is right",
    "identity.set_phone": "called by the sign-in, which holds the code",
    "identity.ask_score": "asks a gateway and sums up nothing: the later answer is right",
    "identity.tell_asked": "hands messages over, each under a key of its own",
    "members.tell_living": "hands messages over, each under a key of its own",
    "claims.tell_payee_change": "hands messages over, each under a key of its own",
    "claims.prune_uploads": "deletes what is old; what is gone cannot go again",
    "members.agree_as_if_by_phone": "of a demonstration only",
    "members.adopt_before_staff": "by an operator at a shell, before anybody works here; what it"
    " adopts twice stands once (`plans.adopt_files`)",
    "record.admit_loss": "by an operator, once in the life of an installation",
}
"""What need not be done by two at once, and why."""


@pytest.mark.parametrize("name", STORIES)
def test_done_by_two_at_once_it_has_one_effect(
    name: str, doubler: Doubler, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in PACKAGES:
        doubler.put_before(package, monkeypatch)
    STORIES[name].tell()
    assert [found for found in run_checks() if found.findings] == []
    assert not STORIES[name].labels - set(doubler.done), "the story does not do what it says"


def test_no_verb_is_left_out() -> None:
    done = {label for story in STORIES.values() for label in story.labels}
    left = offered(*PACKAGES) - done - set(INSIDE.split()) - ALONE.keys()
    assert left == set(), "tell a story in which two do it at once"
    known = {*INSIDE.split(), *ALONE}
    assert known <= offered(*PACKAGES) - done, "it is done, or not there any more"
