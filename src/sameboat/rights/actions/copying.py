"""A copy of one's data: asked for, made by a job, fetched after a fresh code, gone after a week."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from sameboat.gateways import files
from sameboat.identity.persons import HOME_TIMEZONE
from sameboat.rights.actions.asking import tell_answered, written
from sameboat.rights.bundle import bundle
from sameboat.rights.models import DataRequest
from sameboat.rights.proving import DUE, NoSuchRequest, own_request, person_to_decide, require_proof
from sameboat.rules.calendar import day_of
from sameboat.runtime.ids import reference
from sameboat.runtime.jobs import queue
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.sealing import open_sealed, seal

COPY_KEPT = timedelta(days=7)
AT_ONCE_MAX = 200


class CopyNotReady(Refusal):
    """The copy is not made yet, or its time is over."""

    code = "copy_not_ready"
    en = "The copy is being made, or its seven days are over: then ask for a new one."
    zh = "副本正在生成，或已超过七天的领取期限；过期请重新申请。"


@transaction.atomic
def ask_copy(*, login_id: int, person_ref: str, now: datetime) -> str:
    """Ask for a copy of everything about a person; answers with the request's reference."""
    person = person_to_decide(login_id, person_ref, now=now)
    request = DataRequest(
        ref=reference(),
        kind="copy",
        person=person,
        asked_by_id=login_id,
        asked_at=now,
        due_on=day_of(now, HOME_TIMEZONE) + DUE,
    )
    queue.configure_task("rights.make_copy").defer(ref=request.ref)
    return written(request)


def make_copy(*, ref: str, now: datetime) -> bool:
    """Make the copy of a request, sealed under a key of its own; again, it changes nothing."""
    request = DataRequest.objects.select_related("person").filter(ref=ref, state="OPEN").first()
    if request is None or request.person.erased_at is not None:
        return False
    key = keystore().get_or_create("export", ref)
    # A name of its own each time: whoever was killed in between leaves a file that nobody opens.
    place = f"exports/{ref}/{reference()}"
    files.provider().put(place, seal(key, bundle(request.person, now=now), associated=ref.encode()))
    with transaction.atomic():
        ready = DataRequest.objects.filter(id=request.id, state="OPEN").update(
            state="READY", file_key=place, expires_at=now + COPY_KEPT
        )
        if ready:
            tell_answered(request)
    return ready == 1


def fetch_copy(*, login_id: int, ref: str, now: datetime) -> bytes:
    """The ZIP, for whoever asked and holds the phone just now."""
    request = own_request(login_id, ref, now=now)
    if request.kind != "copy":
        raise NoSuchRequest()
    require_proof(login_id, now)
    if request.state != "READY" or request.expires_at is None or request.expires_at <= now:
        raise CopyNotReady()
    sealed = files.provider().get(request.file_key)
    return open_sealed(keystore().get("export", ref), sealed, associated=ref.encode())


def drop_copies(*, now: datetime) -> int:
    """Destroy the keys of copies whose week is over, and delete them; how many."""
    over = DataRequest.objects.filter(kind="copy", state="READY", expires_at__lte=now)
    dropped = 0
    for request in over.order_by("id")[:AT_ONCE_MAX]:
        keystore().destroy("export", request.ref)
        files.provider().delete(request.file_key)
        dropped += DataRequest.objects.filter(id=request.id, state="READY").update(
            state="EXPIRED", answered_at=now
        )
    return dropped
