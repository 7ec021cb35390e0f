"""The same request many times: one effect and equal answers, also fifty at once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

import pool
from api.people import application, joined, member, verified
from payments.test_arrears import DEBIT, owing
from pool import at
from sameboat.claims.models import Claim
from sameboat.gateways.payment import sandbox
from sameboat.members.models import HealthDeclaration, Household, Membership
from sameboat.payments import actions as payments
from sameboat.payments.models import UnpaidDebit
from sameboat.runtime import clock
from sameboat.runtime.models import IdempotencyKey
from sameboat.simulation.client import Client, Problem
from society import ANA, FEI, PLAN

AT_ONCE = 50


def at_once(
    server: Any, own: Client, path: str, body: dict[str, object], *, key: str
) -> list[httpx.Response]:
    """The same POST from fifty connections, released together."""
    # Django's server lets ten wait to be accepted; beyond that the kernel may reset who comes.
    server.thread.httpd.socket.listen(2 * AT_ONCE)
    headers = own._headers() | {"Idempotency-Key": key}
    gate = threading.Barrier(AT_ONCE)

    def send(_: int) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=60) as client:
            gate.wait()
            return client.post(f"{server.url}/api/v1{path}", json=body, headers=headers)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(send, range(AT_ONCE)))


def test_fifty_joins_at_once_are_one(api: Client, live_server: Any) -> None:
    ana = member(api, ANA)
    body = application(api, verified(ana, ANA))
    answers = at_once(live_server, ana, "/memberships", body, key="the join")
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Membership.objects.count() == 1
    assert Household.objects.count() == 1
    assert HealthDeclaration.objects.count() == 1
    assert ana.membership(answers[0].json()["ref"])["plan"] == PLAN


def test_fifty_joins_under_keys_of_their_own_are_one_too(api: Client) -> None:
    ana = member(api, ANA)
    body = application(api, verified(ana, ANA))
    with ThreadPoolExecutor(10) as threads:
        told = list(threads.map(lambda _: _join(ana, body), range(AT_ONCE)))
    assert sorted(set(told)) == ["already_member", "joined"]
    assert told.count("joined") == 1
    assert Membership.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_debits_at_once_are_one(live_server: Any) -> None:
    fei = owing()
    pool.poor(fei, 500)
    with Client(live_server.url) as api:
        answers = at_once(live_server, member(api, FEI), "/debits/pay", {}, key="the debit")
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {b'{"asked_fen": 100}'}
    payments.advance(plan_id=PLAN, now=at(DEBIT, 10))
    payments.advance(plan_id=PLAN, now=at(DEBIT, 11))
    debit = UnpaidDebit.objects.get()
    assert (debit.collected_on, debit.attempts) == (DEBIT, 2)
    assert sandbox.balance(fei.household.customer_ref) == 400


def _join(own: Client, body: dict[str, object]) -> str:
    try:
        own.join(**body)  # type: ignore[arg-type]
    except Problem as refused:
        return refused.code
    return "joined"


def test_fifty_claims_at_once_are_one(api: Client, live_server: Any) -> None:
    ana, membership = joined(api, ANA)
    api.demo_advance_to(clock.now() + timedelta(days=1))
    body: dict[str, object] = {
        "membership_ref": membership,
        "illness": "1",
        "severity": "severe",
        "accident": False,
        "diagnosed_on": clock.now().date().isoformat(),
        "hospital": "协和医院",
        "statement": "胸口剧痛",
        "payee_name": ANA.name,
        "payee_phone": ANA.phone,
    }
    drafts = at_once(live_server, ana, "/claims", body, key="the claim")
    ref = Claim.objects.get().ref
    opened = at_once(live_server, ana, f"/claims/{ref}/open", {}, key="to the record")
    for status, answers in ((201, drafts), (200, opened)):
        assert {answer.status_code for answer in answers} == {status}
        assert len({answer.content for answer in answers}) == 1
    assert [line["type"] for line in ana.claim(ref)["history"]] == ["claim.open"]


def test_another_request_under_the_key_is_refused(api: Client) -> None:
    ana = member(api, ANA)
    body = application(api, verified(ana, ANA))
    first = ana.join(**body, key="k")
    assert ana.join(**body, key="k") == first
    for other in (body | {"occupation_class": "other"}, body | {"region": "11"}):
        with pytest.raises(Problem) as reused:
            ana.join(**other, key="k")
        assert (reused.value.status, reused.value.code) == (409, "idempotency_key_reused")
    with pytest.raises(Problem) as elsewhere:
        ana.leave(first["ref"], key="k")
    assert elsewhere.value.code == "idempotency_key_reused"


def test_a_key_is_its_senders_own(api: Client) -> None:
    for somebody in (ANA, FEI):
        own = member(api, somebody)
        own.join(**application(api, verified(own, somebody)), key="k")
    assert Membership.objects.count() == 2


def test_what_was_refused_may_be_sent_again_under_its_key(api: Client) -> None:
    ana = member(api, ANA)
    body = application(api, verified(ana, ANA))
    with pytest.raises(Problem) as refused:
        ana.join(**body | {"disclosure_version": "old"}, key="k")
    assert refused.value.code == "disclosure_outdated"
    assert ana.join(**body, key="k")["ref"]


def test_a_change_needs_a_key(api: Client) -> None:
    ana = member(api, ANA)
    url = f"{ana._base}/api/v1/verifications"
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 81}):
        answer = httpx.post(url, json={}, headers=ana._headers() | headers, trust_env=False)
        assert answer.status_code == 400
        assert "Idempotency-Key" in answer.json()["detail"]


def test_what_is_kept_of_an_answer_tells_nobodys_name(api: Client) -> None:
    ana = member(api, ANA)
    ana.join(**application(api, verified(ana, ANA)))
    kept = json.dumps(list(IdempotencyKey.objects.values_list("answer", flat=True)))
    assert "ref" in kept
    for personal in (ANA.name, ANA.number, ANA.phone):
        assert personal not in kept
