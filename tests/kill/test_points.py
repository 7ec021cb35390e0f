"""The list of fail points is the code's, and no write of a stage is without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from kill.points import PACKAGE, POINTS, found, names_in
from kill.writes import unmarked

BY_PEOPLE = ("by_hand.py", "reclaiming.py", "resolutions.py", "resolving.py")
"""One transaction of one person each: killed, it leaves nothing, and the person asks again."""
STAGES = sorted(
    path
    for pattern in (
        "settlement/actions*.py",
        "settlement/actions/*.py",
        "payments/actions*.py",
        "payments/actions/*.py",
        "members/actions/days.py",
    )
    for path in PACKAGE.glob(pattern)
    if path.name not in BY_PEOPLE
)


class TestTheList:
    def test_it_names_what_the_code_has(self) -> None:
        names = set(found())
        new, gone = sorted(names - set(POINTS)), sorted(set(POINTS) - names)
        assert not new, f"add to POINTS, and see that the story reaches them: {new}"
        assert not gone, f"the code has them no more, take them out of POINTS: {gone}"

    def test_a_name_stands_in_one_place(self) -> None:
        names = found()
        twice = sorted({name for name in names if names.count(name) > 1})
        assert not twice, f"a kill could not say which place it was: {twice}"

    def test_it_is_in_the_order_of_the_alphabet(self) -> None:
        assert list(POINTS) == sorted(set(POINTS))

    def test_a_new_point_would_be_seen(self) -> None:
        source = "def f():\n    reach('a.b')\n    failpoints.reach('a.c')\n    other('a.d')\n"
        assert list(names_in(source)) == ["a.b", "a.c"]

    def test_a_name_that_cannot_be_read_is_refused(self) -> None:
        with pytest.raises(AssertionError, match="line 1: give reach"):
            list(names_in("reach(f'a.{b}')"))


class TestEveryWrite:
    def test_there_are_stages(self) -> None:
        assert {path.parent.parent.name for path in STAGES} >= {"payments", "members"}

    @pytest.mark.parametrize("path", STAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
    def test_has_a_fail_point_behind_it(self, path: Path) -> None:
        assert unmarked(path.read_text(encoding="utf-8")) == []


class TestTheChecker:
    @pytest.mark.parametrize(
        ("body", "faults"),
        [
            ("A.create(); reach('x'); B.update(); reach('y')", []),
            ("A.create(); B.update(); reach('y')", ["create"]),
            ("A.create(); reach('x'); B.update()", ["update"]),
            ("if a:\n  A.create()\nelse:\n  reach('x')\n  B.update()\n  reach('y')", []),
            ("cursor.execute('SELECT 1'); reach('x')", []),
            ("cursor.execute('UPDATE a'); return 1", ["execute"]),
            ("with written_whole(p) as d:\n  write_shares(to=d)\n  reach('x')\nreach('y')", []),
            (
                "with written_whole(p) as d:\n  d.write_bytes(b)\n  mark()",
                ["write_bytes", "mark"],
            ),
            ("add_entry(\n  body=book(),\n)\nreach('x')", ["book"]),
        ],
    )
    def test_finds_the_writes_without_one(self, body: str, faults: list[str]) -> None:
        indented = body.replace("\n", "\n    ").replace("; ", "\n    ")
        said = unmarked(f"def stage():\n    {indented}\n")
        assert [line.split(": ")[1].split("(")[0] for line in said] == faults

    def test_leaves_the_last_write_of_a_private_function_to_its_callers(self) -> None:
        private = "def _mark():\n    A.create()\n\n"
        assert unmarked(private + "def stage():\n    _mark()\n    reach('x')\n") == []
        (fault,) = unmarked(private + "def stage():\n    _mark()\n    other()\n")
        assert fault == "stage, line 5: _mark() has no reach() behind it"
        assert unmarked("def _two():\n    A.create()\n    B.create()\n") != []
        assert unmarked("def public():\n    A.create()\n") != []
