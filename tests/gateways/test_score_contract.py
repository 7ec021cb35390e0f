"""What every score provider must do, and the sandbox's references."""

from __future__ import annotations

from typing import cast

import pytest

from sameboat import gateways
from sameboat.gateways.score import BAND_WIDTH, SCORE_MAX, SCORE_MIN, ScoreProvider, sandbox

_: ScoreProvider = sandbox


@pytest.fixture(params=gateways.providers("score"))
def provider(request: pytest.FixtureRequest) -> ScoreProvider:
    return cast(ScoreProvider, gateways.load("score", request.param))


def test_a_band_is_one_of_the_scale_and_stays(provider: ScoreProvider) -> None:
    person = provider.example(scored=True)
    band = provider.band(person)
    assert band in range(SCORE_MIN, SCORE_MAX, BAND_WIDTH)
    assert provider.band(person) == band


def test_who_has_no_score_has_no_band(provider: ScoreProvider) -> None:
    assert provider.band(provider.example(scored=False)) is None


@pytest.mark.parametrize(
    ("ending", "band"), [("350", 350), ("599", 550), ("600", 600), ("950", 900), ("100", 350)]
)
def test_the_ending_chooses_the_band_in_the_sandbox(ending: str, band: int) -> None:
    assert sandbox.band(f"81f3-score{ending}") == band


def test_ordinary_people_are_above_the_usual_threshold_and_differ() -> None:
    bands = {sandbox.band(f"{number:032x}") for number in range(200)}
    assert bands == set(range(650, 950, 50))
