"""A link that stands alone in its paragraph is a target for a thumb, not a word in a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import sameboat

TEMPLATES = sorted(Path(sameboat.__file__).parent.glob("*/templates/**/*.html"))
ALONE = re.compile(
    r'<p(?: class="(?!links)[^"]*")?>(<a href=[^>]*>(?:(?!</?p>|<a ).)*</a>)</p>', re.DOTALL
)


def small(text: str) -> list[str]:
    """Links that stand alone without being said to; `class="links"` makes them large."""
    return [link for link in ALONE.findall(text) if 'class="button' not in link]


def test_no_lonely_link_is_small() -> None:
    found = {str(path): small(path.read_text()) for path in TEMPLATES}
    assert not {path: links for path, links in found.items() if links}


def test_the_check_sees_one() -> None:
    assert small('<p class="soft"><a href="/">Back</a></p>') == ['<a href="/">Back</a>']
    assert not small('<p class="links"><a href="/">Back</a></p><p>See <a href="/">it</a></p>')
