"""The client for Python is the one that the description gives, and it works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.core.cache import cache

import society
from api.people import as_staff
from claims.documents_factory import photo
from console.staff import SUPERVISOR
from sameboat.api.description import openapi
from sameboat.identity import actions as identity
from sameboat.runtime import clock
from sameboat.simulation.client import Client as Thin
from sameboat_client import Client, JoinIn, Refused
from society import ANA, PLAN


@pytest.fixture
def server(transactional_db: None, live_server: Any) -> Iterator[Client]:
    cache.clear()
    society.running(now=datetime.now(UTC))
    http = httpx.Client(trust_env=False)
    with Client(live_server.url, language="en", http=http) as client:
        yield client


def test_it_has_a_method_for_every_verb() -> None:
    verbs = [each["operationId"] for path in openapi()["paths"].values() for each in path.values()]
    assert len(verbs) > 100
    assert [verb for verb in verbs if not callable(getattr(Client, verb, None))] == []


def signed_in(server: Client) -> Client:
    sign_in = server.sign_in_ask_code({"phone": ANA.phone})["sign_in"]
    code = next(sent["code"] for sent in server.demo_codes(phone=ANA.phone) if sent["code"])
    told = server.sign_in_confirm_code({"sign_in": sign_in, "code": code})
    return server.with_token(told["token"])


def test_ana_joins_and_files_a_claim_by_it(server: Client) -> None:
    ana = signed_in(server)
    asked = ana.people_verify(
        {
            "relation": "self",
            "document_kind": "resident_id",
            "document_number": ANA.number,
            "name": ANA.name,
        }
    )
    identity.answer_verification(ref=asked["ref"], now=clock.now())
    person = ana.people_verification(asked["ref"])["person_ref"]
    assert person is not None
    terms = server.plans_terms(PLAN)
    body: JoinIn = {
        "person_ref": person,
        "plan": PLAN,
        "answers": {each["id"]: not each["bars_on"] for each in terms["joining"]["questions"]},
        "questions_version": terms["joining"]["questions_version"],
        "disclosure_version": server.plans_disclosure(PLAN)["version"],
        "occupation_class": next(iter(terms["joining"]["occupation_classes"]), ""),
        "region": next(iter(terms["joining"]["regions"]), ""),
    }
    joined = ana.members_join(body, key="once")
    assert ana.members_join(body, key="once") == joined
    with pytest.raises(Refused) as again:
        ana.members_join(body)
    assert (again.value.status, again.value.code) == (409, "already_member")
    assert again.value.data == {"plan": PLAN}
    server.demo_advance({"to": f"{joined['joined_on']}T23:59:00+00:00"})
    (mine,) = ana.members_memberships()
    claim = ana.claims_draft(
        {
            "membership_ref": mine["ref"],
            "illness": "1",
            "severity": "severe",
            "accident": False,
            "diagnosed_on": mine["joined_on"],
            "hospital": "协和医院",
            "statement": "胸口剧痛",
            "payee_name": ANA.name,
            "payee_phone": ANA.phone,
        }
    )
    ana.claims_open(claim["ref"])
    document = ana.claims_add_evidence(claim["ref"], photo(), "diagnosis")
    assert ana.evidence_view(document["ref"])[:2] == b"\xff\xd8"
    assert [each["kind"] for each in ana.claims_claim(claim["ref"])["evidence"]] == ["diagnosis"]
    assert server.record_checkpoint().startswith("sameboat.example/")


def test_long_lists_are_followed_to_their_end(server: Client) -> None:
    with Thin(server._base) as thin:
        su = server.with_token(as_staff(thin, SUPERVISOR)._token)
    for number in range(5):
        su.desk_by_phone({"phone": f"+861390000000{number}"})
    searches = [row["id"] for row in su.desk_trail(limit=2) if row["verb"] == "member.search"]
    assert len(searches) == 5
    assert searches == sorted(searches, reverse=True)
    with pytest.raises(Refused) as refused:
        server.members_membership("../plans")
    assert refused.value.status in (401, 404)


@pytest.fixture(autouse=True)
def _clock_back() -> Iterator[None]:
    from sameboat.runtime.settings import settings

    yield
    (settings().data_dir / "clock.json").unlink(missing_ok=True)
