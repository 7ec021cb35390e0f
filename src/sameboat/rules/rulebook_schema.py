"""The shape of a rulebook as JSON Schema, for editors that complete and check TOML as one writes.

It is made from the readers of the keys, so it knows every key and no other. What must hold between
keys only `sameboat plan check` judges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sameboat.rules.reading import Reader, object_schema
from sameboat.rules.rulebook import VERSIONS_MAX
from sameboat.rules.rulebook_keys import DATES, DEFAULTS, HEAD, SECTIONS, mark, source

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rulebook_schema() -> dict[str, Any]:
    """The schema of a whole rulebook file."""
    properties = {key: reader.schema for key, reader in HEAD.items()} | {
        "version": {
            "type": "array",
            "minItems": 1,
            "maxItems": VERSIONS_MAX,
            "items": _version(),
        }
    }
    return {
        "$schema": DIALECT,
        "title": "A rulebook of Sameboat",
        **object_schema(properties, (*HEAD, "version")),
    }


def _version() -> dict[str, Any]:
    """One `[[version]]`; one with `based_on` may leave out whatever it takes over."""
    properties: dict[str, Any] = {"version": mark.schema, "based_on": mark.schema}
    properties |= _with_sources("", DATES)["properties"]
    for name, section in SECTIONS.items():
        properties[name] = _with_sources(name, section.keys)
    whole = object_schema(properties, ("version", "effective_on", "source"))
    needed = [
        name
        for name, one in SECTIONS.items()
        if any(f"{name}.{k}" not in DEFAULTS for k in one.keys)
    ]
    return {**whole, "anyOf": [{"required": ["based_on"]}, {"required": needed}]}


def _with_sources(section: str, keys: Mapping[str, Reader[Any]]) -> dict[str, Any]:
    """A section: its keys, and below `source` where each value comes from."""
    properties: dict[str, Any] = {}
    for key, reader in keys.items():
        default = DEFAULTS.get(f"{section}.{key}")
        described = f"Default: {default}" if isinstance(default, bool | int | str) else None
        properties[key] = {**reader.schema, **({"description": described} if described else {})}
    sources = object_schema(dict.fromkeys(keys, source.schema), ())
    return object_schema({**properties, "source": sources}, ("source",))
