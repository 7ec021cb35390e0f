"""How a page is looked at: on a phone and on a desk, in zh and en, with larger text, in the dark.

Each look measures what a machine can; `SHOTS=folder pytest tests/browser` also keeps a picture of
every page in every look, for a person.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, is_valid_path, resolve
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import BrowserContext, Page, Request, ViewportSize

from browser.conftest import PHONE, NewContext

DESK: ViewportSize = {"width": 1280, "height": 900}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGE_BYTES_MAX = 60_000
"""A page with its styles and scripts, before compression and without pictures."""
TARGET_PIXELS = 44
TARGET_PIXELS_LARGE = 60
PIXEL = 0.5
"""What rounding may take from a target."""
ENGLISH = re.compile(r"\b[A-Za-z]{2,}(?: [A-Za-z]{2,})+\b")
# A name, a command or a program's output, which reads the same in every language.
NOT_A_SENTENCE = re.compile(r"Xiang Hu Bao|sameboat verify|Xiaomi Huzhu")


@dataclass(frozen=True)
class Shown:
    """One page, by the session of who looks; empty for a stranger."""

    name: str
    address: str
    session: str = ""
    status: int = 200


@dataclass(frozen=True)
class Look:
    """One way in which a page is looked at."""

    name: str
    language: str
    viewport: ViewportSize
    dark: bool = False
    zooms: tuple[int, ...] = ()
    """Text sizes in percent in which the page is looked at as well; 0 is the large type."""


PHONE_ZH = Look("phone-zh", "zh-CN", PHONE, zooms=(140, 200, 0))
LOOKS = (PHONE_ZH, Look("desk-en-dark", "en-GB", DESK, dark=True))
# The machine is content with the two extremes; a person who looks at pictures wants all.
MORE = (
    Look("phone-en", "en-GB", PHONE, zooms=(140,)),
    Look("desk-zh", "zh-CN", DESK),
    Look("desk-en", "en-GB", DESK),
    Look("phone-zh-dark", "zh-CN", PHONE, dark=True),
)


def seen_by(client: Client, **addresses: str) -> Iterator[Shown]:
    """Pages at `addresses`, by the session of `client`."""
    session = client.cookies[settings.SESSION_COOKIE_NAME].value if client.cookies else ""
    for name, address in addresses.items():
        yield Shown(name.replace("_", "-"), address, session)


def refused(status: int, pages: Iterator[Shown]) -> Iterator[Shown]:
    """Pages that say no, with this status."""
    return (replace(page, status=status) for page in pages)


def faults_of(pages: list[Shown], *, new_context: NewContext, url: str) -> list[str]:
    """Everything that is wrong with any page in any look."""
    assert len({page.name for page in pages}) == len(pages), "two pages have one name"
    looks = LOOKS + (MORE if "SHOTS" in os.environ else ())
    return [fault for look in looks for fault in _in_look(look, pages, new_context, url)]


def unshown(pages: list[Shown], *, namespaces: set[str], others: Mapping[str, str]) -> set[str]:
    """Pages of the URL maps that nobody looks at and that are not among `others`."""
    addresses = {page.address.partition("?")[0] for page in pages}
    shown = {resolve(one).view_name for one in addresses if is_valid_path(one)}
    there = {
        name for name in _view_names(get_resolver().url_patterns) if _space(name) in namespaces
    }
    assert not others.keys() & shown, "it is shown: take it out of the list of others"
    assert others.keys() <= there, f"no such page: {others.keys() - there}"
    return there - shown - others.keys()


def cookie_of(one: Shown, url: str) -> SetCookieParam:
    return {"name": settings.SESSION_COOKIE_NAME, "url": url, "value": one.session}


def _space(name: str) -> str:
    """The namespace of a view; for the library's, what its names begin with."""
    head, colon, _rest = name.partition(":")
    return head if colon else name.partition("_")[0]


def _view_names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from _view_names(each.url_patterns, inner)
        elif each.name:
            yield f"{space}{each.name}"


@dataclass
class _Watch:
    """What a browser asks for and complains about while pages are open."""

    own: str
    faults: list[str] = field(default_factory=list)
    bytes_of: dict[str, int] = field(default_factory=dict)

    def over(self, context: BrowserContext) -> None:
        context.on("request", self._asked)
        context.on("console", lambda message: self._said(message.type, message.text))

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.own, "data:")):
            self.faults.append(f"asks {request.url} of somebody else")

    def _said(self, kind: str, text: str) -> None:
        # The browser writes an answer of 403 or 404 to its console too; those are expected.
        if kind == "error" and "Failed to load resource" not in text:
            self.faults.append(f"the browser complains: {text}")

    def taken(self) -> list[str]:
        found, self.faults = self.faults, []
        return found


def _in_look(look: Look, pages: list[Shown], new_context: NewContext, url: str) -> Iterator[str]:
    context = new_context(
        viewport=look.viewport,
        locale=look.language,
        base_url=url,
        color_scheme="dark" if look.dark else "light",
    )
    watch = _Watch(url)
    watch.over(context)
    page = context.new_page()
    for one in pages:
        context.clear_cookies()
        if one.session:
            context.add_cookies([cookie_of(one, url)])
        answer = page.goto(one.address)
        assert answer is not None
        found = [] if answer.status == one.status else [f"answers {answer.status}"]
        if urlsplit(page.url).path != urlsplit(one.address).path:
            found.append(f"leads to {page.url}")
        found += [*_shape(page), *watch.taken()]
        _keep(page, f"{one.name}-{look.name}")
        if look in LOOKS:
            found += _heard(page, only_colours=look.dark)
        if look is PHONE_ZH:
            found += [*_too_small(page, TARGET_PIXELS), *_left_in_english(page)]
            found += _too_heavy(page, len(answer.body()), watch.bytes_of)
        if look.viewport is DESK:
            # The longer words of English, on the narrow page.
            page.set_viewport_size(PHONE)
            found += [*_shape(page), *_broken(page)]
            page.set_viewport_size(DESK)
        found += [fault for zoom in look.zooms for fault in _zoomed(page, zoom, one, look)]
        yield from (f"{one.name}-{look.name}: {fault}" for fault in found)


def _shape(page: Page) -> Iterator[str]:
    """Whether it fits, and has one first heading."""
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        yield "wider than the screen"
    yield from (f"words are cut off: {text}" for text in page.evaluate(CUT_OFF))
    if page.get_by_role("heading", level=1).count() != 1:
        yield "has not one first heading"


CUT_OFF = """() => [...document.querySelectorAll('main *, header *, footer *')]
  .filter((one) => !one.closest('.visually-hidden, svg, textarea, input, select'))
  .filter((one) => getComputedStyle(one).overflowX === 'hidden'
    && getComputedStyle(one).clipPath === 'none' && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120))"""


BROKEN = """() => { const found = [], range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.parentElement.closest('.hash, .visually-hidden, pre, code, option, title')) continue;
    for (const word of node.data.matchAll(/[A-Za-z]{3,18}/g)) {
      range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1)
        found.push(word[0]);
    }
  }
  return found; }"""


def _broken(page: Page) -> list[str]:
    """Words that the end of a line cuts in two."""
    return [f"a word is broken: {word}" for word in page.evaluate(BROKEN)]


def _heard(page: Page, *, only_colours: bool) -> Iterator[str]:
    """What a screen reader or weak eyes would miss. The rest does not depend on the colours."""
    chosen = {"type": "rule", "values": ["color-contrast"]}
    options = {"runOnly": chosen if only_colours else {"type": "tag", "values": STANDARDS}}
    for violation in Axe().run(page, options=options).response["violations"]:
        yield f"{violation['id']}: {violation['nodes'][0]['html'][:160]}"


# A link within a sentence is exempt; a box or button to tick counts with its label.
SMALL = """(least) => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter((one) => one.type !== 'hidden' && !one.closest('.visually-hidden'))
  .filter((one) => one.getClientRects().length)
  .filter((one) => !(one.matches('a') && getComputedStyle(one).display === 'inline'
    && one.parentElement.textContent.trim() !== one.textContent.trim()))
  .map((one) => [one, (one.closest('label') || one).getBoundingClientRect()])
  .filter(([one, box]) => box.height < least
    || (one.matches('button, .button') && box.width < least))
  .map(([one, box]) => `${Math.round(box.width)}×${Math.round(box.height)} `
    + one.outerHTML.slice(0, 120))"""


def _too_small(page: Page, least: int) -> list[str]:
    return [f"too small to hit: {each}" for each in page.evaluate(SMALL, least - PIXEL)]


def _left_in_english(page: Page) -> list[str]:
    """English sentences on a Chinese page."""
    text = page.evaluate(
        """() => { const copy = document.body.cloneNode(true);
        copy.querySelectorAll('[lang=en], .hash, code, pre, script').forEach((one) => one.remove());
        return copy.textContent; }"""
    )
    return [f"left in English: {words}" for words in ENGLISH.findall(NOT_A_SENTENCE.sub("", text))]


def _too_heavy(page: Page, own: int, known: dict[str, int]) -> Iterator[str]:
    """More than a thin network carries in a moment."""
    parts = page.evaluate(
        """() => [...document.querySelectorAll('script[src], link[rel=stylesheet]')]
        .map((one) => one.src || one.href)"""
    )
    for part in parts:
        if part not in known:
            known[part] = len(page.request.get(part).body())
    total = own + sum(known[part] for part in parts)
    if total > PAGE_BYTES_MAX:
        yield f"weighs {total} bytes"


def _zoomed(page: Page, zoom: int, one: Shown, look: Look) -> list[str]:
    """The same page in the reader's own text size, or in the large type of our care version."""
    script = "(zoom) => { document.documentElement.style.fontSize = `${1.0625 * zoom}%` }"
    if not zoom:
        script = (
            "() => { const r = document.documentElement; r.style = ''; r.dataset.type = 'large' }"
        )
    page.evaluate(script, zoom)
    kind = f"{zoom} %" if zoom else "large type"
    found = list(_shape(page)) + ([] if zoom else _too_small(page, TARGET_PIXELS_LARGE))
    _keep(page, f"{one.name}-{look.name}-{zoom or 'large'}")
    return [f"{kind}: {fault}" for fault in found]


def _keep(page: Page, name: str) -> None:
    """Keep a picture where `SHOTS` says. The bar at the bottom would lie across the page."""
    if folder := os.environ.get("SHOTS"):
        move = "(to) => document.querySelector('.tabs')?.style.setProperty('position', to)"
        page.evaluate(move, "static")
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        page.evaluate(move, "")
