"""The page of what is kept shows what the register says, in both languages."""

from __future__ import annotations

import pytest
from django.test import Client

from sameboat.rights.register import REGISTER
from web.pages import text_of


@pytest.mark.django_db
def test_the_page_shows_the_same_in_both_languages() -> None:
    for language in ("en", "zh-hans"):
        page = text_of(Client(headers={"accept-language": language}).get("/privacy"))
        for table in REGISTER:
            for item in table.items:
                told = item.what.en if language == "en" else item.what.zh
                assert told in page, told
