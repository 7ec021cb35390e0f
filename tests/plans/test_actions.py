"""Adopting a rulebook: on the record, once, and never behind the members' backs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

import society
from sameboat.plans import actions, catalogue, queries
from sameboat.plans.actions import NoticeTooShort, VersionChanged
from sameboat.plans.models import Rulebook
from sameboat.proof.entry import chain_id
from sameboat.record import actions as record_actions
from sameboat.record import queries as record
from society import PLAN, START

pytestmark = pytest.mark.django_db
NEXT_VERSION = """
[[version]]
version = "later"
based_on = "2026-01"
effective_on = {effective_on}
notice_days = 30
[version.source]
effective_on = "assumed: a test"
notice_days = "assumed: a test"
"""


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Callable[[str], str]], Path]:
    """The demonstration's rulebook as a file, its text changed."""

    def write(change: Callable[[str], str]) -> Path:
        for name, content in catalogue.read(PLAN).items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            text = content.decode()
            path.write_text(change(text) if name.endswith(".toml") else text)
        return tmp_path / f"{PLAN}.toml"

    return write


def test_adopting_is_an_entry_with_the_hash_of_the_files() -> None:
    plan = society.running()
    (line,) = record.chain_entries(chain_id("plan", PLAN))
    assert line.type == "plan.version"
    assert line.body["rulebook"] == plan.content_hash == catalogue.load(PLAN).content_hash
    assert line.hash == bytes(Rulebook.objects.get().entry_hash)
    record_actions.sequence(now=START)
    assert record.state_of(line.hash) == "RECORDED"


def test_the_stored_text_gives_the_same_plan() -> None:
    assert society.running() == catalogue.load(PLAN)
    society.running("xiang-hu-bao")
    assert [plan.id for plan in queries.plans()] == [PLAN, "xiang-hu-bao"]
    assert queries.plan("xiang-hu-bao") == catalogue.load("xiang-hu-bao")


def test_adopting_the_same_content_again_changes_nothing() -> None:
    society.running()
    society.running()
    assert Rulebook.objects.count() == 1
    assert len(record.chain_entries(chain_id("plan", PLAN))) == 1


def test_what_is_not_here_is_refused() -> None:
    with pytest.raises(queries.NoSuchPlan):
        queries.plan(PLAN)
    society.running()
    with pytest.raises(queries.NoVersion):
        queries.terms_on(PLAN, date(2025, 12, 31))


def test_a_new_version_is_announced_long_enough_before(
    changed: Callable[[Callable[[str], str]], Path],
) -> None:
    society.running()
    soon = changed(lambda text: text + NEXT_VERSION.format(effective_on="2026-03-31"))
    with pytest.raises(NoticeTooShort) as refused:
        actions.adopt(plan_id_or_path=soon, now=START)
    assert "2026-04-01" in refused.value.explain("en")
    in_time = changed(lambda text: text + NEXT_VERSION.format(effective_on="2026-04-01"))
    actions.adopt(plan_id_or_path=in_time, now=START)
    assert queries.terms_on(PLAN, date(2026, 3, 31)).version == "2026-01"
    assert queries.terms_on(PLAN, date(2026, 4, 1)).version == "later"


def test_what_was_promised_stays(changed: Callable[[Callable[[str], str]], Path]) -> None:
    society.running()
    dearer = changed(lambda text: text.replace('fee_rate = "0.08"', 'fee_rate = "0.10"'))
    with pytest.raises(VersionChanged):
        actions.adopt(plan_id_or_path=dearer, now=START + timedelta(days=400))
    assert Rulebook.objects.count() == 1
