"""Structured logs: one JSON object a line, without personal data.

A log call names what happened and gives values by `extra={"data": {...}}`; references and counts
only. The text of an exception is left out, because it may quote what somebody typed: its class and
where it was raised are enough to find it.
"""

from __future__ import annotations

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

HANDLER = "stderr"
# Of the request or job that this thread works on: its log lines can be found together.
work: ContextVar[str] = ContextVar("work", default="")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if work.get():
            line["work"] = work.get()
        data = getattr(record, "data", None)
        if isinstance(data, dict):
            line["data"] = data
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__qualname__
            line["where"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-8:]
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def _message(record: logging.LogRecord) -> str:
    """Ours in full; of a library only what its code says, without the values filled in.

    Django's `%s: %s` would carry the requested address, which may hold what somebody typed.
    """
    ours = record.name.startswith("sameboat")
    return record.getMessage() if ours else str(record.msg)


def configuration() -> dict[str, Any]:
    """The logging settings of every server process."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "sameboat.runtime.logging.JsonLines"}},
        "handlers": {HANDLER: {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": [HANDLER], "level": "WARNING"},
        "loggers": {
            "sameboat": {"level": "INFO"},
            "django": {"handlers": [HANDLER], "level": "WARNING", "propagate": False},
            # Its messages carry the arguments of jobs.
            "procrastinate": {"handlers": [HANDLER], "level": "ERROR", "propagate": False},
            # Its messages carry the requested address, which may hold what a visitor typed.
            "django.request": {"handlers": [HANDLER], "level": "ERROR", "propagate": False},
        },
    }
