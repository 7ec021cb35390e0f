"""Relations of a family: they stand at once, or after somebody agreed.

A name and a number are known to many. So whoever has a login of their own says who acts for them;
for those without one, whoever acts for them already does. Where neither is, there is nothing here
yet that could be seen or done in their name, and the relation stands by the document alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from sameboat.gateways.messaging import Message, link, provider
from sameboat.identity.models import AskedRelation, Person, Relation
from sameboat.identity.queries import asked_relations, concerned_logins, reader_of
from sameboat.runtime.jobs import queue
from sameboat.runtime.refusals import Refusal

REFUSED_KEPT = timedelta(days=30)


class NoSuchRelation(Refusal):
    """Nobody asks for such a relation, or it is not this login's to agree to."""

    code = "no_such_relation"
    en = "Nobody asks here to act for you or for somebody whom you act for."
    zh = "没有等待您同意的家庭关系。"


def relate(*, person_id: int, relative: Person, kind: str, now: datetime) -> bool:
    """Let somebody act for a relative, or ask whoever has to agree; whether it stands.

    Within the caller's transaction. Asking again asks nobody again.
    """
    # Whoever else is about to act for the same person comes before or after.
    Person.objects.select_for_update().get(id=relative.id)
    if Relation.objects.filter(person_id=person_id, relative=relative).exists():
        return True
    if not concerned_logins(relative.id, asker_id=person_id):
        Relation.objects.create(person_id=person_id, relative=relative, kind=kind, since=now)
        return True
    asked, is_new = AskedRelation.objects.get_or_create(
        person_id=person_id, relative=relative, defaults={"kind": kind, "asked_at": now}
    )
    if is_new:
        queue.configure_task("identity.tell_asked").defer(asked_id=asked.id)
    return False


def tell_asked(*, asked_id: int, now: datetime) -> None:
    """Tell whoever has to agree; telling them again changes nothing."""
    asked = AskedRelation.objects.filter(id=asked_id, refused_at=None).first()
    if asked is None:
        return
    for login in concerned_logins(asked.relative_id, asker_id=asked.person_id):
        reader = reader_of(login)
        if reader is not None:
            message = Message(
                key=reader.key(f"relation/{asked.id}/{login.id}"),
                to=reader.phone,
                template="relation_asked",
                data={"link": link("/mine/household")},
                language=reader.language,
            )
            provider().send(message, now=now)


@transaction.atomic
def agree_to_relation(*, login_id: int, asked_id: int, now: datetime) -> None:
    """Let whoever asked act for this login's person, or for somebody for whom it acts."""
    asked = _to_answer(login_id, asked_id)
    AskedRelation.objects.filter(id=asked.id).delete()
    row = Relation(
        person_id=asked.person_id, relative_id=asked.relative_id, kind=asked.kind, since=now
    )
    # They may have become related by another way meanwhile.
    Relation.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def refuse_relation(*, login_id: int, asked_id: int, now: datetime) -> None:
    """Do not let them; for a month they cannot ask again."""
    asked = _to_answer(login_id, asked_id)
    AskedRelation.objects.filter(id=asked.id).update(refused_at=now)


def forget_refused(*, now: datetime) -> int:
    """Delete what was refused a month ago or longer; how many."""
    return AskedRelation.objects.filter(refused_at__lt=now - REFUSED_KEPT).delete()[0]


def _to_answer(login_id: int, asked_id: int) -> AskedRelation:
    """What waits for this login's word; of two answers at once the second finds nothing."""
    found = asked_relations(login_id).select_for_update(of=("self",)).filter(id=asked_id).first()
    if found is None:
        raise NoSuchRelation()
    return found
