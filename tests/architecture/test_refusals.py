"""Every refusal has a code of its own and the same sentence in both languages."""

from __future__ import annotations

import importlib
import pkgutil
import string

import sameboat
from sameboat.runtime.refusals import Refusal


def all_refusals() -> list[type[Refusal]]:
    """Every subclass in the package, after every module was imported."""
    for module in pkgutil.walk_packages(sameboat.__path__, "sameboat."):
        if ".migrations" not in module.name and module.name != "sameboat.site.wsgi":
            importlib.import_module(module.name)
    found: list[type[Refusal]] = []
    waiting = Refusal.__subclasses__()
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.__module__.startswith("sameboat."):
            found.append(refusal)
    return found


def faults(refusal: type[Refusal]) -> list[str]:
    """What a refusal lacks."""
    lacking = [
        f"{refusal.__qualname__} has no {name}"
        for name in ("code", "en", "zh", "__doc__")
        if not refusal.__dict__.get(name)
    ]
    if not lacking and fields(refusal.en) != fields(refusal.zh):
        lacking.append(f"{refusal.__qualname__}: en and zh name different data")
    return lacking


def fields(sentence: str) -> set[str]:
    """The data a sentence names; `{kind_zh}` and `{kind_en}` are the same in two languages."""
    named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
    return {name.removesuffix("_zh").removesuffix("_en") for name in named}


def test_every_refusal_is_complete_and_its_code_its_own() -> None:
    refusals = all_refusals()
    assert len(refusals) > 10
    found = [fault for refusal in refusals for fault in faults(refusal)]
    assert not found, "\n" + "\n".join(found)
    codes = [refusal.code for refusal in refusals]
    assert sorted(codes) == sorted(set(codes))


def test_a_lacking_refusal_is_found() -> None:
    half = type("Half", (Refusal,), {"__doc__": "x", "code": "half", "en": "{a}", "zh": "{b}"})
    assert faults(half) == ["Half: en and zh name different data"]
    bare = type("Bare", (half,), {})
    assert faults(bare) == [f"Bare has no {name}" for name in ("code", "en", "zh", "__doc__")]
