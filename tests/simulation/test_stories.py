"""What befalls an invented society: seeded, possible under the terms, something of each kind."""

from __future__ import annotations

import io
from datetime import date, timedelta
from itertools import pairwise

import pytest
from PIL import Image

from sameboat.plans import catalogue
from sameboat.rules.calendar import covered_from
from sameboat.rules.terms import PlanTerms
from sameboat.rules.versions import version_in_force
from sameboat.simulation import pictures
from sameboat.simulation.build import Calendar
from sameboat.simulation.society import Family, families
from sameboat.simulation.stories import (
    COURSES,
    SCRIPT,
    WAITING_DAYS,
    XHB,
    XIAOMI,
    Story,
    join_day,
    plan_of,
    stories,
)

TODAY = date(2026, 11, 22)
CALENDAR = Calendar.until(TODAY, periods=len(SCRIPT))


def society(seed: int = 1) -> tuple[list[Family], list[Story]]:
    found = families(seed=seed, people=1_000, today=CALENDAR.begin)
    told = stories(
        seed=seed,
        found=found,
        founders=len(found) // 3,
        begin=CALENDAR.begin,
        publicity=CALENDAR.publicity,
    )
    return found, told


def terms_of(plan: str) -> PlanTerms:
    return version_in_force(catalogue.load(plan), CALENDAR.begin)


class TestCalendar:
    @pytest.mark.parametrize("today", [date(2026, 11, 22), date(2026, 12, 7), date(2027, 1, 8)])
    def test_ends_in_publicity_before_today(self, today: date) -> None:
        calendar = Calendar.until(today, periods=9)
        assert len(calendar.publicity) == 9
        assert calendar.publicity[-1] < today <= calendar.publicity[-1] + timedelta(days=17)
        assert (calendar.end.date() - calendar.publicity[-1]).days == 1

    def test_goes_from_each_publicity_day_to_the_next(self) -> None:
        days = (CALENDAR.begin - timedelta(days=1), *CALENDAR.publicity)
        assert all(13 <= (after - before).days <= 17 for before, after in pairwise(days))
        assert {day.day for day in days} == {7, 21}

    def test_has_the_publicity_days_of_both_rulebooks(self) -> None:
        for plan in (XHB, XIAOMI):
            assert terms_of(plan).rhythm.publicity_days == (7, 21)
            assert terms_of(plan).waiting.days == WAITING_DAYS


class TestStories:
    def test_the_same_seed_tells_the_same(self) -> None:
        assert society(1)[1] == society(1)[1]
        assert society(1)[1] != society(2)[1]

    def test_nobody_claims_twice_and_everybody_who_claims_was_there_from_the_beginning(
        self,
    ) -> None:
        found, told = society()
        assert len({story.human.number for story in told}) == len(told)
        for story in told:
            assert story.human in found[story.family].people
            assert plan_of(story.family) == story.plan
            assert join_day(story.family, len(found) // 3, CALENDAR.waves) == CALENDAR.begin

    def test_every_course_is_taken(self) -> None:
        assert {story.course_name for story in society()[1]} == set(COURSES)

    def test_what_is_paid_was_covered(self) -> None:
        for story in society()[1]:
            first = covered_from(
                CALENDAR.begin, terms_of(story.plan).waiting, born=story.human.born_on
            )
            covered = story.cause.accident or story.diagnosed_on >= first
            assert covered == (story.course_name != "waiting"), story

    def test_is_filed_after_the_diagnosis_and_before_it_is_published(self) -> None:
        for story in society()[1]:
            assert CALENDAR.begin <= story.diagnosed_on < story.filed_on < story.publicity_on

    def test_what_befalls_people_is_on_the_lists(self) -> None:
        for story in society()[1]:
            listed = {illness.number: illness for illness in terms_of(story.plan).illnesses}
            assert listed[story.cause.number].severity == "severe"


class TestPapers:
    @pytest.mark.parametrize("kind", sorted(pictures.HEADINGS))
    def test_are_photos_that_open_with_or_without_a_chinese_font(
        self, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        human = society()[0][0].payer
        first = pictures.paper(kind, human, {"日期 Date": "2026-11-22"})
        monkeypatch.setattr(pictures, "_chinese", lambda: None)
        second = pictures.paper(kind, human, {"日期 Date": "2026-11-22"})
        for content in (first, second):
            with Image.open(io.BytesIO(content)) as photo:
                photo.load()
                assert photo.format == "JPEG"
                assert photo.width >= pictures.WIDTH

    def test_no_two_are_the_same_bytes(self) -> None:
        papers = {pictures.paper("diagnosis", family.payer, {}) for family in society()[0][:20]}
        assert len(papers) == 20
