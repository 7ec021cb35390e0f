"""Names sort by time where they should, and cannot be guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sameboat.runtime.ids import reference, uuid7

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_references_are_sixteen_random_bytes() -> None:
    names = {reference() for _ in range(1000)}
    assert len(names) == 1000
    assert all(len(bytes.fromhex(name)) == 16 for name in names)


def test_uuids_are_of_version_seven_and_sort_by_time() -> None:
    early, late = uuid7(NOW), uuid7(NOW + timedelta(milliseconds=1))
    assert early.version == 7
    assert early.variant == "specified in RFC 4122"
    assert early < late
    assert early.int >> 80 == int(NOW.timestamp() * 1000)
