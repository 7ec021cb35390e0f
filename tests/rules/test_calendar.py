"""Days: the same under every time zone of the machine, and the timetable of real plans."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.terms_factory import TERMS, plan, terms
from sameboat.rules.calendar import (
    age_in_days,
    age_on,
    birthday,
    covered_from,
    dates_of,
    day_of,
    debit_day,
    keeping_notice,
    latest_birth,
    next_publicity_day,
    period_dates,
    previous_publicity_day,
    publicity_days,
    shares_at,
    start_of,
    working_day_after,
)
from sameboat.rules.terms import Rhythm

SHANGHAI = "Asia/Shanghai"


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Asia/Shanghai"], autouse=True)
def _machine_zone(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


class TestDays:
    def test_a_day_begins_at_midnight_in_the_plans_zone(self) -> None:
        assert start_of(date(2019, 1, 21), SHANGHAI) == datetime(2019, 1, 20, 16, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("instant", "day"),
        [
            (datetime(2019, 1, 20, 15, 59, 59, 999999, tzinfo=UTC), date(2019, 1, 20)),
            (datetime(2019, 1, 20, 16, tzinfo=UTC), date(2019, 1, 21)),
            (datetime.fromisoformat("2019-01-20T08:00:00-08:00"), date(2019, 1, 21)),
        ],
    )
    def test_an_instant_has_one_day(self, instant: datetime, day: date) -> None:
        assert day_of(instant, SHANGHAI) == day

    def test_an_instant_without_a_zone_is_a_mistake(self) -> None:
        with pytest.raises(AssertionError):
            day_of(datetime(2019, 1, 21), SHANGHAI)

    @pytest.mark.parametrize("zone", [SHANGHAI, "America/Sao_Paulo", "America/Los_Angeles"])
    @pytest.mark.parametrize("day", [date(2018, 11, 4), date(2018, 3, 11), date(2018, 2, 18)])
    def test_the_start_of_a_day_is_its_first_instant(self, zone: str, day: date) -> None:
        start = start_of(day, zone)
        assert day_of(start, zone) == day
        assert day_of(start - timedelta(microseconds=1), zone) == day - timedelta(days=1)


class TestAges:
    @pytest.mark.parametrize(
        ("born", "on", "age"),
        [
            (date(2000, 2, 29), date(2019, 2, 28), 18),
            (date(2000, 2, 29), date(2019, 3, 1), 19),
            (date(2000, 2, 29), date(2020, 2, 28), 19),
            (date(2000, 2, 29), date(2020, 2, 29), 20),
            (date(1959, 6, 1), date(2019, 5, 31), 59),
            (date(1959, 6, 1), date(2019, 6, 1), 60),
            (date(2019, 6, 1), date(2019, 6, 1), 0),
        ],
    )
    def test_completed_years(self, born: date, on: date, age: int) -> None:
        assert age_on(born, on) == age

    def test_days_since_birth_count_from_nought(self) -> None:
        assert age_in_days(date(2019, 1, 1), date(2019, 1, 1)) == 0
        assert age_in_days(date(2019, 1, 1), date(2019, 1, 31)) == 30

    @given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 40_000))
    def test_the_age_is_that_of_the_last_birthday(self, born: date, days: int) -> None:
        on = born + timedelta(days=days)
        age = age_on(born, on)
        assert birthday(born, age) <= on < birthday(born, age + 1)

    @given(
        st.dates(date(1990, 1, 1), date(2030, 1, 1)),
        st.integers(0, 80),
        st.integers(-800, 800),
    )
    def test_the_latest_birth_is_the_inverse_of_the_age(
        self, on: date, years: int, days: int
    ) -> None:
        latest = latest_birth(on, years)
        assert age_on(latest, on) >= years
        born = min(on, latest + timedelta(days=days))
        assert (age_on(born, on) >= years) is (born <= latest)


class TestMembershipDays:
    def test_ninety_days_of_waiting(self) -> None:
        assert covered_from(date(2019, 1, 1), TERMS.waiting, born=date(1988, 3, 4)) == date(
            2019, 4, 2
        )

    @pytest.mark.parametrize(
        ("joined_on", "ends_on", "shares"),
        [
            (date(2019, 1, 6), None, True),
            (date(2019, 1, 7), None, False),
            (date(2019, 1, 1), date(2019, 1, 7), False),  # Left on the 6th.
            (date(2019, 1, 1), date(2019, 1, 8), True),  # Left on the 7th: still owes.
        ],
    )
    def test_who_shares_at_a_lock(
        self, joined_on: date, ends_on: date | None, shares: bool
    ) -> None:
        assert shares_at(date(2019, 1, 7), joined_on=joined_on, ends_on=ends_on) is shares


class TestPeriods:
    def test_seventy_one_periods_to_the_end_of_2021(self) -> None:
        days = publicity_days(plan(), since=date(2019, 1, 21), until=date(2021, 12, 21))
        assert len(days) == 71
        assert (days[0], days[1], days[-1]) == (
            date(2019, 1, 21),
            date(2019, 2, 7),
            date(2021, 12, 21),
        )

    def test_the_timetable_of_the_first_real_period(self) -> None:
        dates = period_dates(TERMS, date(2019, 1, 21))
        assert dates.publicity_ends_on == date(2019, 1, 24)
        assert dates.notice_on == date(2019, 1, 26)
        assert dates.debit_on == date(2019, 1, 28)
        assert dates.retries_until == date(2019, 2, 12)
        assert dates.payout_from == date(2019, 1, 29)

    def test_february_has_the_twenty_eighth(self) -> None:
        assert debit_day(TERMS, date(2019, 2, 21)) == date(2019, 2, 28)

    def test_three_rounds_a_month(self) -> None:
        rhythm = Rhythm(
            publicity_days=(6, 15, 24),
            debit_days=(9, 18, 27),
            publicity_length_days=3,
            debit_notice_days=0,
        )
        meituan = replace(TERMS, rhythm=rhythm)
        days = publicity_days(plan(meituan), since=date(2020, 4, 1), until=date(2020, 4, 30))
        assert [day.day for day in days] == [6, 15, 24]
        dates = period_dates(meituan, days[0])
        assert (dates.publicity_ends_on, dates.notice_on, dates.debit_on) == (
            date(2020, 4, 9),
            date(2020, 4, 9),
            date(2020, 4, 9),
        )
        assert dates.retries_until == date(2020, 4, 16)

    def test_a_debit_day_may_be_in_the_next_month(self) -> None:
        late = terms(rhythm={"publicity_days": (25,), "debit_days": (5,)})
        assert debit_day(late, date(2019, 12, 25)) == date(2020, 1, 5)

    def test_a_day_that_some_month_has_not_is_a_mistake(self) -> None:
        with pytest.raises(AssertionError):
            debit_day(terms(rhythm={"debit_days": (14, 29)}), date(2019, 1, 21))

    def test_a_new_version_brings_its_own_days(self) -> None:
        later = terms(
            version="b",
            effective_on=date(2019, 3, 10),
            rhythm={"publicity_days": (1, 11), "debit_days": (6, 16)},
        )
        both = plan(TERMS, later)
        days = publicity_days(both, since=date(2019, 2, 21), until=date(2019, 4, 1))
        assert [(day.month, day.day) for day in days] == [(2, 21), (3, 7), (3, 11), (4, 1)]
        assert next_publicity_day(both, after=date(2019, 3, 7)) == date(2019, 3, 11)
        assert previous_publicity_day(both, before=date(2019, 3, 11)) == date(2019, 3, 7)
        # Retries of the 14 March debit end two days before the new version's debit of the 16th,
        # but there is at least a day for one.
        assert dates_of(both, date(2019, 3, 7)).retries_until == date(2019, 3, 16)
        assert dates_of(both, date(2019, 2, 21)).retries_until == date(2019, 3, 12)

    def test_before_the_first_version_there_is_no_period(self) -> None:
        assert previous_publicity_day(plan(), before=date(2018, 12, 7)) is None
        assert previous_publicity_day(plan(), before=date(2018, 12, 8)) == date(2018, 12, 7)
        assert next_publicity_day(plan(), after=date(2000, 1, 1)) == date(2018, 12, 7)

    def test_the_same_day_is_not_its_own_neighbour(self) -> None:
        day = date(2019, 1, 21)
        assert next_publicity_day(plan(), after=day) == date(2019, 2, 7)
        assert previous_publicity_day(plan(), before=day) == date(2019, 1, 7)

    @pytest.mark.parametrize(
        ("settled_on", "debit_on"),
        [
            (date(2019, 1, 24), date(2019, 1, 28)),
            (date(2019, 1, 26), date(2019, 1, 28)),
            (date(2019, 1, 27), date(2019, 1, 29)),
            (date(2019, 2, 10), date(2019, 2, 12)),
        ],
    )
    def test_a_late_settlement_moves_the_debit(self, settled_on: date, debit_on: date) -> None:
        planned = period_dates(TERMS, date(2019, 1, 21))
        moved = keeping_notice(planned, settled_on=settled_on, notice_days=2)
        assert moved.debit_on == debit_on
        assert moved.payout_from == working_day_after(debit_on)
        assert moved.debit_on - moved.notice_on >= timedelta(days=2)
        assert moved.retries_until - moved.debit_on >= timedelta(days=2)
        assert moved.publicity_ends_on == planned.publicity_ends_on

    @pytest.mark.parametrize(
        ("day", "following"),
        [
            (date(2019, 6, 13), date(2019, 6, 14)),
            (date(2019, 6, 14), date(2019, 6, 17)),
            (date(2019, 6, 15), date(2019, 6, 17)),
            (date(2019, 6, 16), date(2019, 6, 17)),
        ],
    )
    def test_payouts_wait_for_a_working_day(self, day: date, following: date) -> None:
        assert working_day_after(day) == following
