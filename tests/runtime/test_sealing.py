"""What is sealed opens with its key at its place, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sameboat.runtime.sealing import SealBroken, blind_index, open_sealed, seal

KEY = bytes(32)
OTHER = bytes(31) + b"\x01"


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_opens(plaintext: bytes, place: bytes) -> None:
    assert open_sealed(KEY, seal(KEY, plaintext, associated=place), associated=place) == plaintext


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_no_bit_can_be_changed(position: int, bit: int) -> None:
    sealed = bytearray(seal(KEY, b"Ana", associated=b"person"))
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(SealBroken):
        open_sealed(KEY, bytes(sealed), associated=b"person")


def test_another_key_place_or_length_is_refused() -> None:
    sealed = seal(KEY, b"Ana", associated=b"person")
    for key, value, place in (
        (OTHER, sealed, b"person"),
        (KEY, sealed, b"claim"),
        (KEY, sealed[:20], b"person"),
        (KEY, b"", b"person"),
    ):
        with pytest.raises(SealBroken):
            open_sealed(key, value, associated=place)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert seal(KEY, b"Ana", associated=b"") != seal(KEY, b"Ana", associated=b"")


def test_an_index_tells_parts_from_their_sum() -> None:
    assert blind_index(KEY, "ab", "c") == blind_index(KEY, "ab", "c")
    assert blind_index(KEY, "ab", "c") != blind_index(KEY, "a", "bc")
    assert blind_index(KEY, "ab", "c") != blind_index(OTHER, "ab", "c")
