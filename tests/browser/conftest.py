"""A browser per worker and a fresh, empty context per test, in the language asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from browser.chromium import find

NewContext = Callable[..., BrowserContext]
PHONE: ViewportSize = {"width": 360, "height": 740}
TIMEOUT_MILLISECONDS = 10_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; a run without it fails, it does not skip.

    For one module only: while Playwright runs, no other event loop can, and the jobs need theirs.
    """
    found = find()
    assert found is not None, "no Chromium: run `make test`, which sets it up"
    # Playwright keeps an event loop in this thread; Django would take every query for an async one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found.executable, env={**os.environ, **found.environment}
        )
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Make contexts: a phone in Chinese with JavaScript unless the test says otherwise."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        chosen: dict[str, Any] = {"viewport": PHONE, "locale": "zh-CN", **options}
        context = browser.new_context(**chosen)
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
