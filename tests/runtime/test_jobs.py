"""A job is deferred with its action or not at all, and the worker runs it."""

from __future__ import annotations

import pytest
from django.db import transaction

from sameboat.runtime.jobs import queue, work

done: list[str] = []


@queue.task(name="tests.note")
def note(ref: str) -> None:
    done.append(ref)


@transaction.atomic
def an_action_that_breaks() -> None:
    note.defer(ref="undone")
    raise RuntimeError("the action broke")


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_action_leaves_no_job() -> None:
    done.clear()
    with pytest.raises(RuntimeError):
        an_action_that_breaks()
    with transaction.atomic():
        note.defer(ref="kept")
    work(wait=False)
    assert done == ["kept"]
