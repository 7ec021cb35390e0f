"""A log line is JSON and does not repeat what an exception quotes."""

from __future__ import annotations

import json
import logging
import sys

from sameboat.runtime.logging import JsonLines


def test_a_line_names_the_exception_but_not_its_text() -> None:
    try:
        raise ValueError("11010519491231002X")
    except ValueError:
        record = logging.LogRecord(
            "sameboat", logging.ERROR, __file__, 1, "verification broke", (), sys.exc_info()
        )
    record.data = {"verification": "ab12"}
    line = JsonLines().format(record)
    parsed = json.loads(line)
    assert parsed["message"] == "verification broke"
    assert parsed["data"] == {"verification": "ab12"}
    assert parsed["exception"] == "ValueError"
    assert "11010519491231002X" not in line
