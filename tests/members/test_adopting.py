"""New terms by four eyes: proposed, read as what they change, adopted by another person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pool import at, rulebook_with
from sameboat.identity.queries import NotAllowed
from sameboat.identity.roles import Role
from sameboat.members import actions
from sameboat.members.actions.adopting import (
    NoProposedRulebook,
    RulebookAdopted,
    RulebookFaulty,
    RulebookFourEyes,
    RulebookNeedsTwo,
    RulebookProposed,
)
from sameboat.members.actions.joining import PlanEnds
from sameboat.members.models import ProposedRulebook
from sameboat.members.proposed import proposed_rulebook
from sameboat.plans import catalogue
from sameboat.plans import queries as plans
from sameboat.plans.actions import NoticeTooShort, VersionChanged
from sameboat.plans.models import Rulebook
from sameboat.proof.entry import chain_id
from sameboat.record import actions as record
from sameboat.record.queries import chain_entries
from society import HAO, LIN, PLAN, Somebody, running, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

TU = Somebody(
    name="涂计划",
    born_on=date(1984, 4, 4),
    sex="f",
    staff_name="tu",
    roles=(Role.PLAN_DESIGNER,),
)
NOW = at(date(2026, 3, 5), 9)
MORE_FEE = """
[[version]]
version = "{version}"
based_on = "2026-01"
effective_on = {on}
announced_on = {told}
notice_days = 30
[version.source]
effective_on = "assumed: a test"
notice_days = "assumed: a test"
announced_on = "assumed: a test"
[version.sharing]
fee_rate = "{fee}"
[version.sharing.source]
fee_rate = "assumed: a test"
"""


def with_version(
    version: str = "2026-05", *, on: str = "2026-05-01", told: str = "2026-03-05", fee: str = "0.06"
) -> bytes:
    """The demonstration plan with one version more, in which the fee is another."""
    text = catalogue.read(PLAN)[f"{PLAN}.toml"].decode()
    more = MORE_FEE.format(version=version, on=on, told=told, fee=fee)
    return f"{text}\n{more}".encode()


def proposed(content: bytes | None = None) -> ProposedRulebook:
    return actions.propose_rulebook(
        login_id=signed_in(TU).id, content=content or with_version(), now=NOW
    )


def adopted(by: Somebody = LIN) -> Rulebook:
    return actions.adopt_rulebook(login_id=signed_in(by).id, plan_id=PLAN, now=NOW)


def test_one_proposes_another_reads_what_it_changes_and_adopts_it() -> None:
    running()
    proposed()
    assert [terms.version for terms in plans.plan(PLAN).versions] == ["2026-01"]
    shown = proposed_rulebook(PLAN)
    (new,) = shown.versions
    assert [change.key for change in new.changes] == ["sharing.fee_rate"]
    assert (new.changes[0].before.en, new.changes[0].after.en) == ("8%", "6%")
    adopted()
    assert [terms.version for terms in plans.plan(PLAN).versions] == ["2026-01", "2026-05"]
    entries = chain_entries(chain_id("plan", PLAN))
    assert [entry.type for entry in entries] == ["plan.version", "plan.version"]
    assert not ProposedRulebook.objects.exists()
    with pytest.raises(NoProposedRulebook):
        adopted()


def test_alone_at_the_command_line_only_before_there_is_staff(tmp_path: Path) -> None:
    record.start_record(now=NOW)
    alone: Any = {"plan_id_or_path": PLAN, "now": NOW}
    first = actions.adopt_before_staff(**alone)
    book = rulebook_with({}, tmp_path)
    book.write_bytes(with_version())
    signed_in(TU)
    assert actions.adopt_before_staff(**alone) == first, "what is in force already is no decision"
    for new in (book, "xiaomi-huzhu"):
        with pytest.raises(RulebookNeedsTwo):
            actions.adopt_before_staff(plan_id_or_path=new, now=NOW)
    assert Rulebook.objects.count() == 1


def test_nobody_changes_the_terms_of_a_plan_that_ends(tmp_path: Path) -> None:
    """Its pool has become too small: that needs no staff."""
    record.start_record(now=NOW)
    small = {b'members_min = "none"': b"members_min = 100"}
    book = rulebook_with(small, tmp_path)
    actions.adopt_before_staff(plan_id_or_path=book, now=NOW)
    actions.close_days_due(now=NOW + timedelta(days=1))
    book.write_bytes(
        book.read_bytes()
        + MORE_FEE.format(
            version="2026-05", on="2026-05-01", told="2026-03-05", fee="0.06"
        ).encode()
    )
    with pytest.raises(PlanEnds):
        actions.adopt_before_staff(plan_id_or_path=book, now=NOW + timedelta(days=1))


def test_every_fault_is_told_at_once_and_nothing_is_kept() -> None:
    running()
    faulty = with_version(fee="9.5").replace(b"debit_notice_days = 2", b"debit_notice_days = 40")
    with pytest.raises(RulebookFaulty) as caught:
        proposed(faulty)
    told = caught.value.lines("en")
    assert len(told) >= 2
    assert any("fee_rate" in line for line in told)
    assert caught.value.lines("zh") != told
    assert not ProposedRulebook.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"id = 5", b"a = [" * 50_000, b"id = 'x'\n" * 2, b"\0"]
)
def test_hostile_files_are_refused(content: bytes) -> None:
    running()
    with pytest.raises(RulebookFaulty):
        proposed(content or b" ")


def test_a_promise_is_kept_and_a_version_announced_in_time() -> None:
    running()
    text = with_version().replace(b"failed_cycles_max = 2", b"failed_cycles_max = 1")
    with pytest.raises(VersionChanged):
        proposed(text)
    with pytest.raises(NoticeTooShort):
        proposed(with_version(on="2026-04-03", told="2026-03-04"))
    with pytest.raises(RulebookAdopted):
        proposed(catalogue.read(PLAN)[f"{PLAN}.toml"])


def test_what_waited_too_long_for_the_second_person_is_refused_then() -> None:
    running()
    proposed()
    with pytest.raises(NoticeTooShort):
        actions.adopt_rulebook(
            login_id=signed_in(LIN).id, plan_id=PLAN, now=at(date(2026, 4, 15), 9)
        )
    assert ProposedRulebook.objects.exists()


def test_two_persons_of_the_right_roles_are_needed_and_either_may_drop_it() -> None:
    running()
    with pytest.raises(NotAllowed):
        actions.propose_rulebook(login_id=signed_in(HAO).id, content=with_version(), now=NOW)
    proposed()
    with pytest.raises(RulebookProposed):
        proposed(with_version(fee="0.05"))
    both = replace(TU, staff_name="tu.super", roles=(Role.SUPERVISOR,))
    with pytest.raises(RulebookFourEyes):
        adopted(both)
    with pytest.raises(NotAllowed):
        adopted(HAO)
    actions.drop_rulebook(login_id=signed_in(LIN).id, plan_id=PLAN, now=NOW)
    with pytest.raises(NoProposedRulebook):
        actions.drop_rulebook(login_id=signed_in(TU).id, plan_id=PLAN, now=NOW)
