"""What every template may read: whether this is a demonstration, and which day it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from sameboat.pages.formatting import CHINA
from sameboat.runtime import clock
from sameboat.runtime.settings import settings


def frame(request: HttpRequest) -> dict[str, Any]:
    """The names that the base template uses."""
    return {
        "demo": settings().mode == "demo",
        "help_phone": settings().help_phone,
        "today": clock.now().astimezone(CHINA).date(),
    }
