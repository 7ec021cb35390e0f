"""What every messaging provider must do; and that the sandbox keeps nothing in clear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from django.db import connection

from sameboat import gateways
from sameboat.gateways import GatewayKeyReused
from sameboat.gateways.message_templates import TEMPLATES, Template, render
from sameboat.gateways.messaging import SEND_MAX, Message, MessagingProvider, sandbox
from sameboat.gateways.models import SandboxMessage
from sameboat.runtime.settings import Settings

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 14, 1, tzinfo=UTC)
ANA = "+8613800138000"
_: MessagingProvider = sandbox


def code(key: str, value: str, to: str = ANA) -> Message:
    return Message(
        key=key,
        to=to,
        template="sign_in_code",
        data={"code": value, "minutes": "5"},
        language="en",
    )


@pytest.fixture(params=gateways.providers("messaging"))
def provider(request: pytest.FixtureRequest) -> MessagingProvider:
    return cast(MessagingProvider, gateways.load("messaging", request.param))


def test_the_same_message_again_does_no_harm(provider: MessagingProvider) -> None:
    provider.send(code("k1", "123456"), now=NOW)
    provider.send(code("k1", "123456"), now=NOW + timedelta(seconds=9))


def test_a_key_with_other_content_is_refused(provider: MessagingProvider) -> None:
    provider.send(code("k1", "123456"), now=NOW)
    with pytest.raises(GatewayKeyReused):
        provider.send(code("k1", "123457"), now=NOW)
    with pytest.raises(GatewayKeyReused):
        provider.send(code("k1", "123456", to="+8613800138001"), now=NOW)


def test_many_are_kept_at_once_and_again_without_harm() -> None:
    first = [code(f"k{n}", f"{n:06d}", to=f"+86138{n:08d}") for n in range(SEND_MAX)]
    sandbox.send(*first[:10], now=NOW)
    sandbox.send(*first, now=NOW)
    assert SandboxMessage.objects.count() == SEND_MAX
    assert [found.data["code"] for found in sandbox.outbox(to="+8613800000999")] == ["000999"]


def test_one_key_with_other_content_stops_the_whole_handful() -> None:
    sandbox.send(code("k1", "111111"), now=NOW)
    with pytest.raises(GatewayKeyReused):
        sandbox.send(code("k0", "000000"), code("k1", "999999"), now=NOW)
    assert [found.data["code"] for found in sandbox.outbox(to=ANA)] == ["111111"]


def test_the_outbox_shows_one_phone_newest_first_and_each_message_once() -> None:
    sandbox.send(code("k1", "111111"), now=NOW)
    sandbox.send(code("k1", "111111"), now=NOW)
    sandbox.send(code("k2", "222222"), now=NOW + timedelta(minutes=1))
    sandbox.send(code("k3", "333333", to="+8613800138001"), now=NOW)
    shown = sandbox.outbox(to=ANA)
    assert [message.data["code"] for message in shown] == ["222222", "111111"]
    assert shown[0].text == "Sameboat: your code is 222222, valid for 5 minutes. Tell nobody."
    assert sandbox.outbox(to="+8613800138002") == []


def test_neither_phone_nor_content_stands_in_the_table() -> None:
    sandbox.send(code("k1", "739152"), now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(m)::text FROM gateways_sandboxmessage AS m")
        row = cursor.fetchone()[0]
    sealed = bytes(SandboxMessage.objects.get().sealed)
    for secret in (ANA, ANA[1:], ANA[3:], "739152"):
        assert secret not in row
        assert secret.encode() not in sealed
        assert secret.encode().hex() not in row


def test_the_outbox_is_hidden_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "settings", lambda: Settings(mode="production"))
    with pytest.raises(sandbox.OutboxHidden):
        sandbox.outbox(to=ANA)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_the_same_blanks_in_both_languages(name: str) -> None:
    found = TEMPLATES[name]
    assert found.blanks() == Template(zh=found.en, en=found.zh).blanks()
    data = {blank: f"<{blank}>" for blank in found.blanks()}
    for sentence in (render(name, data, language="zh"), render(name, data, language="en")):
        assert all(value in sentence for value in data.values())


def test_a_message_with_a_missing_blank_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="minutes"):
        Message(key="k", to=ANA, template="sign_in_code", data={"code": "1"}, language="zh")


def test_phone_and_content_stay_out_of_repr() -> None:
    assert ANA not in repr(code("k", "739152"))
    assert "739152" not in repr(code("k", "739152"))
