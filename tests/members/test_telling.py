"""News of a plan: everybody is told once of new terms and of the end, and reads what changes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import pool
import society
from pool import at
from sameboat.gateways.models import SandboxMessage
from sameboat.identity.actions.tokens import issue_token
from sameboat.identity.models import Login
from sameboat.members import actions as members
from sameboat.members.models import News
from sameboat.plans import actions as plans
from sameboat.plans.actions import NoticeTooShort
from sameboat.plans.queries import plan as plan_of
from sameboat.plans.queries import terms_on
from sameboat.proof.entry import chain_id
from sameboat.record.queries import chain_entries
from sameboat.runtime import clock
from sameboat.settlement.models import Period
from society import ANA, PLAN, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

ON = date(2026, 3, 5)
NEW_FROM = date(2026, 4, 10)
NEW_VERSION = f"""
[[version]]
version = "2026-04"
based_on = "2026-01"
effective_on = {NEW_FROM}
notice_days = 30
[version.source]
effective_on = "assumed: made for this test"
notice_days = "assumed: made for this test"
[version.sharing]
fee_rate = "0.06"
[version.sharing.source]
fee_rate = "assumed: made for this test"
[version.waiting]
days = 180
[version.waiting.source]
days = "assumed: made for this test"
"""


def later_rulebook(folder: Path) -> Path:
    """The demonstration plan with one more version: a lower fee, a longer waiting period."""
    path = pool.rulebook_with({}, folder)
    path.write_text(path.read_text() + NEW_VERSION)
    return path


def messages(template: str) -> int:
    return SandboxMessage.objects.filter(template=template).count()


def test_new_terms_are_told_once_to_everybody_with_a_phone(tmp_path: Path) -> None:
    pool.filled(3)
    assert members.tell_news(now=at(ON)) == 0
    plans.adopt(plan_id_or_path=later_rulebook(tmp_path), now=at(ON))
    assert members.tell_news(now=at(ON, 1)) == 4
    assert members.tell_news(now=at(ON, 2)) == 0
    assert messages("new_terms") == 4
    news = News.objects.get()
    assert (news.subject, news.on, news.told) == ("2026-04", NEW_FROM, 4)
    versions = chain_entries(chain_id("plan", PLAN))
    assert [entry.type for entry in versions] == ["plan.version", "plan.version"]


def test_a_version_without_its_notice_is_refused(tmp_path: Path) -> None:
    pool.filled(1)
    with pytest.raises(NoticeTooShort):
        plans.adopt(plan_id_or_path=later_rulebook(tmp_path), now=at(NEW_FROM - timedelta(days=29)))
    assert plan_of(PLAN).versions[-1].version != "2026-04"


def test_the_end_of_a_plan_is_told_too() -> None:
    pool.filled(2)
    lin, hao = signed_in(society.LIN).id, signed_in(society.HAO).id
    members.propose_wind_down(
        login_id=lin, plan_id=PLAN, sharing_ends_on=ON, ends_on=date(2026, 4, 20), now=at(ON)
    )
    assert members.tell_news(now=at(ON)) == 0
    members.announce_wind_down(login_id=hao, plan_id=PLAN, now=at(ON))
    assert members.tell_news(now=at(ON)) == 3
    assert messages("plan_ends") == 3


def test_a_member_reads_what_changes_and_leaves_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, *_ = pool.filled(2)
    plans.adopt(plan_id_or_path=later_rulebook(tmp_path), now=at(ON))
    monkeypatch.setattr(clock, "now", lambda: at(date(2026, 4, 6), 9))
    browser = Client()
    browser.force_login(Login.objects.get(id=signed_in(ANA).id))
    where = reverse("web:new_terms", args=[ana.ref])
    assert where in browser.get(reverse("web:cover")).content.decode()
    page = browser.get(where)
    text = page.content.decode()
    assert "现为 8%，将变为 6%" in text
    assert "在2026年4月7日之前退出，该日一期及以后各期都无需分摊" in text
    (coming,) = page.context["comings"]
    assert {change.key for change in coming.mine} == {"sharing.fee_rate"}
    assert {change.key for change in coming.later} == {"waiting.days"}

    token = issue_token(login_id=signed_in(ANA).id, now=clock.now()).token
    by_program = Client().get(
        f"/api/v1/memberships/{ana.ref}/new-terms", headers={"Authorization": f"Bearer {token}"}
    )
    (told,) = by_program.json()
    assert told["version"] == "2026-04"
    assert [change["after"]["en"] for change in told["for_the_member"]] == ["6%"]

    browser.post(reverse("web:leave", args=[ana.ref]))
    ana.refresh_from_db()
    assert ana.ends_on == date(2026, 4, 7)
    assert ana.covered_from == ana.joined_on + timedelta(days=91)


def test_each_period_is_settled_by_the_version_of_its_publicity_day(tmp_path: Path) -> None:
    ana, bo, *_ = pool.filled(6)
    plans.adopt(plan_id_or_path=later_rulebook(tmp_path), now=at(ON))
    pool.proposed(ana)
    pool.announced()
    pool.proposed(bo, pool.another(0), row="severe-59", now=at(date(2026, 4, 8), 9))
    for day in (date(2026, 3, 21), date(2026, 4, 7), date(2026, 4, 21)):
        for now in _days_of(day):
            pool.settled_until(now)
    first = Period.objects.get(publicity_on=date(2026, 3, 7))
    last = Period.objects.get(publicity_on=date(2026, 4, 21))
    assert first.aid and last.aid
    assert first.fee == first.aid * 8 // 100
    assert (last.version, last.fee) == ("2026-04", last.aid * 6 // 100)
    # The illness began under the older version, and that one governs the claim.
    assert terms_on(PLAN, date(2026, 3, 3)).version == bo.claims.get().governing_version


def _days_of(publicity_on: date) -> list[datetime]:
    over = publicity_on + timedelta(days=3)
    return [at(publicity_on), at(over), at(over, 0, 1)]
