"""Everything that is done is done twice at the same moment, on two connections.

`doubled` puts itself before the verbs of a package. Whoever calls one of them, two do so at once;
before that, the same is tried twice one after the other and taken back. At once must leave what one
after the other leaves: as many rows in every table, and no answer but the verb's own or a refusal.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from inspect import isfunction
from types import ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from sameboat.runtime.keys import KeyStore
from sameboat.runtime.refusals import Refusal

TIMES_MAX = 6
"""How often each verb is done twice: with the kinds of things that it is done to."""
QUIET_TIMES_MAX = 2
"""How often one that makes no row and moves no state."""


@dataclass
class Answer:
    """What one of the two was told."""

    value: Any = None
    refusal: Refusal | None = None

    @property
    def code(self) -> str:
        return self.refusal.code if self.refusal else "done"


@dataclass
class Left:
    """What was told, and how many rows there were then."""

    codes: list[str]
    rows: Counter[str]


@dataclass
class Doubler:
    """Does verbs twice at once, and remembers which of them it did."""

    threads: ThreadPoolExecutor
    done: Counter[str] = field(default_factory=Counter)
    quiet: Counter[str] = field(default_factory=Counter)
    _inside: threading.local = field(default_factory=threading.local)

    def put_before(self, package: ModuleType, patch: pytest.MonkeyPatch) -> None:
        """From now on every verb of a package is done twice."""
        for label, verb in verbs_of(package).items():
            patch.setattr(package, verb.__name__, self._twice(label, verb))

    def _twice(self, label: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        def both(*values: Any, **named: Any) -> Any:
            def do() -> Any:
                return verb(*values, **named)

            is_done = self.done[label] >= TIMES_MAX
            if is_done or getattr(self._inside, "now", False):
                return self._alone(do)
            return self._compared(label, do)

        return both

    def _compared(self, label: str, do: Callable[[], Any]) -> Any:
        before = rows()
        once, twice = self._one_after_the_other(do)
        if "done" not in twice.codes:
            return self._alone(do)
        is_quiet = twice.rows == before
        self.quiet[label] += is_quiet
        if is_quiet and self.quiet[label] > QUIET_TIMES_MAX:
            return self._alone(do)
        self.done[label] += 1
        answers = self._at_once(do)
        done = [each.value for each in answers if each.refusal is None]
        told = f"{label}: at once {codes(answers)}, one after the other {twice.codes}"
        assert 1 <= len(done) <= twice.codes.count("done"), told
        expected = twice if len(done) == 2 else once
        assert rows() == expected.rows, f"{told}: {_difference(rows(), expected.rows)}"
        return next((value for value in done if value), done[0])

    def _one_after_the_other(self, do: Callable[[], Any]) -> tuple[Left, Left]:
        """What the first leaves, and what both leave. All is taken back.

        A destroyed key could not be: for this once none is.
        """
        around = transaction.atomic()
        around._from_testcase = True  # type: ignore[attr-defined]  # What must be durable may be inside.
        with pytest.MonkeyPatch.context() as patch, around:
            patch.setattr(KeyStore, "destroy_many", lambda *_: None)
            first = self._answer(do)
            once = Left([first.code], rows())
            second = self._answer(do)
            twice = Left([first.code, second.code], rows())
            transaction.set_rollback(True)
        return once, twice

    def _at_once(self, do: Callable[[], Any]) -> list[Answer]:
        gate = threading.Barrier(2)

        def one() -> Answer:
            connection.ensure_connection()
            gate.wait(20)
            return self._answer(do)

        return [each.result() for each in [self.threads.submit(one) for _ in range(2)]]

    def _answer(self, do: Callable[[], Any]) -> Answer:
        try:
            return Answer(value=self._alone(do))
        except Refusal as refusal:
            return Answer(refusal=refusal)

    def _alone(self, do: Callable[[], Any]) -> Any:
        before = getattr(self._inside, "now", False)
        self._inside.now = True
        try:
            return do()
        finally:
            self._inside.now = before


def verbs_of(package: ModuleType) -> dict[str, Callable[..., Any]]:
    """The functions that a package of actions offers, as `claims.seal_claim`."""
    there = vars(package)
    names = there.get("__all__") or [
        name
        for name, one in there.items()
        if isfunction(one) and one.__module__ == package.__name__ and not name.startswith("_")
    ]
    subject = package.__name__.split(".")[1]
    return {f"{subject}.{name}": there[name] for name in names if isfunction(there[name])}


def offered(*packages: ModuleType) -> set[str]:
    """All that the packages offer."""
    return {label for package in packages for label in verbs_of(package)}


@pytest.fixture
def doubler(transactional_db: None) -> Iterator[Doubler]:
    """A doubler with two connections of its own."""
    with ThreadPoolExecutor(2) as threads:
        yield Doubler(threads)
        gate = threading.Barrier(2)

        def close(_: int) -> None:
            gate.wait(20)
            connection.close()

        list(threads.map(close, range(2)))


def rows() -> Counter[str]:
    """How many rows each table has; a state that moved counts as a row that came and one that went.

    Jobs are not counted: they are queued again and again, and do nothing the second time.
    """
    counted: Counter[str] = Counter()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model.__module__.startswith("sameboat.") and model._meta.managed:
                state = "state" if _has_state(model) else "''"
                cursor.execute(f'SELECT {state}, count(*) FROM "{model._meta.db_table}" GROUP BY 1')
                for value, count in cursor.fetchall():
                    counted[f"{model._meta.db_table} {value}"] = count
    return counted


def _has_state(model: Any) -> bool:
    return any(column.name == "state" for column in model._meta.get_fields())


def codes(answers: list[Answer]) -> list[str]:
    """What each was told."""
    return [each.code for each in answers]


def _difference(left: Counter[str], expected: Counter[str]) -> str:
    return f"too many {dict(left - expected)}, missing {dict(expected - left)}"
