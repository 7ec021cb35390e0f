"""An illness is found as people name it: in zh or en, by another name, by part of it, by code."""

from __future__ import annotations

import pytest

from rules import rulebook_example as example
from sameboat.rules.illness import find_illness
from sameboat.rules.rulebook import parse

TERMS = parse(example.files(), name=example.NAME).versions[0]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("恶性肿瘤", ["1"]),
        ("Cancer", ["1", "M1"]),
        ("肺癌", ["1"]),
        ("  LUNG   cancer ", ["1"]),
        ("ｌｕｎｇ　ｃａｎｃｅｒ", ["1"]),
        ("heart", ["2"]),
        ("infarction", ["2"]),
        ("甲状腺癌", ["M1"]),
        ("thyroid", ["M1"]),
        ("M1", ["M1"]),
        ("I21", ["2"]),
        ("i21.4", ["2"]),
        ("I214", ["2"]),
        ("C50.9", ["1"]),
        ("C73", ["M1", "1"]),
        ("C97", ["1"]),
        ("C98", []),
        ("I2", []),
        ("感冒", []),
        ("", []),
        ("   ", []),
        ("x" * 100_000, []),
    ],
)
def test_found_the_closest_first(text: str, numbers: list[str]) -> None:
    assert [illness.number for illness in find_illness(TERMS, text)] == numbers
