"""Every sentence of the pages has its Chinese, whole and with the same blanks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.utils.translation.template import templatize

import sameboat

PACKAGE = Path(sameboat.__file__).parent
PO = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
FUNCTIONS = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"})
IN_CONTEXT = frozenset({"pgettext", "pgettext_lazy"})
# What `templatize` writes for `translate` and `blocktranslate`.
IN_TEMPLATE = re.compile(r"\b(?:n?gettext|_)\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))")


def in_python(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        # With a context the sentence comes second.
        first = node.args[1] if name in IN_CONTEXT else node.args[0]
        if (
            name in FUNCTIONS | IN_CONTEXT
            and isinstance(first, ast.Constant)
            and isinstance(first.value, str)
        ):
            yield first.value


def in_template(source: str) -> Iterator[str]:
    for found in IN_TEMPLATE.finditer(templatize(source)):
        yield ast.literal_eval(found[1].removeprefix("u"))


def said_on_pages() -> dict[str, str]:
    """Each sentence and a file that says it."""
    found: dict[str, str] = {}
    templates = [*PACKAGE.rglob("templates/**/*.html"), *PACKAGE.rglob("templates/**/*.txt")]
    for path in sorted([*PACKAGE.rglob("*.py"), *templates]):
        read = in_python if path.suffix == ".py" else in_template
        text = path.read_text()
        if path.suffix != ".py" or "django.utils.translation" in text:
            found |= dict.fromkeys(read(text), str(path.relative_to(PACKAGE)))
    return found


def blanks(sentence: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", sentence))


def test_nothing_on_the_pages_is_left_in_english() -> None:
    there = {entry.msgid for entry in polib.pofile(str(PO)) if entry.translated()}
    said = said_on_pages()
    assert len(said) > 300
    lacking = [f"{where}: {text}" for text, where in said.items() if text not in there]
    assert not lacking, "add these to " + PO.name + ":\n" + "\n".join(lacking)


def test_no_translation_is_fuzzy_empty_or_unused() -> None:
    said = said_on_pages()
    for entry in polib.pofile(str(PO)):
        assert not entry.fuzzy, entry.msgid
        assert not entry.obsolete, entry.msgid
        assert entry.msgid in said, f"nothing says: {entry.msgid}"


def test_the_chinese_fills_the_same_blanks() -> None:
    for entry in polib.pofile(str(PO)):
        chinese = entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr
        assert blanks(chinese) == blanks(entry.msgid_plural or entry.msgid), entry.msgid
        spoken = re.sub(r"%\(\w+\)[sd]", "", entry.msgid)
        is_chinese = re.search(r"[\u4e00-\u9fff]", chinese) is not None
        assert is_chinese or not re.search(r"[A-Za-z]", spoken), f"not Chinese: {chinese}"


def test_a_sentence_without_chinese_is_found() -> None:
    assert list(in_python('x = _("Not " "said")')) == ["Not said"]
    assert list(in_template('{% load i18n %}{% translate "New" %}')) == ["New"]
    counted = "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days"
    source = "{% load i18n %}" + counted + "{% endblocktranslate %}"
    assert list(in_template(source)) == ["%(n)s day"]
