"""Canonical JSON: one spelling, and everything else is refused."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.proof.canonical import BYTES_MAX, DEPTH_MAX, canonical, parse_canonical
from sameboat.proof.errors import BadProof

texts = st.text('aZ é\u0301舟😀"\\/\n\0\x1f\x7f\u2028', max_size=8).map(
    lambda text: unicodedata.normalize("NFC", text)
)
keys = st.text('aBz_ "\\\n', max_size=4)
values = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(keys, values, max_size=6))
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    data = canonical(value)
    assert parse_canonical(data) == value
    assert canonical(dict(reversed(value.items()))) == data
    assert json.loads(data) == value


def test_the_bytes_are_those_of_rfc_8785() -> None:
    value: dict[str, Any] = {"b": 'é"\\/\x01\n\x7f\u2028', "a": [True, -1, {}], "B": 0, "": []}
    wanted = '{"":[],"B":0,"a":[true,-1,{}],"b":"é\\"\\\\/\\u0001\\n\x7f\u2028"}'
    assert canonical(value) == wanted.encode()


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1.0},
        {"a": None},
        {"é": 1},
        {"a": "e\u0301"},
        {"a": 2**53},
        {"a": -(2**53)},
        {"a": "\ud800"},
        {"a": b"x"},
        {1: "a"},
        {"a": [[None]]},
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(BadProof, match="bad_json"):
        canonical(value)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a": 1}', "not_canonical"),
        (b'{"b":1,"a":1}', "not_canonical"),
        (b'{"a":"\\u00e9"}', "not_canonical"),
        (b'{"a":"\\/"}', "not_canonical"),
        (b'{"a":-0}', "not_canonical"),
        (b'{"a":1}\n', "not_canonical"),
        (b'{"a":1,"a":1}', "bad_json"),
        (b'{"a":1,"a":2}', "bad_json"),
        (b'{"a":1e2}', "bad_json"),
        (b'{"a":1.0}', "bad_json"),
        (b'{"a":NaN}', "bad_json"),
        (b'{"a":null}', "bad_json"),
        (b'{"a":01}', "bad_json"),
        (b'{"a":9007199254740992}', "bad_json"),
        (b'{"a":"\\ud800"}', "bad_json"),
        (b'{"a":"\xff"}', "bad_json"),
        (b"\xef\xbb\xbf{}", "bad_json"),
        (b"[]", "bad_json"),
        (b"1", "bad_json"),
        (b"", "bad_json"),
        (b'{"a":' + b"9" * 5_000 + b"}", "bad_json"),
        (b'{"a":' + b"[" * 29_000 + b"]" * 29_000 + b"}", "bad_json"),
    ],
)
def test_any_other_spelling_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(BadProof) as caught:
        parse_canonical(data)
    assert caught.value.code == code


def test_length_and_depth_are_bounded() -> None:
    longest = {"a": "x" * (BYTES_MAX - len('{"a":""}'))}
    assert len(canonical(longest)) == BYTES_MAX
    with pytest.raises(BadProof, match="too_long"):
        canonical({"a": longest["a"] + "x"})
    with pytest.raises(BadProof, match="too_long"):
        parse_canonical(canonical(longest) + b" ")
    deep: Any = 1
    for _ in range(DEPTH_MAX - 1):
        deep = {"a": deep}
    assert parse_canonical(canonical(deep)) == deep
    with pytest.raises(BadProof, match="bad_json"):
        canonical({"a": deep})
