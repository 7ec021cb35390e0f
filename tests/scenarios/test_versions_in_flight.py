"""Three versions of a plan in one year: which of them decides what, and for whom."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import pool
from members.test_adopting import TU
from pool import at
from sameboat.claims.models import Claim
from sameboat.members import actions as members
from sameboat.members.actions.joining import NotEligible
from sameboat.members.models import Membership, News
from sameboat.members.queries import coming_terms
from sameboat.plans import catalogue
from sameboat.record import actions as record
from sameboat.runtime.checks import sql_checks
from sameboat.settlement.models import Period
from sameboat.settlement.queries import share_of
from society import ANA, LIN, PLAN, Somebody, joined, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
HEAD = """
[[version]]
version = "{version}"
based_on = "{before}"
effective_on = {on}
announced_on = {told}
notice_days = 30
[version.source]
effective_on = "assumed: a test"
announced_on = "assumed: a test"
notice_days = "assumed: a test"
"""
SECOND = """
[version.join]
age_max_years = 50
[version.join.source]
age_max_years = "assumed: a test"
[version.waiting]
days = 30
[version.waiting.source]
days = "assumed: a test"
[version.benefit]
rows = [
    {{ id = "severe-39", ages = [0, 39], severity = "severe", amount = 200 }},
    {{ id = "severe-59", ages = [40, 59], severity = "severe", amount = 100 }},
    {{ id = "mild", ages = [0, 59], severity = "mild", amount = 50 }},
]
[version.benefit.source]
rows = "assumed: a test"
[version.sharing]
fee_rate = "0.06"
[version.sharing.source]
fee_rate = "assumed: a test"
"""
THIRD = """
[version.claims]
report_deadline_days = 60
[version.claims.source]
report_deadline_days = "assumed: a test"
[version.sharing]
cap_per_period = "0.50"
[version.sharing.source]
cap_per_period = "assumed: a test"
"""
YOUNG = Somebody(name="童年轻", born_on=date(1995, 1, 1), sex="f", phone="+8613700000095")
LATE = Somebody(name="迟来到", born_on=date(1996, 1, 1), sex="m", phone="+8613700000096")


def rulebook(*, third: bool) -> bytes:
    """The demonstration plan with its second version, and its third."""
    text = catalogue.read(PLAN)[f"{PLAN}.toml"].decode()
    parts = [
        text,
        HEAD.format(version="2026-05", before="2026-01", on="2026-05-01", told="2026-03-05"),
        SECOND.replace("{{", "{").replace("}}", "}"),
    ]
    if third:
        parts += [
            HEAD.format(version="2026-09", before="2026-05", on="2026-09-01", told="2026-07-01"),
            THIRD,
        ]
    return "\n".join(parts).encode()


def adopted(on: date, *, third: bool) -> None:
    """Tu proposes it, Lin adopts it; every member with a phone is told."""
    content = rulebook(third=third)
    members.propose_rulebook(login_id=signed_in(TU).id, content=content, now=at(on, 9))
    members.adopt_rulebook(login_id=signed_in(LIN).id, plan_id=PLAN, now=at(on, 10))
    members.tell_news(now=at(on, 11))
    record.sequence(now=at(on, 12))


def lived(since: date, until: date) -> None:
    """The days on which a period begins or ends its publicity: all that is due is done on them."""
    day = since
    while day <= until:
        if day.day in (7, 10, 21, 24):
            pool.settled_until(at(day))
            pool.settled_until(at(day, 0, 1))
        day += DAY


def period_of(month: int, day: int) -> Period:
    return Period.objects.get(publicity_on=date(2026, month, day))


def ill(
    membership: Membership, somebody: Somebody, diagnosed_on: date, filed_on: date, row: str
) -> Claim:
    claim = pool.sealed(membership, somebody, diagnosed_on=diagnosed_on, now=at(filed_on, 9))
    pool.assessed(claim.ref, row, now=at(filed_on, 10))
    claim.refresh_from_db()
    return claim


def test_a_year_with_three_versions() -> None:
    ana, *others = pool.filled(6)
    young = joined(YOUNG)
    leaver, stayer = others[0], others[1]
    lived(date(2026, 3, 3), date(2026, 3, 4))

    # 5 March: the second version is announced. What changes is read by who it changes for.
    adopted(date(2026, 3, 5), third=False)
    (coming,) = coming_terms(young, date(2026, 3, 6))
    assert {change.key for change in coming.mine} >= {"benefit.rows", "sharing.fee_rate"}
    assert {change.key for change in coming.later} >= {"waiting.days", "join.age_max_years"}
    (older,) = coming_terms(leaver, date(2026, 3, 6))
    assert "benefit.rows" not in {change.key for change in older.mine}
    assert News.objects.filter(kind="version", subject="2026-05").count() == 1

    # Joining: the version of the day says who may, and how long one waits.
    lived(date(2026, 3, 6), date(2026, 4, 29))
    last = joined(pool.another(31), now=at(date(2026, 4, 30), 9))
    assert last.covered_from == date(2026, 4, 30) + 91 * DAY
    with pytest.raises(NotEligible):
        joined(pool.another(30), now=at(date(2026, 5, 1), 9))
    late = joined(LATE, now=at(date(2026, 5, 1), 9))
    assert late.covered_from == date(2026, 5, 1) + 31 * DAY
    ana.refresh_from_db()
    assert ana.covered_from == date(2026, 3, 2) + 91 * DAY, "what was agreed to stays"

    # A claim: the version of the day of diagnosis; its fee: that of the publicity day.
    before = ill(ana, ANA, date(2026, 4, 30), date(2026, 5, 3), "severe-39")
    assert (before.governing_version, before.aid) == ("2026-01", 30_000)
    # Who leaves before the first lock under the new terms owes nothing by them.
    for membership, number, on in ((leaver, 0, date(2026, 5, 6)), (stayer, 1, date(2026, 5, 7))):
        members.leave(
            login_id=signed_in(pool.another(number)).id,
            membership_ref=membership.ref,
            now=at(on, 9),
        )
        if on.day == 6:
            lived(date(2026, 5, 7), date(2026, 5, 7))
    lived(date(2026, 5, 8), date(2026, 5, 10))
    may = period_of(5, 7)
    assert (may.version, may.aid, may.fee) == ("2026-05", 30_000, 1_800)
    leaver.refresh_from_db()
    stayer.refresh_from_db()
    assert share_of(leaver, may) is None
    owed = share_of(stayer, may)
    assert owed is not None and owed.amount > 0
    after = ill(young, YOUNG, date(2026, 5, 2), date(2026, 5, 12), "severe-39")
    assert (after.governing_version, after.aid) == ("2026-05", 20_000)
    lived(date(2026, 5, 13), date(2026, 6, 30))
    assert period_of(5, 21).aid == 20_000

    # 1 July: the third version. Between, the second goes on deciding.
    adopted(date(2026, 7, 1), third=True)
    lived(date(2026, 7, 2), date(2026, 8, 31))
    assert period_of(8, 21).version == "2026-05"
    lived(date(2026, 9, 1), date(2026, 10, 25))
    assert period_of(9, 7).version == "2026-09"
    # Of two who report after 61 days, only the one diagnosed under the third version is late.
    outcomes = {}
    for membership, number, found_on in (
        (others[2], 2, date(2026, 8, 31)),
        (others[3], 3, date(2026, 9, 1)),
    ):
        claim = pool.sealed(
            membership,
            pool.another(number),
            diagnosed_on=found_on,
            now=at(found_on + 61 * DAY, 9),
        )
        (check,) = claim.checks.filter(code="report_deadline")
        outcomes[claim.governing_version] = check.outcome
    assert outcomes == {"2026-05": "pass", "2026-09": "fail"}
    # Its cap holds for every period from then on, whatever version governs the claim.
    slow = Claim.objects.get(governing_version="2026-05", membership=others[2])
    pool.assessed(slow.ref, "severe-59", now=at(date(2026, 11, 3), 9))
    lived(date(2026, 11, 4), date(2026, 11, 10))
    november = period_of(11, 7)
    assert november.aid == 10_000
    assert max(row.amount for row in november.classes.all()) == 50
    lived(date(2026, 11, 11), date(2027, 3, 1))
    assert Period.objects.filter(settle_entry_hash=None).count() == 0
    assert [check.name for check in sql_checks() if check.findings] == []
