"""Days: the only place that turns an instant into a civil day, and the timetable of a plan.

A day is a civil day in the plan's time zone. "Until day X" and "from day X" mean 00:00 of X.
Public holidays cannot be known here: a working day is a day from Monday to Friday.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sameboat.rules.terms import Joining, Plan, PlanTerms, Waiting
from sameboat.rules.versions import version_in_force

LAST_DAY_OF_EVERY_MONTH = 28
"""Days of a rhythm go no further, so that every month has them."""
_RETRY_BREAK_DAYS = 2
_DAY = timedelta(days=1)
_FRIDAY = 4


def day_of(instant: datetime, timezone: str) -> date:
    """The civil day of an instant in `timezone`."""
    assert instant.tzinfo is not None, "an instant without a zone is on no day"
    return instant.astimezone(ZoneInfo(timezone)).date()


def start_of(day: date, timezone: str) -> datetime:
    """The first instant of a civil day, in UTC."""
    return hour_of(day, 0, timezone)


def hour_of(day: date, hour: int, timezone: str) -> datetime:
    """The instant at which the clocks of `timezone` show that full hour (0 to 23), in UTC."""
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def whole_hours(since: datetime, until: datetime) -> int:
    """The full hours that passed between two instants, rounded down."""
    assert since <= until
    return (until - since) // timedelta(hours=1)


# Ages


def birthday(born: date, years: int) -> date:
    """The day on which `years` of age are completed; 29 February is 1 March in other years."""
    assert years >= 0
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def age_on(born: date, on: date) -> int:
    """Completed years of age on a day."""
    assert born <= on
    years = on.year - born.year
    return years if birthday(born, years) <= on else years - 1


def age_in_days(born: date, on: date) -> int:
    """Days since birth, the day of birth being day 0; negative before it."""
    return (on - born).days


def latest_birth(on: date, years: int) -> date:
    """The last day of birth of those who have completed `years` on a day; the inverse of age.

    So a whole population can be put into age bands by comparing days of birth.
    """
    assert years >= 0
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # 29 February: who was born on 1 March then is not old enough yet.
        return date(on.year - years, 2, 28)


# Membership


def covered_from(joined_on: date, waiting: Waiting, *, born: date) -> date:
    """The first day on which an illness that begins is covered, by the age at joining."""
    days = waiting.days
    for step in waiting.days_by_age:
        if age_on(born, joined_on) >= step.from_years:
            days = step.days
    return joined_on + timedelta(days=days + 1)


def day_after(last_day: date) -> date:
    """The first day without membership of somebody whose last day is `last_day`."""
    return last_day + _DAY


def age_out_on(born: date, joining: Joining) -> date:
    """The first day without membership of somebody who stays until too old: the birthday."""
    return birthday(born, joining.age_out_years)


def shares_at(lock: date, *, joined_on: date, ends_on: date | None) -> bool:
    """Whether a membership exists at the lock: leaving on its day still owes, joining does not."""
    return joined_on < lock and (ends_on is None or ends_on > lock)


# Periods


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodDates:
    """The timetable of one period."""

    publicity_on: date
    """Lock at its 00:00; the claims are shown from here."""
    publicity_ends_on: date
    """The period closes at its 00:00."""
    notice_on: date
    """The last day on which payers may be told of the debit."""
    debit_on: date
    retries_until: date
    """Failed debits are tried again from the day after the debit until 00:00 of this day."""
    payout_from: date
    """The working day after the debit day; public holidays are not known."""


def publicity_days(plan: Plan, *, since: date, until: date) -> tuple[date, ...]:
    """The publicity days from `since` to `until`, both included, by the version of each day."""
    ends = [later.effective_on for later in plan.versions[1:]] + [day_after(until)]
    days: list[date] = []
    for terms, end in zip(plan.versions, ends, strict=True):
        first = max(since, terms.effective_on)
        days += [day for day in _rhythm_days(terms, first, end) if day <= until]
    return tuple(days)


def next_publicity_day(plan: Plan, *, after: date) -> date:
    """The first publicity day later than `after`."""
    since = max(day_after(after), plan.versions[0].effective_on)
    # From the last version's start on, every two months hold a publicity day.
    until = max(since, plan.versions[-1].effective_on) + timedelta(days=62)
    return publicity_days(plan, since=since, until=until)[0]


def previous_publicity_day(plan: Plan, *, before: date) -> date | None:
    """The last publicity day earlier than `before`; None where the plan has had none."""
    days = publicity_days(plan, since=plan.versions[0].effective_on, until=before - _DAY)
    return days[-1] if days else None


def debit_day(terms: PlanTerms, publicity_on: date) -> date:
    """The planned debit day of the period of `publicity_on`, which must be a publicity day.

    The n-th publicity day of a month has the n-th debit day: of the next month where that day
    of the month is not later than the publicity day.
    """
    rhythm = terms.rhythm
    assert len(rhythm.publicity_days) == len(rhythm.debit_days)
    day = rhythm.debit_days[rhythm.publicity_days.index(publicity_on.day)]
    assert 1 <= day <= LAST_DAY_OF_EVERY_MONTH
    month = publicity_on if day > publicity_on.day else _first_of_next_month(publicity_on)
    return month.replace(day=day)


def period_dates(
    terms: PlanTerms, publicity_on: date, *, next_debit_on: date | None = None
) -> PeriodDates:
    """The timetable of the period of `publicity_on` by the version in force on that day.

    `next_debit_on` is the next period's debit day where a later version plans it differently;
    `dates_of` finds it.
    """
    debit_on = debit_day(terms, publicity_on)
    following = next_debit_on or debit_day(terms, _next_in(terms, publicity_on))
    return PeriodDates(
        publicity_on=publicity_on,
        publicity_ends_on=publicity_on + timedelta(days=terms.rhythm.publicity_length_days),
        notice_on=debit_on - timedelta(days=terms.rhythm.debit_notice_days),
        debit_on=debit_on,
        retries_until=_retries_until(debit_on, following),
        payout_from=working_day_after(debit_on),
    )


def dates_of(plan: Plan, publicity_on: date) -> PeriodDates:
    """The timetable of a period of a plan, also where the next one is under a new version."""
    following = next_publicity_day(plan, after=publicity_on)
    next_debit_on = debit_day(version_in_force(plan, following), following)
    return period_dates(
        version_in_force(plan, publicity_on), publicity_on, next_debit_on=next_debit_on
    )


def keeping_notice(dates: PeriodDates, *, settled_on: date, notice_days: int) -> PeriodDates:
    """The timetable after a settlement recorded on `settled_on`.

    One that comes too late for the notice moves the debit to the first day that keeps it;
    retries then still last at least one day. The planned debit day decides which year's cap
    counts, so keep the planned timetable beside this one.
    """
    if settled_on <= dates.notice_on:
        return dates
    debit_on = settled_on + timedelta(days=notice_days)
    return replace(
        dates,
        notice_on=settled_on,
        debit_on=debit_on,
        retries_until=max(dates.retries_until, debit_on + timedelta(days=_RETRY_BREAK_DAYS)),
        payout_from=working_day_after(debit_on),
    )


def working_day_after(day: date) -> date:
    """The first day from Monday to Friday later than `day`; public holidays are not known."""
    following = day + _DAY
    while following.weekday() > _FRIDAY:
        following += _DAY
    return following


def _retries_until(debit_on: date, next_debit_on: date) -> date:
    """Two days before the next debit, but never so early that there is no day for a retry."""
    pause = timedelta(days=_RETRY_BREAK_DAYS)
    return max(next_debit_on - pause, debit_on + pause)


def _rhythm_days(terms: PlanTerms, first: date, end: date) -> list[date]:
    """The publicity days of one version from `first` until `end`, which is not included."""
    assert all(1 <= day <= LAST_DAY_OF_EVERY_MONTH for day in terms.rhythm.publicity_days)
    days: list[date] = []
    month = first.replace(day=1)
    while month < end:
        in_month = (month.replace(day=day) for day in sorted(terms.rhythm.publicity_days))
        days += [day for day in in_month if first <= day < end]
        month = _first_of_next_month(month)
    return days


def _next_in(terms: PlanTerms, publicity_on: date) -> date:
    since = day_after(publicity_on)
    return _rhythm_days(terms, since, since + timedelta(days=62))[0]


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
