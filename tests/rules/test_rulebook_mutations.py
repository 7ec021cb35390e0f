"""Whatever is done to one key of a valid rulebook: it parses, or a problem names that key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import rulebook_example as example
from sameboat.rules.rulebook import BadRulebook, parse

Path = tuple[str | int, ...]


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """The way to every value of the document, tables and lists included."""
    steps: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    for step, inner in steps:
        yield (*at, step)
        yield from paths(inner, (*at, step))


def key_of(path: Path) -> str:
    """The last step that is a key: an entry of a list goes by the list's name."""
    return next(str(step) for step in reversed(path) if isinstance(step, str))


PATHS = tuple(paths(example.tables()))
# A whole version cannot be written in a line of the length allowed, so it is not one value.
REPLACEABLE = tuple(path for path in PATHS if len(path) != 2 or path[0] != "version")

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=40)
dates = st.dates(date(1900, 1, 1), date(2300, 1, 1))
scalars = st.one_of(
    text,
    st.sampled_from(["none", "0.08", "assumed: x", "facts §1.5", "2020-01", "severe", "mild"]),
    st.booleans(),
    st.integers(-3, 70),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=True),
    dates,
    st.datetimes(datetime(1900, 1, 1), datetime(2300, 1, 1)),
    st.times(time(0, 0), time(23, 59)),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner),
    max_leaves=5,
)


def told_keys(document: dict[str, Any]) -> list[str]:
    """What is said about the document, as key and expectation; nothing if it parses."""
    try:
        parse(example.files(example.written(document)), name=example.NAME)
    except BadRulebook as bad:
        return [f"{problem.key} {problem.expected.en}" for problem in bad.problems]
    return []


def parent_of(document: dict[str, Any], path: Path) -> Any:
    for step in path[:-1]:
        document = document[step]  # type: ignore[index]
    return document


def test_the_writer_of_these_tests_writes_what_it_read() -> None:
    assert told_keys(example.tables()) == []
    assert len(PATHS) > 150


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(REPLACEABLE), value=values)
def test_another_value(path: Path, value: Any) -> None:
    document = example.tables()
    parent_of(document, path)[path[-1]] = value
    told = told_keys(document)
    assert not told or any(key_of(path) in each for each in told), told


def test_a_missing_key_is_named() -> None:
    for path in PATHS:
        document = example.tables()
        del parent_of(document, path)[path[-1]]
        told = told_keys(document)
        assert not told or any(key_of(path) in each for each in told), (path, told)


def test_a_key_that_nothing_reads_is_named() -> None:
    for path in PATHS:
        if isinstance(path[-1], str):
            document = example.tables()
            table = parent_of(document, path)
            table["surplus_key"] = 1
            told = told_keys(document)
            assert any("surplus_key" in each for each in told), (path, told)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300), listed=st.binary(max_size=300))
def test_random_bytes_are_refused_in_words(content: bytes, listed: bytes) -> None:
    for files in (
        {example.NAME: content, example.LIST_NAME: listed},
        {**example.files(), example.LIST_NAME: listed},
    ):
        with pytest.raises(BadRulebook) as caught:
            parse(files, name=example.NAME)
        assert all(problem.explain("zh") for problem in caught.value.problems)
