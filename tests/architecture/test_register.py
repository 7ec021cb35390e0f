"""The register names every field of every table about people, and docs/privacy.md is made of it."""

from __future__ import annotations

import os
from pathlib import Path

from django.apps import apps
from django.db import models

from sameboat.rights.document import markdown
from sameboat.rights.items import AtErasure, Form, Table, form_of
from sameboat.rights.register import NOBODY, REGISTER

DOCUMENT = Path(__file__).parents[2] / "docs" / "privacy.md"
TABLES = {table.model: table for table in REGISTER}


def fields_of(model: type[models.Model]) -> set[str]:
    """The columns of a table, without its number."""
    return {field.name for field in model._meta.concrete_fields if field.name != "id"}


def faults(table: Table, columns: set[str]) -> list[str]:
    """What the register says of a table that is not so."""
    named = [name for item in table.items for name in item.fields]
    twice = {name for name in named if named.count(name) > 1}
    return [
        *(f"{table.model}.{name} is not in the register" for name in sorted(columns - set(named))),
        *(f"{table.model}.{name} does not exist" for name in sorted(set(named) - columns)),
        *(f"{table.model}.{name} stands there twice" for name in sorted(twice)),
    ]


def test_every_field_of_every_table_is_described() -> None:
    found: list[str] = []
    for model in apps.get_models():
        label = model._meta.label
        if label not in NOBODY:
            assert label in TABLES, f"describe {label} in rights/register, or name it in NOBODY"
            found += faults(TABLES[label], fields_of(model))
    assert not found, "\n" + "\n".join(found)
    assert {*TABLES, *NOBODY} == {model._meta.label for model in apps.get_models()}
    assert not NOBODY & set(TABLES)


def test_a_field_that_is_missing_is_found() -> None:
    table = TABLES["identity.Relation"]
    assert faults(
        table, {"person", "relative", "kind", "since", "until", "granted_by", "wedding_on"}
    ) == ["identity.Relation.wedding_on is not in the register"]
    assert faults(table, {"person", "relative", "kind", "until", "granted_by"}) == [
        "identity.Relation.since does not exist"
    ]


def test_nothing_free_of_form_stands_in_clear() -> None:
    """Bytes in clear would be something that the register does not understand."""
    for table in REGISTER:
        model = apps.get_model(table.model)
        for item in table.items:
            for name in item.fields:
                column, form = model._meta.get_field(name), form_of(item, name)
                where = f"{table.model}.{name}"
                if isinstance(column, models.BinaryField):
                    assert form is not Form.CLEAR, where
                if isinstance(column, models.DateTimeField):
                    assert form is Form.CLEAR, where


def test_whatever_is_about_health_is_sealed_and_goes() -> None:
    for table in REGISTER:
        for item in (item for item in table.items if item.is_health):
            where = f"{table.model}.{item.fields}"
            assert item.erased in (AtErasure.KEY, AtErasure.DELETED) or item.is_hidden, where
            assert any(form_of(item, name) is Form.SEALED for name in item.fields) or all(
                name.endswith("_key") for name in item.fields
            ), where


def test_a_row_leads_to_the_person_it_is_about() -> None:
    for table in REGISTER:
        model = apps.get_model(table.model)
        for path in table.of:
            if path != "self":
                model.objects.filter(**{path: 1}).query  # noqa: B018 - refuses a wrong path


def test_the_document_says_what_the_register_says() -> None:
    if os.environ.get("PRIVACY") == "write":
        DOCUMENT.write_text(markdown(), encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == markdown(), (
        "the register changed: PRIVACY=write pytest tests/architecture, and look at the diff"
    )
