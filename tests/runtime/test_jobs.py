"""A job is deferred with its action or not at all, and the worker runs it."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from sameboat.runtime.jobs import defer_due, queue, work

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


@pytest.mark.django_db
def test_what_is_due_is_queued_once_and_rests_for_a_minute_after_it_failed() -> None:
    def due() -> bool:
        return defer_due(note, lock="due", ref="again and again")

    assert [due(), due()] == [True, False]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
        assert not due()
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '61 seconds'")
    assert due()
