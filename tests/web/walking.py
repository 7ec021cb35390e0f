"""Walking as a browser without JavaScript does: links are followed, forms filled in by labels.

`Walker` goes one way and says where it is; `dead_ends` goes everywhere that can be reached, presses
every button once and takes that back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse

from web.pages import text_of

PAGES_MAX = 400
BINARY = ("radio", "checkbox")


@dataclass
class Form:
    """A form as a browser would send it: where to, and what stands in its fields."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and words of each."""
    files: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """What can be done on a page: its links and forms, those within `main` apart."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.labels: dict[str, str] = {}
        self.ids: dict[str, tuple[str, str]] = {}
        """Of each field with an id: its name and its value."""
        self.ways_on = 0
        self._form: Form | None = None
        self._main = False
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self._select = self._textarea = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        self._main |= tag == "main"
        if tag in ("a", "button", "label", "textarea"):
            self._open.append((tag, of, []))
        if tag == "form":
            self._form = Form(of.get("action", ""), of.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "select":
            self._select = of["name"]
        elif tag == "option" and self._select and self._form:
            chosen = "selected" in of
            there = any(name == self._select for name, _ in self._form.values)
            if chosen or not there:
                kept = [pair for pair in self._form.values if pair[0] != self._select]
                self._form.values = [*kept, (self._select, of.get("value", ""))]
        elif tag == "input":
            self._input(of)
        if "id" in of and tag in ("input", "select", "textarea"):
            self.ids[of["id"]] = (of.get("name", ""), of.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._main = False
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        if self._open and self._open[-1][0] == tag:
            self._close(*self._open.pop())

    def handle_data(self, data: str) -> None:
        for _tag, _of, words in self._open:
            words.append(data)

    def _input(self, of: dict[str, str]) -> None:
        if self._form is None or "name" not in of:
            return
        kind = of.get("type", "text")
        if kind == "file":
            self._form.files.append(of["name"])
        elif kind not in BINARY or "checked" in of:
            self._form.values.append((of["name"], of.get("value", "")))

    def _close(self, tag: str, of: dict[str, str], said: list[str]) -> None:
        words = " ".join("".join(said).split())
        if tag == "a" and of.get("href"):
            self.links.append((of["href"], words))
            self.ways_on += self._main
        elif tag == "button" and self._form:
            self._form.buttons.append((of.get("name", ""), of.get("value", ""), words))
            self.ways_on += self._main
        elif tag == "label" and of.get("for"):
            self.labels[words] = of["for"]
        elif tag == "textarea" and self._form:
            self._form.values.append((of["name"], "".join(said)))


class Walker:
    """Somebody who walks through pages, one after the other."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.address = "/"
        self.text = ""
        self.page = Page("")

    def opens(self, address: str) -> Walker:
        """Type an address, or follow one."""
        return self._at(address, self.client.get(address, follow=True))

    def follows(self, words: str) -> Walker:
        """Follow the first link that has these words, in whatever place."""
        found = [href for href, said in self.page.links if words in said]
        assert found, f"no link “{words}” on {self.address}: {self.text}"
        return self.opens(urljoin(self.address, found[0]))

    def presses(self, words: str, filled: dict[str, Any] | None = None) -> Walker:
        """Fill fields in by their labels, or by their names, and press the button."""
        form, button = self._button(words)
        values: dict[str, list[Any]] = {}
        for name, value in form.values:
            values.setdefault(name, []).append(value)
        for label, value in (filled or {}).items():
            name, own = self._field(label)
            values[name] = (
                value if isinstance(value, list) else [(own or "on") if value is True else value]
            )
        if button[0]:
            values[button[0]] = [button[1]]
        address = urljoin(self.address, form.action)
        send = self.client.post if form.method == "post" else self.client.get
        return self._at(address, send(address, values, follow=True))

    def says(self, *words: str) -> Walker:
        """The page says this."""
        for each in words:
            assert each in self.text, f"“{each}” is not on {self.address}: {self.text}"
        return self

    def _at(self, address: str, answer: Any) -> Walker:
        assert answer.status_code == 200, f"{address} answers {answer.status_code}"
        self.address = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        self.page, self.text = Page(answer.content.decode()), text_of(answer)
        return self

    def _button(self, words: str) -> tuple[Form, tuple[str, str, str]]:
        for form in self.page.forms:
            for button in form.buttons:
                if words in button[2]:
                    return form, button
        raise AssertionError(f"no button “{words}” on {self.address}: {self.text}")

    def _field(self, label: str) -> tuple[str, str]:
        for words, id_of in self.page.labels.items():
            if words.startswith(label) and id_of in self.page.ids:
                return self.page.ids[id_of]
        names = {name for form in self.page.forms for name, _ in form.values}
        names |= {name for form in self.page.forms for name in form.files}
        names |= {name for name, _value in self.page.ids.values()}
        assert label in names, f"no field “{label}” on {self.address}: {self.text}"
        return label, ""


def dead_ends(client: Client, *, start: str = "/") -> list[str]:
    """Everything that is wrong on the pages that can be reached from `start` by any link or button.

    A page must answer, and lead on; a button must do something or say why not. What a button did
    is taken back at once, so that the walk changes nothing.
    """
    return list(_wrong(client, start))


def _wrong(client: Client, start: str) -> Iterator[str]:
    seen, left = {start}, [start]
    pressed: set[str] = set()
    while left:
        address = left.pop()
        assert len(seen) < PAGES_MAX, "the walk does not end"
        answer: Any = client.get(address)
        if answer.status_code in (301, 302):
            left += _new(seen, urljoin(address, answer["Location"]))
            continue
        if answer.status_code != 200:
            yield f"{address} answers {answer.status_code}"
            continue
        if not answer["Content-Type"].startswith("text/html"):
            continue
        page = Page(answer.content.decode())
        if not page.ways_on:
            yield f"{address} leads nowhere"
        for href, _words in page.links:
            left += _new(seen, urljoin(address, href))
        for form in page.forms:
            yield from _pressed(client, address, form, pressed)


def _new(seen: set[str], address: str) -> list[str]:
    """An address of our own that was not seen yet."""
    parts = urlsplit(urldefrag(address)[0])
    own = parts.path + (f"?{parts.query}" if parts.query else "")
    if parts.scheme or parts.netloc or not own.startswith("/") or own in seen:
        return []
    seen.add(own)
    return [own]


def _pressed(client: Client, address: str, form: Form, pressed: set[str]) -> Iterator[str]:
    """Send the form with what stands in it, by each of its buttons; then take it back."""
    action = urljoin(address, form.action)
    for name, value, words in form.buttons or [("", "", "")]:
        what = f"{form.method} {action} {name}={value}"
        if what in pressed or resolve(urlsplit(action).path).view_name in _EVERYWHERE:
            continue
        pressed.add(what)
        data: dict[str, list[str]] = {}
        for each, stands in [*form.values, *([(name, value)] if name else [])]:
            data.setdefault(each, []).append(stands)
        with transaction.atomic():
            answer = _sent(client, form.method, action, data)
            transaction.set_rollback(True)
        if answer.status_code not in (200, 409):
            yield f"“{words}” on {address} answers {answer.status_code}"
        elif not Page(answer.content.decode()).ways_on:
            yield f"“{words}” on {address} leads nowhere"


_EVERYWHERE = ("set_language", "pages:type", "account_logout")
"""Buttons of every page, which have tests of their own."""


def _sent(client: Client, method: str, action: str, data: dict[str, list[str]]) -> Any:
    """By another browser with the same cookies: what it is given is not kept."""
    other = Client(headers={"accept-language": "en"})
    for name, cookie in client.cookies.items():
        other.cookies[name] = cookie.value
    send = other.post if method == "post" else other.get
    return send(action, data, follow=True)


def signed_in_by_phone(client: Client, phone: str) -> Walker:
    """Somebody at the page where a code is asked for, which is then sent."""
    walker = Walker(client).opens(reverse("account_request_login_code"))
    return walker.presses("Send me a code", {"Mobile number": phone})
