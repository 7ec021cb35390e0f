"""Somebody at the real pages without JavaScript: reads a form, fills it in, sends it."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# One that is hidden waits for a script to fill it.
ALERT = re.compile(r'role="alert"(?![^>]*\bhidden\b)')
VERIFIED_SECONDS_MAX = 120

Files = list[tuple[str, tuple[str, bytes, str]]]


class Visitor:
    """A browser with its cookies."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(
            base_url=base_url, follow_redirects=True, timeout=30, trust_env=False
        )

    def close(self) -> None:
        self._http.close()

    def session(self) -> str:
        """What the cookie says: who holds it is signed in."""
        return self._http.cookies["sessionid"]

    def read(self, address: str, **asked: str) -> str:
        """The page at an address."""
        answer = self._http.get(address, params=asked)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        return answer.text

    def send(
        self, address: str, *, on: str = "", files: Files | None = None, **fields: Any
    ) -> httpx.Response:
        """Fill in the form at `address`, or the one at `on` that is sent there; the next page."""
        found = TOKEN.search(self.read(on or address))
        assert found is not None, f"{on or address} has no form"
        answer = self._http.post(
            address, data={"csrfmiddlewaretoken": found[1], **fields}, files=files
        )
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        return answer

    def goes_on(self, address: str, **more: Any) -> httpx.URL:
        """Send a form that is accepted; where that leads."""
        answer = self.send(address, **more)
        assert not ALERT.search(answer.text), answer.text[answer.text.index("<main") :]
        return answer.url

    def stays(self, address: str, **more: Any) -> None:
        """Send a form that is not accepted: it comes back with what was typed."""
        assert ALERT.search(self.send(address, **more).text)

    def waits_for(self, address: str) -> None:
        """Look again until the page leads on."""
        give_up_at = time.monotonic() + VERIFIED_SECONDS_MAX
        while self._http.get(address).url.path == address:
            assert time.monotonic() < give_up_at, f"{address} leads nowhere"
            time.sleep(0.1)
