"""What every shape of the API keeps to."""

from __future__ import annotations

from collections import Counter

from sameboat.api import urls
from sameboat.api.shapes import In, Out


def all_of(base: type) -> list[type]:
    """Every shape that the routes use."""
    assert urls.api
    found: list[type] = []
    waiting: list[type] = base.__subclasses__()
    while waiting:
        shape = waiting.pop()
        waiting += shape.__subclasses__()
        found.append(shape)
    return found


def test_an_answer_has_every_field_always() -> None:
    shapes = all_of(Out)
    assert len(shapes) > 30
    optional = [
        f"{shape.__name__}.{name}"
        for shape in shapes
        for name, field in shape.model_fields.items()  # type: ignore[attr-defined]
        if not field.is_required()
    ]
    assert optional == []


def test_a_request_may_say_nothing_else() -> None:
    shapes = all_of(In)
    assert len(shapes) > 10
    assert [shape for shape in shapes if shape.model_config["extra"] != "forbid"] == []  # type: ignore[attr-defined]


def test_money_says_its_unit() -> None:
    words = ("amount", "aid", "fee", "cost", "share", "charged", "carried", "due", "balance")
    bare = [
        f"{shape.__name__}.{name}"
        for shape in [*all_of(In), *all_of(Out)]
        for name, field in shape.model_fields.items()  # type: ignore[attr-defined]
        if field.annotation in (int, int | None) and any(word in name for word in words)
        if not name.endswith("_fen")
    ]
    assert bare == []


def test_no_two_shapes_have_one_name() -> None:
    """The description holds each name once: of two, one would be described as the other."""
    names = Counter(shape.__name__ for shape in [*all_of(In), *all_of(Out)])
    assert [name for name, count in names.items() if count > 1] == []
