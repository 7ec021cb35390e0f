"""The schema that editors are given: it takes every good rulebook and knows every key."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from importlib import resources
from typing import Any

import jsonschema_rs
import pytest

from rules import rulebook_example as example
from rules.test_rulebook import BROKEN
from sameboat.plans import catalogue
from sameboat.rules.rulebook_keys import DATES, HEAD, SECTIONS
from sameboat.rules.rulebook_schema import rulebook_schema

SCHEMA = rulebook_schema()
CHECK = jsonschema_rs.validator_for(SCHEMA)


def plain(value: Any) -> Any:
    """TOML as JSON: editors show dates to a schema as text."""
    return json.loads(json.dumps(value, default=date.isoformat))


def rulebooks() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "example", example.tables()
    folder = resources.files("sameboat.plans").joinpath("catalog")
    for plan_id in catalogue.ids():
        yield plan_id, tomllib.loads(folder.joinpath(f"{plan_id}.toml").read_text("utf-8"))


@pytest.mark.parametrize(("name", "document"), list(rulebooks()))
def test_every_good_rulebook_fits(name: str, document: dict[str, Any]) -> None:
    assert [error.message for error in CHECK.iter_errors(plain(document))] == []


def test_it_names_every_key_and_no_other() -> None:
    version = SCHEMA["properties"]["version"]["items"]
    assert SCHEMA["properties"].keys() == {*HEAD, "version"}
    assert version["properties"].keys() == {"version", "based_on", "source", *DATES, *SECTIONS}
    for name, section in SECTIONS.items():
        assert version["properties"][name]["properties"].keys() == {*section.keys, "source"}


def test_a_first_version_without_its_sections_does_not_fit() -> None:
    document = plain(example.tables())
    del document["version"][0]["waiting"]
    assert not CHECK.is_valid(document)
    assert CHECK.is_valid(plain(example.tables()))


def test_an_unknown_key_does_not_fit_anywhere() -> None:
    for path in ((), ("version", 0), ("version", 0, "waiting"), ("version", 0, "board", "source")):
        document = plain(deepcopy(example.tables()))
        inner = document
        for step in path:
            inner = inner[step]
        inner["surplus"] = 1
        assert not CHECK.is_valid(document), path


def test_what_is_wrong_in_itself_does_not_fit() -> None:
    """What can be said of one value alone is told while one types."""
    told = []
    for stands, put, key, _ in BROKEN:
        try:
            document = plain(tomllib.loads(example.TOML.replace(stands, put, 1)))
        except (tomllib.TOMLDecodeError, TypeError):
            continue
        if not CHECK.is_valid(document):
            told.append(key)
    assert {
        "id",
        "currency",
        "version[2020-01].join.relations[2]",
        "version[2020-01].join.transfer_to",
        "version[2020-01].board.votes_min",
        "version[2020-01].sharing.classes[0].weight",
        "version[2020-01].claims.evidence_required[1]",
    } <= set(told)
