"""Integrators are told what happened: whole, signed, in order, again after a failure, no names."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

import pool
from console.staff import FINANCE, SUPERVISOR
from console.staff import INTEGRATOR as QIAN
from pool import D, at
from sameboat.identity.models import AuditRow
from sameboat.identity.queries import NotAllowed
from sameboat.identity.roles import Role
from sameboat.payments import actions as payments
from sameboat.plans.queries import NoSuchPlan
from sameboat.record import actions as record
from sameboat.webhooks import actions, queries
from sameboat.webhooks.events import Type
from sameboat.webhooks.models import Delivery, Endpoint, Event
from society import ANA, PLAN, START, Somebody, signed_in
from webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db(transaction=True)

ALL = [each.value for each in Type if each is not Type.TEST]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def set_up(receiver: Receiver, *types: str, now: datetime = START) -> actions.SetUp:
    return actions.set_up_endpoint(
        login_id=signed_in(QIAN).id, url=receiver.url, types=types or ALL, now=now
    )


def send(ref: str, now: datetime = START) -> int:
    return actions.send_waiting(endpoint_ref=ref, now=now, timestamp=1_700_000_000)


def told(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _headers, body in receiver.came]


def test_an_endpoint_is_told_of_the_plans_that_it_chose(receiver: Receiver) -> None:
    pool.filled(1)
    own: dict[str, Any] = {
        "login_id": signed_in(QIAN).id,
        "url": receiver.url,
        "types": ALL,
        "now": START,
    }
    chosen = actions.set_up_endpoint(**own, plans=[PLAN])
    every, other = set_up(receiver), set_up(receiver)
    Endpoint.objects.filter(ref=other.ref).update(plans="another")
    with pytest.raises(NoSuchPlan):
        actions.set_up_endpoint(**own, plans=["no-such-plan"])
    pool.settled_until(at(D))
    record.sequence(now=at(D))
    actions.pull_events(now=at(D))
    told_to = Delivery.objects.values_list("endpoint__ref", "event__body__plan")
    assert set(told_to) == {(chosen.ref, PLAN), (every.ref, PLAN)}
    lines = {each.ref: each.plans for each in queries.endpoints_of(signed_in(QIAN).id)}
    assert (lines[chosen.ref], lines[every.ref]) == ((PLAN,), ())


def is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As a receiver checks it, by the Standard Webhooks specification."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


class TestWhatIsTold:
    def test_a_period_from_the_joins_to_the_debits(self, receiver: Receiver) -> None:
        members = pool.filled(2)
        pool.poor(members[2])
        made = set_up(receiver)
        claim = pool.proposed(members[0])
        pool.announced()
        for day in (date(2026, 3, 10), date(2026, 3, 14)):
            payments.advance(plan_id=claim.plan, now=at(day, 9))
        record.sequence(now=at(date(2026, 3, 14), 10))
        now = at(date(2026, 3, 14), 11)
        while actions.pull_events(now=now):
            pass
        while send(made.ref, now):
            pass
        events = told(receiver)
        by_type: dict[str, list[dict[str, Any]]] = {}
        for event in events:
            by_type.setdefault(event["type"], []).append(event["data"])
        joined = [ref for data in by_type["memberships.joined"] for ref in data["memberships"]]
        assert joined == [each.ref for each in members]
        moves = [data["entry"] for data in by_type["claim.moved"]]
        assert (
            moves[0] == "claim.open" and "decision.propose" in moves and "decision.final" in moves
        )
        assert {data["claim"] for data in by_type["claim.moved"]} == {claim.ref}
        (settled,) = by_type["period.settled"]
        assert (settled["publicity_on"], settled["sharing"]) == (D.isoformat(), 2)
        (debited,) = by_type["debits.answered"]
        assert debited["asked_fen"] == debited["collected_fen"] + debited["failed_fen"]
        assert debited["failed_fen"] > 0
        indexes = [event["data"].get("entry_index") for event in events]
        assert [each for each in indexes if each is not None] == sorted(filter(None, indexes))
        assert actions.pull_events(now=now) == 0

    def test_nothing_of_it_names_anybody(self, receiver: Receiver) -> None:
        members = pool.filled(1)
        made = set_up(receiver)
        pool.proposed(members[0])
        pool.settled_until(at(D))
        actions.pull_events(now=at(D))
        send(made.ref)
        sent = b"".join(body for _headers, body in receiver.came).decode()
        assert members[0].ref in sent
        for planted in (ANA.name, ANA.number, ANA.phone[3:], "协和医院", "车祸", "1988"):
            assert planted not in sent

    def test_what_happened_before_anybody_listened_is_not_told(self, receiver: Receiver) -> None:
        pool.filled(1)
        pool.settled_until(at(D))
        set_up(receiver, now=at(D))
        assert actions.pull_events(now=at(D)) == 0

    def test_who_wants_one_type_is_told_no_other(self, receiver: Receiver) -> None:
        pool.filled(1)
        made = set_up(receiver, "memberships.joined")
        pool.settled_until(at(D))
        actions.pull_events(now=at(D))
        send(made.ref)
        assert {event["type"] for event in told(receiver)} == {"memberships.joined"}


class TestSending:
    def test_it_is_signed_as_the_standard_says_and_by_both_secrets_for_a_day(
        self, receiver: Receiver
    ) -> None:
        pool.filled(0)
        first = set_up(receiver)
        qian = signed_in(QIAN).id
        actions.send_test(login_id=qian, ref=first.ref, now=START)
        assert send(first.ref) == 1
        ((headers, body),) = receiver.came
        assert headers["webhook-id"].startswith("evt_")
        assert headers["webhook-timestamp"] == "1700000000"
        assert headers["content-type"] == "application/json"
        assert is_signed(headers, body, first.secret)
        assert not is_signed(headers, body + b" ", first.secret)
        second = actions.rotate_secret(login_id=qian, ref=first.ref, now=START)
        for now, old_signs in ((START, True), (START + timedelta(days=1), False)):
            actions.send_test(login_id=qian, ref=first.ref, now=now)
            send(first.ref, now)
            headers, body = receiver.came[-1]
            assert is_signed(headers, body, second.secret)
            assert is_signed(headers, body, first.secret) is old_signs

    def test_a_failure_is_tried_again_later_and_later_and_what_follows_waits(
        self, receiver: Receiver
    ) -> None:
        pool.filled(0)
        made, qian, now = set_up(receiver), signed_in(QIAN).id, START
        for _ in range(2):
            actions.send_test(login_id=qian, ref=made.ref, now=now)
        receiver.status = 503
        for number, wait in enumerate(actions.WAITS, start=1):
            assert send(made.ref, now) == 0
            assert len(receiver.came) == number
            assert queries.due_endpoints(now + wait - timedelta(seconds=1)) == []
            send(made.ref, now + wait - timedelta(seconds=1))
            assert len(receiver.came) == number
            now += wait
        assert queries.due_endpoints(now) == [made.ref]
        receiver.status = 200
        assert send(made.ref, now) == 2
        ids = [headers["webhook-id"] for headers, _body in receiver.came]
        assert len(set(ids[:-1])) == 1 and ids[-1] != ids[-2]

    def test_who_never_answers_is_stopped_and_can_be_started_again(
        self, receiver: Receiver
    ) -> None:
        pool.filled(0)
        made, qian, now = set_up(receiver), signed_in(QIAN).id, START
        actions.send_test(login_id=qian, ref=made.ref, now=now)
        receiver.status = 500
        for wait in (*actions.WAITS, timedelta(0)):
            send(made.ref, now)
            now += wait
        (line,) = queries.endpoints_of(qian)
        assert (line.stopped_because, line.waiting) == ("failing", 0)
        (given_up,) = queries.log_of(login_id=qian, ref=made.ref)
        assert (given_up.state, given_up.status, given_up.attempts) == ("GIVEN_UP", 500, 9)
        receiver.status = 200
        actions.start_endpoint(login_id=qian, ref=made.ref, now=now)
        actions.send_again(login_id=qian, ref=made.ref, delivery_id=given_up.id, now=now)
        assert send(made.ref, now) == 1
        assert receiver.came[0][0]["webhook-id"] == receiver.came[-1][0]["webhook-id"]

    def test_who_is_gone_is_stopped_at_once(self, receiver: Receiver) -> None:
        pool.filled(0)
        made, qian = set_up(receiver), signed_in(QIAN).id
        actions.send_test(login_id=qian, ref=made.ref, now=START)
        receiver.status = 410
        send(made.ref)
        assert Endpoint.objects.get().stopped_because == "gone"
        assert not queries.is_anybody_told()

    def test_a_redirect_is_not_followed(self, receiver: Receiver) -> None:
        pool.filled(0)
        made = set_up(receiver)
        with receiving() as elsewhere:
            receiver.status, receiver.location = 307, elsewhere.url
            actions.send_test(login_id=signed_in(QIAN).id, ref=made.ref, now=START)
            assert send(made.ref) == 0
            assert elsewhere.came == []
        assert Delivery.objects.get().status == 307

    def test_nobody_there_is_an_answer_too(self) -> None:
        pool.filled(0)
        with receiving() as gone:
            made = set_up(gone)
        actions.send_test(login_id=signed_in(QIAN).id, ref=made.ref, now=START)
        assert send(made.ref) == 0
        assert Delivery.objects.get().error == "connection"

    def test_two_workers_at_once_send_once(self, receiver: Receiver) -> None:
        pool.filled(0)
        made = set_up(receiver)
        actions.send_test(login_id=signed_in(QIAN).id, ref=made.ref, now=START)
        Endpoint.objects.update(busy_until=START + timedelta(minutes=1))
        assert send(made.ref) == 0
        # Whoever had it was killed: after a while another one goes on.
        assert send(made.ref, START + timedelta(minutes=2)) == 1


class TestWhoMay:
    def test_integrators_see_their_own_and_supervisors_all(self, receiver: Receiver) -> None:
        pool.filled(0)
        made = set_up(receiver)
        other = Somebody(
            name="余额宝",
            born_on=date(1985, 5, 5),
            sex="m",
            staff_name="yu",
            roles=(Role.INTEGRATOR,),
        )
        assert queries.endpoints_of(signed_in(other).id) == []
        with pytest.raises(queries.NoSuchEndpoint):
            actions.rotate_secret(login_id=signed_in(other).id, ref=made.ref, now=START)
        assert [each.ref for each in queries.endpoints_of(signed_in(SUPERVISOR).id)] == [made.ref]
        for nobody in (FINANCE, ANA):
            with pytest.raises(NotAllowed):
                queries.endpoints_of(signed_in(nobody).id)
            with pytest.raises(NotAllowed):
                actions.set_up_endpoint(
                    login_id=signed_in(nobody).id, url=receiver.url, types=ALL, now=START
                )

    def test_what_is_done_leaves_a_trace_and_no_secret(self, receiver: Receiver) -> None:
        pool.filled(0)
        made, qian = set_up(receiver), signed_in(QIAN).id
        actions.rotate_secret(login_id=qian, ref=made.ref, now=START)
        actions.remove_endpoint(login_id=qian, ref=made.ref, now=START)
        verbs = [
            row.verb for row in AuditRow.objects.filter(verb__startswith="webhook.").order_by("id")
        ]
        assert verbs == ["webhook.set_up", "webhook.rotate", "webhook.remove"]
        assert made.secret not in repr(made)
        assert made.secret.encode() not in bytes(Endpoint.objects.get().sealed_secret_before or b"")
        with pytest.raises(queries.NoSuchEndpoint):
            actions.start_endpoint(login_id=qian, ref=made.ref, now=START)

    def test_what_cannot_be_is_refused(self, receiver: Receiver) -> None:
        pool.filled(0)
        made, qian = set_up(receiver), signed_in(QIAN).id
        for types in ([], ["claim.paid"], ["webhook.test"]):
            with pytest.raises(actions.NoSuchEvents):
                actions.set_up_endpoint(login_id=qian, url=receiver.url, types=types, now=START)
        with pytest.raises(actions.NoSuchDelivery):
            actions.send_again(login_id=qian, ref=made.ref, delivery_id=1, now=START)
        for _ in range(actions.ENDPOINTS_MAX - 1):
            set_up(receiver)
        with pytest.raises(actions.TooManyEndpoints):
            set_up(receiver)

    def test_events_are_forgotten_after_a_month(self, receiver: Receiver) -> None:
        pool.filled(0)
        made = set_up(receiver)
        actions.send_test(login_id=signed_in(QIAN).id, ref=made.ref, now=START)
        assert actions.forget_events(now=START + timedelta(days=30)) == 0
        assert actions.forget_events(now=START + timedelta(days=30, seconds=1)) == 2
        assert not Event.objects.exists()
