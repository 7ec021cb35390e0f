"""`sameboat quote` on rulebooks that nobody has written, against the naive computation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules import naive_share
from rules.random_rulebooks import Drawn, rulebooks
from rules.test_quote_catalogue import fen
from sameboat.cli.quote import answers

YUAN = st.integers(0, 3_000).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")


@st.composite
def requests(draw: st.DrawFn, book: Drawn, path: Path) -> dict[str, Any]:
    counts = {name: draw(st.integers(0, 25)) for name in book.weights}
    waived = {name: draw(st.integers(0, count)) for name, count in counts.items()}
    members = (
        {"classes": counts, "waived": waived}
        if "" not in counts
        else {"members": counts[""], "waived": waived[""]}
    )
    return members | {
        "plan": str(path),
        "on": book.on.isoformat(),
        "aid": draw(st.lists(YUAN, max_size=4)),
        **{name: draw(YUAN) for name in ("carry", "extra", "recovered")},
    }


def naive(book: Drawn, request: dict[str, Any]) -> naive_share.Outcome:
    counts = request.get("classes") or {"": request["members"]}
    waived = request["waived"] if "classes" in request else {"": request["waived"]}
    people = [
        naive_share.Person(book.weights[name], book.per_year, number < waived[name])
        for name, count in counts.items()
        for number in range(count)
    ]
    return naive_share.divide(
        book.rule,
        [fen(aid) for aid in request["aid"]],
        people,
        fen(request["carry"]),
        fen(request["recovered"]),
        fen(request["extra"]),
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_rulebook_never_seen_is_quoted_as_the_naive_computation_does(
    tmp_path: Path, data: st.DataObject
) -> None:
    book = data.draw(rulebooks())
    path = book.saved(tmp_path)
    asked = [data.draw(requests(book, path)) for _ in range(4)]
    answered = list(answers([json.dumps(one).encode() for one in asked]))
    assert len(answered) == len(asked)
    for request, (good, text) in zip(asked, answered, strict=True):
        assert good, text
        found, expected = json.loads(text), naive(book, request)
        assert {
            "cost": fen(found["cost"]),
            "shareable": fen(found["shareable"]),
            "due": fen(found["due"]),
            "share": fen(found["share"]),
            "charged": fen(found["charged"]),
            "sponsored": fen(found["sponsored"]),
            "carried_out": fen(found["carried_out"]),
        } == {
            "cost": expected.cost,
            "shareable": expected.shareable,
            "due": expected.due,
            "share": expected.each,
            "charged": sum(expected.amounts),
            "sponsored": expected.sponsored,
            "carried_out": expected.carried_out,
        }
