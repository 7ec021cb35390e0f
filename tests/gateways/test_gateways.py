"""The settings choose the provider by name; what is not there is refused."""

from __future__ import annotations

import pytest

from sameboat import gateways
from sameboat.gateways import GatewayUnknown, files, identity_check, messaging, payment, score
from sameboat.gateways.files import folder


def test_without_a_word_the_sandboxes_serve() -> None:
    chosen = (payment, identity_check, messaging, score)
    assert [kind.provider() for kind in chosen] == [
        gateways.load(name, "sandbox")
        for name in ("payment", "identity_check", "messaging", "score")
    ]
    assert files.provider() is folder


def test_every_kind_has_its_provider_in_the_folder() -> None:
    assert "sandbox" in gateways.providers("payment")
    assert "folder" in gateways.providers("files")
    assert "templates" not in gateways.providers("messaging")


def test_a_provider_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(GatewayUnknown, match="no payment gateway alipay; there are: sandbox"):
        gateways.load("payment", "alipay")
