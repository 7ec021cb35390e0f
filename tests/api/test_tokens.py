"""Programs get tokens with scopes: what each may do, that it ends, and who hands them out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.people import as_staff, member
from sameboat.api.urls import api as routes
from sameboat.identity import actions, scopes
from sameboat.identity.models import AccessToken, AuditRow
from sameboat.runtime import clock
from sameboat.simulation.client import Client, Problem
from society import ANA, FEI, HAO, LIN, PLAN


def granted(own: Client, *wanted: str, days: int = 30, name: str = "记账本") -> tuple[Client, Any]:
    told = own._post("/tokens", {"name": name, "scopes": list(wanted), "days": days})
    return own.with_token(told["token"]), told


def refused(status: int, code: str, own: Client, method: str, path: str, body: Any = None) -> str:
    with pytest.raises(Problem) as no:
        own._send(method, path, body=body, key="k")
    assert (no.value.status, no.value.code) == (status, code)
    return no.value.detail


def test_a_program_does_what_its_scopes_say_and_nothing_else(api: Client) -> None:
    ana = member(api, ANA)
    program, _told = granted(ana, "claims:read", "memberships:write")
    assert program.claims() == []
    assert program.memberships() == []
    assert "claims:write" in refused(403, "scope_missing", program, "POST", "/claims", {})
    for path in ("/debits", f"/plans/{PLAN}/cases", "/persons", "/staff/queue"):
        refused(403, "scope_missing", program, "GET", path)
    assert program.plans() and program.self()["is_staff"] is False
    answer = program._asked("GET", "/debits")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="insufficient_scope"')


def test_a_program_hands_out_nothing_and_ends_nothing_but_itself(api: Client) -> None:
    ana = member(api, ANA)
    program, told = granted(ana, *scopes.FOR_MEMBERS)
    for method, path in (("GET", "/tokens"), ("POST", f"/tokens/{told['ref']}/end")):
        refused(403, "scope_missing", program, method, path)
    refused(
        403, "scope_missing", program, "POST", "/tokens", {"name": "b", "scopes": [], "days": 1}
    )
    program.sign_out()
    refused(401, "not_signed_in", program, "GET", "/claims")
    assert ana.claims() == []


def test_its_owner_sees_it_and_ends_it_at_once(api: Client) -> None:
    ana = member(api, ANA)
    program, told = granted(ana, "shares:read")
    program.debits()
    first, own = ana._list("/tokens")
    assert (first["ref"], first["name"], first["scopes"]) == (
        told["ref"],
        "记账本",
        ["shares:read"],
    )
    assert first["used_on"] == clock.now().date().isoformat()
    assert (own["name"], own["scopes"]) == ("", [])
    refused(404, "no_such_token", member(api, FEI), "POST", f"/tokens/{told['ref']}/end")
    for _ in range(2):
        ana._post(f"/tokens/{told['ref']}/end", {}, "once")
    refused(401, "not_signed_in", program, "GET", "/debits")
    refused(404, "no_such_token", ana, "POST", f"/tokens/{told['ref']}/end")
    assert [line["name"] for line in ana._list("/tokens")] == [""]


def test_what_cannot_be_given_is_refused_with_what_can(api: Client) -> None:
    ana = member(api, ANA)
    asked = {"name": "x", "scopes": ["claims:read"], "days": 30}
    for wrong, code in (
        ({"scopes": ["staff:read"]}, "no_such_scope"),
        ({"name": " "}, "bad_program"),
        ({"days": 366}, "bad_program"),
    ):
        told = refused(422, code, ana, "POST", "/tokens", asked | wrong)
        assert code != "no_such_scope" or "claims:write" in told
    refused(400, "bad_request", ana, "POST", "/tokens", asked | {"scopes": ["secrets:read"]})
    for number in range(actions.tokens.PROGRAMS_MAX):
        granted(ana, "claims:read", name=f"n{number}")
    refused(409, "too_many_tokens", ana, "POST", "/tokens", asked)


def test_a_program_that_embeds_the_platform_signs_a_member_in_for_its_scopes(api: Client) -> None:
    def signed_in(*wanted: str) -> Client:
        sign_in = api.ask_code(ANA.phone)
        code = next(sent["code"] for sent in api.demo_codes(ANA.phone) if sent["code"])
        program = {"name": "钱包", "scopes": list(wanted)}
        body = {"sign_in": sign_in, "code": code, "program": program}
        with pytest.raises(Problem) as no:
            api._post(
                "/sign-in/confirm", body | {"program": {"name": "钱包", "scopes": ["staff:read"]}}
            )
        assert no.value.code == "no_such_scope"
        return api.with_token(api._post("/sign-in/confirm", body)["token"])

    wallet = signed_in("memberships:write", "shares:read")
    assert wallet.memberships() == []
    refused(403, "scope_missing", wallet, "GET", "/claims")
    assert [line["name"] for line in member(api, ANA)._list("/tokens")] == ["", "钱包"]


def test_staff_give_programs_no_more_than_looking_and_it_is_noted(api: Client) -> None:
    hao, lin = as_staff(api, HAO), as_staff(api, LIN)
    possible = [each["scope"] for each in hao._list("/tokens/scopes")]
    assert possible == list(scopes.FOR_STAFF)
    assert "staff:write" not in possible and "finance:write" not in possible
    program, told = granted(hao, "staff:read")
    assert program.queue() == []
    # Her role does not reach further through a program.
    auditing, _ = granted(lin, "finance:read")
    refused(403, "not_allowed", auditing, "GET", "/finance/payouts/failed")
    refused(
        422, "bad_program", hao, "POST", "/tokens", {"name": "x", "scopes": possible, "days": 91}
    )
    hao._post(f"/tokens/{told['ref']}/end", {})
    rows = AuditRow.objects.filter(verb__startswith="token.").order_by("id")
    assert [(row.verb, row.subject == told["ref"]) for row in rows] == [
        ("token.grant", True),
        ("token.grant", False),
        ("token.end", True),
    ]


def test_it_ends_by_itself(api: Client) -> None:
    ana = member(api, ANA)
    program, _ = granted(ana, "claims:read", days=1)
    assert program.claims() == []
    AccessToken.objects.exclude(scopes="").update(expires_at=clock.now() - timedelta(seconds=1))
    refused(401, "not_signed_in", program, "GET", "/claims")


def test_the_description_says_which_scope_each_verb_needs() -> None:
    needed = {
        operation["operationId"]: scope
        for path in routes.get_openapi_schema()["paths"].values()
        for operation in path.values()
        for scope in operation.get("security", [{"Bearer": None}])
    }
    assert needed["claims_seal"] == {"Bearer": ["claims:write"]}
    assert needed["periods_debits"] == {"Bearer": ["shares:read"]}
    assert needed["tokens_grant"] == {"Bearer": []}
    assert needed["plans_plan"] == {"Bearer": None}
    told = {scope for each in needed.values() for scope in each["Bearer"] or ()}
    assert told <= set(scopes.SCOPES)
    assert set(scopes.FOR_MEMBERS) <= told
    assert {*scopes.FOR_MEMBERS, *scopes.FOR_STAFF} == set(scopes.WORDS)
