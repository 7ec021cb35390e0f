"""The outside world: payment, identity check, messaging, files, score.

One folder per kind. Its `__init__.py` says in a Protocol what every provider can do; each other
module of the folder is a provider: plain functions of those names, chosen by the setting
`SAMEBOAT_<KIND>_GATEWAY`. `sandbox` is the default and a full citizen: same tests, real tables.
To add a provider, copy one module; `tests/gateways` then tests it too.

Never call a gateway inside a transaction: record the intent, call, record the answer.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from sameboat.runtime.refusals import Refusal


class GatewayUnknown(Refusal):
    """The settings name a provider that is not there."""

    code = "gateway_unknown"
    en = "There is no {kind} gateway {name}; there are: {there}."
    zh = "没有名为 {name} 的 {kind} 网关；现有：{there}。"


class GatewayUnavailable(Refusal):
    """No answer came. It may have been done or not: ask again with the same key."""

    code = "gateway_unavailable"
    en = "The {kind} gateway does not answer; the request will be sent again under the same key."
    zh = "{kind} 网关没有应答，请求将以同一编号重新发送。"


class GatewayKeyReused(Refusal):
    """A key that was used before came back with other content; nothing was done."""

    code = "gateway_key_reused"
    en = "The key {key} was used before for something else."
    zh = "编号 {key} 已用于另一请求。"


def providers(kind: str) -> list[str]:
    """The names of the providers of a kind: the modules in its folder."""
    folder = importlib.import_module(f"sameboat.gateways.{kind}")
    return sorted(m.name for m in pkgutil.iter_modules(folder.__path__) if not m.ispkg)


def load(kind: str, name: str) -> ModuleType:
    """The provider's module; refuses a name that is not in the folder."""
    there = providers(kind)
    if name not in there:
        raise GatewayUnknown(kind=kind, name=name, there=", ".join(there))
    return importlib.import_module(f"sameboat.gateways.{kind}.{name}")
