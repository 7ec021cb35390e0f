"""`sameboat claim`: the course of claims for operators, without a word about anybody."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from claims.story import Story, begun
from sameboat.claims.access import NoSuchClaim
from sameboat.claims.models import Evidence
from sameboat.cli.claim import app
from sameboat.gateways import files
from sameboat.rules.claim import State
from society import ANA


@pytest.fixture
def story(db: None) -> Story:
    return begun().is_proposed()


def test_list_names_claims_and_nobody(story: Story) -> None:
    done = CliRunner().invoke(app, ["list", "--state", "proposed", "--json"])
    assert done.exit_code == 0
    (line,) = json.loads(done.stdout)
    assert (line["ref"], line["state"], line["aid"]) == (story.ref, State.PROPOSED, 30_000)
    assert ANA.name not in done.stdout
    nothing = CliRunner().invoke(app, ["list", "--state", "paid", "--json"])
    assert json.loads(nothing.stdout) == []


def test_show_tells_the_course(story: Story) -> None:
    done = CliRunner().invoke(app, ["show", story.ref])
    assert done.exit_code == 0
    assert "decision: propose  hao  lin" in done.stdout
    assert "evidence.seal" in done.stdout
    for word in (ANA.name, "仁济", "心肌"):
        assert word not in done.stdout
    as_json = json.loads(CliRunner().invoke(app, ["show", story.ref, "--json"]).stdout)
    assert [entry["type"] for entry in as_json["history"]][-1] == "decision.propose"


def test_show_refuses_what_is_not_there(story: Story) -> None:
    done = CliRunner().invoke(app, ["show", "0" * 32])
    assert isinstance(done.exception, NoSuchClaim)


def test_documents_names_what_was_lost(story: Story) -> None:
    assert CliRunner().invoke(app, ["documents"]).exit_code == 0
    evidence = Evidence.objects.earliest("id")
    files.provider().delete(evidence.viewing_key)
    done = CliRunner().invoke(app, ["documents"])
    assert done.exit_code == 1
    assert f"file_missing: viewing of {evidence.ref}" in done.stdout
