"""The browser and the server of the tests work, and Chinese is drawn."""

from __future__ import annotations

import pytest
from pytest_django.live_server_helper import LiveServer

from browser.conftest import NewContext

# Four different characters a machine without the font draws as the same box.
CHARACTERS = "互助同舟"


def test_chinese_characters_are_drawn_and_not_boxes(new_context: NewContext) -> None:
    page = new_context().new_page()
    pictures = set()
    for character in CHARACTERS:
        page.set_content(f"<span id=c style='font-size:64px'>{character}</span>")
        pictures.add(page.locator("#c").screenshot())
    assert len(pictures) == len(CHARACTERS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("javascript", [True, False])
def test_the_server_answers(
    new_context: NewContext, live_server: LiveServer, javascript: bool
) -> None:
    page = new_context(java_script_enabled=javascript).new_page()
    answer = page.goto(f"{live_server.url}/healthz")
    assert answer is not None
    assert answer.status == 200
    assert page.inner_text("body").strip() == "ok"
