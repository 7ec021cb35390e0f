"""Webhooks set up, read and sent again through the API and on the staff's pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

import society
from api.people import as_staff
from console.staff import INTEGRATOR, at_desk
from sameboat.runtime import clock, jobs
from sameboat.simulation.client import Client, Problem
from sameboat.webhooks.jobs import heartbeat
from webhooks.receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def qian(transactional_db: None, live_server: Any) -> Iterator[Client]:
    cache.clear()
    society.running(now=datetime.now(UTC))
    with Client(live_server.url) as client:
        yield as_staff(client, INTEGRATOR)


def worked() -> None:
    """A beat of the worker, and its jobs."""
    heartbeat(clock.now())
    jobs.work(wait=False)


def test_from_setting_up_to_sending_again(qian: Client) -> None:
    with receiving() as receiver:
        made = qian._post("/webhooks", {"url": receiver.url, "types": ["claim.moved"]})
        assert made["secret"].startswith("whsec_")
        address = f"/webhooks/{made['ref']}"
        qian._post(f"{address}/test", {}, "one")
        qian._post(f"{address}/test", {}, "one")
        worked()
        (line,) = qian._list(f"{address}/log")
        assert (line["state"], line["status"], line["attempts"]) == ("TAKEN", 200, 1)
        assert receiver.came[0][0]["webhook-id"] == line["event"]
        now = clock.by_the_machine().timestamp()
        assert abs(int(receiver.came[0][0]["webhook-timestamp"]) - now) < 60
        qian._post(f"{address}/log/{line['id']}/again", {})
        worked()
        assert len(receiver.came) == 2
        assert qian._get(address)["waiting"] == 0
        assert qian._post(f"{address}/rotate", {})["secret"] != made["secret"]
        assert "secret" not in qian._list("/webhooks")[0]
        qian._post(f"{address}/remove", {})
        assert qian._list("/webhooks") == []


def test_a_program_with_the_scope_may_and_what_is_wrong_is_refused(qian: Client) -> None:
    asked = {"name": "ops", "scopes": ["webhooks:write"], "days": 90}
    program = qian.with_token(qian._post("/tokens", asked)["token"])
    for url, code in (
        ("https://no-such-name.invalid/", "bad_endpoint"),
        ("http://10.0.0.1/", "bad_endpoint"),
        ("file:///etc/passwd", "bad_endpoint"),
    ):
        with pytest.raises(Problem) as refused:
            program._post("/webhooks", {"url": url, "types": ["claim.moved"]})
        assert (refused.value.status, refused.value.code) == (422, code)
    with pytest.raises(Problem) as unknown:
        program._post("/webhooks", {"url": "https://example.com/", "types": ["claim.paid"]})
    assert unknown.value.code == "bad_request"
    with pytest.raises(Problem) as wrong:
        program._get(f"/webhooks/{'0' * 32}")
    assert (wrong.value.status, wrong.value.code) == (404, "no_such_endpoint")


def test_the_same_on_the_pages_without_javascript(qian: Client) -> None:
    desk = at_desk(INTEGRATOR)
    with receiving() as receiver:
        sent = {"url": receiver.url, "types": ["period.settled", "claim.moved"]}
        page = _text(desk, reverse("console:webhooks"), sent)
        (secret,) = re.findall(r"whsec_[\w+/=]+", page)
        assert secret not in _text(desk, reverse("console:webhooks"))
        (ref,) = re.findall(r"/console/webhooks/([0-9a-f]{32})", page)
        address = reverse("console:webhook", args=[ref])
        assert "A test message is on its way" in _text(desk, address, {"do": "test"})
        worked()
        page = _text(desk, address)
        assert "webhook.test" in page and "taken" in page
        (delivery,) = re.findall(r'name="again" value="(\d+)"', page)
        assert "It is sent again" in _text(desk, address, {"again": delivery})
        worked()
        assert len(receiver.came) == 2
        assert "whsec_" in _text(desk, address, {"do": "rotate"})
        assert receiver.url not in _text(desk, address, {"do": "remove"})
    page = _text(
        desk, reverse("console:webhooks"), {"url": "http://10.0.0.1/", "types": ["claim.moved"]}
    )
    assert "leads into a network" in page or "does not begin with https" in page


def _text(desk: Browser, address: str, sent: dict[str, Any] | None = None) -> str:
    answer = desk.post(address, sent, follow=True) if sent else desk.get(address)
    assert answer.status_code == 200
    return answer.content.decode()
