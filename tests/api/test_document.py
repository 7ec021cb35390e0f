"""docs/api.md is true: what it names exists, what it shows is what the server answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.people import application, joined, member
from sameboat.api.description import openapi
from sameboat.simulation.client import Client
from society import ANA, PLAN

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BEFORE_THE_TABLE = TEXT.partition("| code | status |")[0]
VERB = re.compile(r"\b(GET|POST|PUT) +(/[\w{}/.-]*[\w}])")
BODY = re.compile(r"`POST (/[\w{}/.-]+)`? (\{[^`}]*\}*)`")


def operations() -> dict[tuple[str, str], Any]:
    """Every verb with its address, the names of the blanks left out."""
    return {
        (method.upper(), re.sub(r"{\w+}", "{}", path.removeprefix("/api/v1"))): operation
        for path, methods in openapi()["paths"].items()
        for method, operation in methods.items()
    }


def named() -> list[tuple[str, str]]:
    """Every verb that the document names; the hook of a receiver is not ours."""
    found = [(verb, path.split("?")[0]) for verb, path in VERB.findall(BEFORE_THE_TABLE)]
    return [(verb, re.sub(r"{\w+}", "{}", path)) for verb, path in found if path != "/your/hook"]


def test_every_verb_that_it_names_exists() -> None:
    there = operations()
    assert len(named()) > 40
    assert [each for each in named() if each not in there] == []


def test_the_bodies_that_it_shows_have_the_fields_that_are_asked_for() -> None:
    schemas, there = openapi()["components"]["schemas"], operations()
    shown = BODY.findall(BEFORE_THE_TABLE)
    assert len(shown) >= 6
    for path, body in shown:
        operation = there["POST", re.sub(r"{\w+}", "{}", path)]
        ref = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        fields = schemas[ref.rpartition("/")[2]]
        given = set(re.findall(r'"(\w+)"', body))
        assert given <= fields["properties"].keys(), path
        assert set(fields["required"]) <= given, path


def test_the_refusal_that_it_shows_is_the_servers(api: Client) -> None:
    (shown,) = re.findall(r"    (\{\"type\": \"urn.*?\}\})", BEFORE_THE_TABLE, re.DOTALL)
    ana, _ref = joined(api, ANA)
    person = ana.self()["person_ref"]
    answer = ana._asked("POST", "/memberships", body=application(api, person), key="again")
    assert answer.status == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == json.loads(shown)


def test_the_limits_that_it_tells_are_those_of_the_settings(api: Client) -> None:
    from sameboat.runtime.settings import Settings

    fields = Settings.model_fields
    for name in ("api_a_minute", "api_a_minute_for_strangers"):
        assert str(fields[name].default) in BEFORE_THE_TABLE
        assert f"SAMEBOAT_{name.upper()}" in BEFORE_THE_TABLE
    headers = member(api, ANA)._asked("GET", "/self").headers
    assert headers["RateLimit-Policy"].startswith('"token";q=')
    assert headers["RateLimit"].startswith('"token";r=')


def test_the_example_of_the_client_for_python_runs(
    api: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (ROOT / "clients" / "python" / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    ana, ref = joined(api, ANA)
    with httpx.Client(trust_env=False):
        exec(code.replace("https://mutual-aid.example", api._base), {"token": ana._token})
    assert capsys.readouterr().out == f"{PLAN} waiting\n"
    assert ana.membership(ref)["ends_on"] is not None
