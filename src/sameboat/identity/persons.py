"""Finding and making the one row of a natural person: the same document, the same person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction

from sameboat.identity.models import Person, PersonIndex
from sameboat.identity.outcomes import Outcome
from sameboat.identity.personal import document_digest, open_text, seal_text
from sameboat.rules.documents import DocumentNumber, Sex
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import keystore

ADULT_YEARS = 18
HOME_TIMEZONE = "Asia/Shanghai"
"""In which the law counts the days of a life; plans count theirs in their own zone."""
NAME_PLACE = "identity_person.sealed_name"
NUMBER_PLACE = "identity_person.sealed_document_number"
_INDEX_PURPOSE = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What is known of a person once a document was verified."""

    name: str = field(repr=False)
    number: DocumentNumber
    born_on: date = field(repr=False)
    sex: Sex
    occupation_class: str = ""


def find_person(number: DocumentNumber) -> Person | None:
    """The person whom this document names, if they were verified before and not erased."""
    found = PersonIndex.objects.select_related("person").filter(
        digest=document_digest(number), person__erased_at=None
    )
    index = found.first()
    return index.person if index else None


def is_kept_after_erasure(number: DocumentNumber, today: date) -> bool:
    """Whether a mark of an erased person keeps this document from being verified again.

    A mark whose last day has passed is deleted: the document is then a new person's.
    """
    marks = PersonIndex.objects.filter(digest=document_digest(number)).exclude(
        person__erased_at=None
    )
    mark = marks.first()
    if mark is None:
        return False
    if mark.kept_until is not None and mark.kept_until <= today:
        mark.delete()
        return False
    return True


def person_for(facts: PersonFacts, *, now: datetime) -> Person:
    """The person of this document: found, or made with a key of their own."""
    found = find_person(facts.number)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return _make(facts, now)
    except IntegrityError:
        # The same document was verified a moment ago by somebody else.
        found = find_person(facts.number)
        if found is None:
            raise
        return found


def _make(facts: PersonFacts, now: datetime) -> Person:
    ref = reference()
    # The key comes first: a key without a row does no harm, a row without its key is lost data.
    keystore().create("person", ref)
    person = Person.objects.create(
        ref=ref,
        document_kind=facts.number.kind.value,
        sealed_name=seal_text("person", ref, NAME_PLACE, facts.name),
        sealed_document_number=seal_text("person", ref, NUMBER_PLACE, facts.number.text),
        born_on=facts.born_on,
        sex=facts.sex,
        province=facts.number.province or "",
        occupation_class=facts.occupation_class,
        verified_at=now,
    )
    PersonIndex.objects.create(
        digest=document_digest(facts.number), person=person, purpose=_INDEX_PURPOSE
    )
    return person


def judge_new_document(person: Person, facts: PersonFacts) -> Outcome:
    """Whether a verified document can take the place of the one by which a person is known.

    The number must be nobody else's, birth and sex the same; another name wants a second look.
    """
    known = find_person(facts.number)
    if known is not None and known.id != person.id:
        return Outcome.OTHER_PERSON
    if known is None and PersonIndex.objects.filter(digest=document_digest(facts.number)).exists():
        return Outcome.OTHER_PERSON  # It was that of somebody who is erased.
    if (facts.born_on, facts.sex) != (person.born_on, person.sex):
        return Outcome.OTHER_PERSON
    assert person.sealed_name is not None
    name = open_text("person", person.ref, NAME_PLACE, person.sealed_name)
    return Outcome.MATCH if facts.name == name else Outcome.SECOND_LOOK


def take_document(person: Person, facts: PersonFacts) -> None:
    """Let the person be known by a new document; memberships and join leaves stay as they are.

    The old number goes on finding the person, so that nobody becomes a second one by it.
    """
    person.document_kind = facts.number.kind.value
    person.sealed_name = seal_text("person", person.ref, NAME_PLACE, facts.name)
    person.sealed_document_number = seal_text("person", person.ref, NUMBER_PLACE, facts.number.text)
    person.province = person.province or facts.number.province or ""
    person.save(
        update_fields=["document_kind", "sealed_name", "sealed_document_number", "province"]
    )
    index, _ = PersonIndex.objects.get_or_create(
        digest=document_digest(facts.number), defaults={"person": person, "purpose": _INDEX_PURPOSE}
    )
    assert index.person_id == person.id
