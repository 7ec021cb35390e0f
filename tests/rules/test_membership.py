"""When a membership waits, covers, shares and ends; what a claim pays."""

from datetime import date, timedelta
from typing import Any

import pytest

from rules.terms_factory import TERMS, terms
from sameboat.rules.calendar import covered_from, shares_at
from sameboat.rules.membership import (
    SHARING_STATUSES,
    End,
    EndReason,
    ShareStatus,
    ageing_out,
    ended_by_the_plan,
    first_day_without_cover,
    is_covered,
    is_waiting,
    joins_on,
    leaving,
    leaving_cancels,
    recorded_end,
    share_status,
)
from sameboat.rules.terms import PlanTerms, Waiver

JOINED = date(2019, 1, 1)
LOCK = date(2019, 1, 21)
BORN = date(1988, 3, 4)


class TestCover:
    @pytest.mark.parametrize(
        ("on", "waits", "illness", "accident"),
        [
            (date(2018, 12, 31), False, False, False),
            (date(2019, 1, 1), True, False, True),
            (date(2019, 4, 1), True, False, True),  # Day 90.
            (date(2019, 4, 2), False, True, True),  # Day 91.
        ],
    )
    def test_waiting_and_cover(self, on: date, waits: bool, illness: bool, accident: bool) -> None:
        assert is_waiting(on, joined_on=JOINED, born=BORN, waiting=TERMS.waiting) is waits
        for by_accident, covered in ((False, illness), (True, accident)):
            assert covered is is_covered(
                on,
                joined_on=JOINED,
                born=BORN,
                cover_ends_on=None,
                waiting=TERMS.waiting,
                accident=by_accident,
            )

    def test_an_accident_waits_too_where_the_terms_say_so(self) -> None:
        strict = terms(waiting={"accident_covered": False}).waiting
        assert not is_covered(
            JOINED,
            joined_on=JOINED,
            born=BORN,
            cover_ends_on=None,
            waiting=strict,
            accident=True,
        )

    @pytest.mark.parametrize(("on", "covered"), [(9, True), (10, False)])
    def test_cover_ends_before_its_end_day(self, on: int, covered: bool) -> None:
        end = date(2019, 6, 10)
        assert covered is is_covered(
            date(2019, 6, on),
            joined_on=JOINED,
            born=BORN,
            cover_ends_on=end,
            waiting=TERMS.waiting,
            accident=False,
        )


class TestEnds:
    def test_leaving_on_the_day_of_a_lock_still_owes(self) -> None:
        assert leaving(LOCK).ends_on == date(2019, 1, 22)
        assert shares_at(LOCK, joined_on=JOINED, ends_on=leaving(LOCK).ends_on)
        before = leaving(LOCK - timedelta(days=1))
        assert not shares_at(LOCK, joined_on=JOINED, ends_on=before.ends_on)

    def test_sixty_is_too_old_from_the_birthday(self) -> None:
        end = ageing_out(date(1960, 2, 29), TERMS.joining)
        assert end.ends_on == end.cover_ends_on == date(2020, 2, 29)
        assert ageing_out(date(1961, 6, 5), TERMS.joining).ends_on == date(2021, 6, 5)

    def test_a_death_ends_sharing_when_recorded_and_cover_when_it_happened(self) -> None:
        assert recorded_end(
            happened_on=date(2019, 5, 3), recorded_on=date(2019, 5, 20), reason=EndReason.DIED
        ) == End(reason=EndReason.DIED, ends_on=date(2019, 5, 21), cover_ends_on=date(2019, 5, 4))

    def test_aid_ends_the_membership_after_its_day(self) -> None:
        assert ended_by_the_plan(LOCK, EndReason.AIDED).ends_on == date(2019, 1, 22)
        with pytest.raises(AssertionError):
            ended_by_the_plan(LOCK, EndReason.DIED)

    @pytest.mark.parametrize(
        ("reason", "recorded_on", "uncovered_from"),
        [
            # A default that nobody could see on the record took no cover away.
            (EndReason.DEFAULT, None, None),
            (EndReason.DEFAULT, date(2019, 1, 22), date(2019, 1, 22)),
            (EndReason.DEFAULT, date(2019, 1, 25), date(2019, 1, 25)),
            # An exclusion reaches back to its cause, but not before it is recorded.
            (EndReason.EXCLUDED, None, None),
            (EndReason.EXCLUDED, date(2019, 1, 25), date(2019, 1, 11)),
            # What the operator does not decide waits for nothing.
            (EndReason.DIED, None, date(2019, 1, 11)),
            (EndReason.LEFT, None, date(2019, 1, 22)),
        ],
    )
    def test_what_the_operator_decides_ends_cover_only_on_the_record(
        self, reason: EndReason, recorded_on: date | None, uncovered_from: date | None
    ) -> None:
        if reason in {EndReason.DIED, EndReason.EXCLUDED}:
            end = recorded_end(happened_on=date(2019, 1, 10), recorded_on=LOCK, reason=reason)
        else:
            after = date(2019, 1, 22)
            end = End(reason=reason, ends_on=after, cover_ends_on=after)
        assert first_day_without_cover(end, recorded_on=recorded_on) == uncovered_from

    def test_rejoining_on_the_last_day_begins_on_the_next(self) -> None:
        left = leaving(LOCK)
        assert joins_on(LOCK, last_ends_on=left.ends_on) == left.ends_on
        assert joins_on(date(2019, 3, 1), last_ends_on=left.ends_on) == date(2019, 3, 1)
        assert joins_on(LOCK, last_ends_on=None) == LOCK
        assert leaving_cancels(LOCK, joined_on=left.ends_on)
        assert not leaving_cancels(left.ends_on, joined_on=left.ends_on)


def status(plan_terms: PlanTerms, **changes: Any) -> ShareStatus:
    facts: dict[str, Any] = {
        "lock": LOCK,
        "joined_on": JOINED,
        "counted_on": LOCK,
        "aided": False,
        "capped": False,
    }
    known = facts | changes
    first = covered_from(known["joined_on"], plan_terms.waiting, born=BORN)
    return share_status(plan_terms, covered_from=first, **known)


class TestShareStatus:
    WAITING_FREE = terms(waiting={"members_share": False})
    COUNTED_BEFORE = terms(sharing={"head_count": "end_of_last_period"})
    WAIVER = terms(sharing={"waivers": (Waiver(publicity_on=LOCK, joined_by=date(2018, 12, 31)),)})

    @pytest.mark.parametrize(
        ("plan_terms", "changes", "expected"),
        [
            (TERMS, {}, ShareStatus.SHARES),
            (TERMS, {"capped": True}, ShareStatus.CAPPED),
            (TERMS, {"aided": True}, ShareStatus.EXEMPT_AIDED),
            (terms(sharing={"aided_members_share": True}), {"aided": True}, ShareStatus.SHARES),
            (WAITING_FREE, {}, ShareStatus.EXEMPT_WAITING),
            (WAITING_FREE, {"joined_on": date(2018, 10, 22)}, ShareStatus.SHARES),
            (WAITING_FREE, {"joined_on": date(2018, 10, 23)}, ShareStatus.EXEMPT_WAITING),
            (COUNTED_BEFORE, {"counted_on": JOINED}, ShareStatus.EXEMPT_NEW),
            (COUNTED_BEFORE, {"counted_on": date(2019, 1, 2)}, ShareStatus.SHARES),
            (WAIVER, {"joined_on": date(2018, 12, 31)}, ShareStatus.WAIVED),
            (WAIVER, {"joined_on": date(2019, 1, 1)}, ShareStatus.SHARES),
            (
                WAIVER,
                {"joined_on": date(2018, 12, 31), "lock": date(2019, 2, 7)},
                ShareStatus.SHARES,
            ),
            # Of several the first of the list.
            (WAITING_FREE, {"aided": True, "capped": True}, ShareStatus.EXEMPT_WAITING),
            (WAIVER, {"joined_on": date(2018, 1, 1), "aided": True}, ShareStatus.EXEMPT_AIDED),
            (WAIVER, {"joined_on": date(2018, 1, 1), "capped": True}, ShareStatus.WAIVED),
        ],
    )
    def test_the_first_that_applies(
        self, plan_terms: PlanTerms, changes: dict[str, Any], expected: ShareStatus
    ) -> None:
        assert status(plan_terms, **changes) is expected

    def test_who_is_counted_in_the_divisor(self) -> None:
        exempt = {one for one in ShareStatus if one.value.startswith("exempt.")}
        assert set(ShareStatus) - exempt == SHARING_STATUSES
