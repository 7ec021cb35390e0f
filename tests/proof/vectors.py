"""The vectors written by others, read where they are; a clone without them says so and goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(os.environ["SAMEBOAT_VECTORS"])
needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="SAMEBOAT_VECTORS is absent; the golden file stands in"
)


def load(path: str) -> Any:
    return json.loads((VECTORS / path).read_text())


def cases(folder: str) -> list[Any]:
    """One parameter per JSON file under `folder`; one that skips where there are no vectors."""
    files = sorted((VECTORS / folder).rglob("*.json"))
    if not files:
        return [pytest.param(None, marks=needs_vectors, id="absent")]
    return [pytest.param(json.loads(f.read_text()), id=f"{f.parent.name}/{f.stem}") for f in files]
