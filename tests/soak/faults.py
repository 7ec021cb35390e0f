"""What goes wrong in a soak: a bad line to the payment gateway, and a machine that dies at work."""

from __future__ import annotations

import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.db import connection, connections

from sameboat import gateways
from sameboat.gateways import GatewayUnavailable
from sameboat.gateways.payment import sandbox

LOST_ON_THE_WAY = 0.10
LOST_ON_THE_WAY_BACK = 0.10
KILLED = 0.5
"""How often a piece of work is to be killed in the middle."""
KILLED_WITHIN_STATEMENTS = 2_000
"""It dies at one of so many statements, the early ones oftener; shorter work lives on."""
ATTEMPTS_MAX = 50


class BadLine:
    """The sandbox behind a line that loses requests, and answers to requests that were done."""

    def __init__(self, rng: random.Random, log: Path) -> None:
        self._rng, self._log = rng, log

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        real = getattr(sandbox, verb)

        def ask(*arguments: Any, **options: Any) -> Any:
            fate = self._rng.random()
            if fate < LOST_ON_THE_WAY:
                self._lose()
            answer = real(*arguments, **options)
            if fate < LOST_ON_THE_WAY + LOST_ON_THE_WAY_BACK:
                self._lose()
            return answer

        return ask

    def _lose(self) -> None:
        with self._log.open("a") as log:
            log.write(".")
        raise GatewayUnavailable(kind="payment")


def behind_a_bad_line(seed: int, log: Path) -> None:
    """From here on this process reaches the payment gateway by a bad line."""
    line = BadLine(random.Random(seed), log)
    load = gateways.load
    gateways.load = lambda kind, name: line if kind == "payment" else load(kind, name)  # type: ignore[assignment, return-value]


def until_done(work: Callable[[], None], rng: random.Random) -> int:
    """Do the work in a process of its own, which may be killed and is then begun again; kills."""
    for kills in range(ATTEMPTS_MAX):
        if not _killed(work, _dies_at(rng) if rng.random() < KILLED else None):
            return kills
    raise AssertionError(f"not done in {ATTEMPTS_MAX} attempts")


def undisturbed(work: Callable[[], None]) -> None:
    """Do the work in a process of its own that nobody kills."""
    assert not _killed(work, None)


class Death:
    """The process is killed when it has asked the database so often: counted, never timed.

    So a fast machine is hit in the same places as a slow one.
    """

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(
        self, execute: Callable[..., Any], sql: Any, parameters: Any, many: bool, context: Any
    ) -> Any:
        answer = execute(sql, parameters, many, context)
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def _dies_at(rng: random.Random) -> int:
    return int(KILLED_WITHIN_STATEMENTS ** rng.random())


def _killed(work: Callable[[], None], dies_at: int | None) -> bool:
    """Whether the process was killed before it had done; a fault of its own is an error."""
    connections.close_all()  # A connection of two processes answers either with the other's rows.
    pid = os.fork()
    if pid == 0:
        _child(work, dies_at)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert status == 0, "the work broke; its reason stands above"
    return False


def _child(work: Callable[[], None], dies_at: int | None) -> None:
    code = 0
    try:
        with nullcontext() if dies_at is None else connection.execute_wrapper(Death(dies_at)):
            work()
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
