"""Erasure: asked for, waited for, done. What is sealed goes with its key, what is clear is emptied.

The rows are emptied in one transaction, which also marks the person as erased; then the keys are
destroyed and the files deleted, which cannot be taken back and may be done twice. Whoever is killed
in between leaves a request `ERASING`, and the job goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from sameboat.claims.documents import forget
from sameboat.claims.models import (
    Appeal,
    CheckResult,
    Claim,
    Decision,
    Evidence,
    EvidenceAsk,
    Hold,
    Investigation,
    Objection,
    PayeeChange,
    Upload,
)
from sameboat.gateways.models import SandboxMessage
from sameboat.identity.models import (
    AccessToken,
    AskedRelation,
    Login,
    Person,
    PersonIndex,
    PhoneCode,
    Relation,
    Session,
    Verification,
)
from sameboat.identity.persons import HOME_TIMEZONE
from sameboat.members.models import ConsentCode, DeathEntry, HealthDeclaration, Membership
from sameboat.rights.actions.asking import written
from sameboat.rights.keeping import mark_of
from sameboat.rights.models import DataRequest
from sameboat.rights.proving import DUE, person_to_decide, require_proof
from sameboat.rights.waiting import waits_for
from sameboat.rules.calendar import day_of
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import KeyMissing, Kind, keystore
from sameboat.runtime.models import IdempotencyKey

AT_ONCE_MAX = 200


@transaction.atomic
def ask_erasure(*, login_id: int, person_ref: str, now: datetime) -> str:
    """Ask that a person be erased, after a fresh code to the phone; the request's reference.

    Nothing is erased by asking: what the erasure waits for is finished first (`rights.waiting`),
    and until then the request can be withdrawn.
    """
    person = person_to_decide(login_id, person_ref, now=now)
    require_proof(login_id, now)
    today = day_of(now, HOME_TIMEZONE)
    request = DataRequest(
        ref=reference(),
        kind="erasure",
        person=person,
        asked_by_id=login_id,
        asked_at=now,
        due_on=today + DUE,
    )
    return written(request)


def erase_due(*, now: datetime) -> int:
    """Erase everybody who asked for it and for whom nothing is left to wait; how many."""
    asked = DataRequest.objects.filter(kind="erasure", state__in=("OPEN", "ERASING"))
    return sum(erase(request_id=each, now=now) for each in _ids(asked)[:AT_ONCE_MAX])


def erase(*, request_id: int, now: datetime) -> bool:
    """Erase the person of a request; False while something is to be waited for.

    Doing it again finishes what was begun.
    """
    if not _emptied(request_id, now):
        return False
    request = DataRequest.objects.select_related("person").get(id=request_id)
    _destroy(request.person)
    done = DataRequest.objects.filter(id=request_id, state="ERASING")
    return done.update(state="DONE", answered_at=now) == 1


def forget_marks(*, now: datetime) -> int:
    """Delete the marks of erased persons whose last day has passed."""
    today = day_of(now, HOME_TIMEZONE)
    over = PersonIndex.objects.exclude(person__erased_at=None).filter(kept_until__lte=today)
    return over.delete()[0]


@transaction.atomic
def _emptied(request_id: int, now: datetime) -> bool:
    """Empty the rows, if nothing is to be waited for; True as well if that was done before."""
    request = DataRequest.objects.select_for_update().get(id=request_id)
    if request.state == "ERASING":
        return True
    # Whoever joins or files meanwhile waits here, or is found below.
    person = Person.objects.select_for_update().get(id=request.person_id)
    today = day_of(now, HOME_TIMEZONE)
    if request.state != "OPEN" or waits_for(person, today):
        return False
    _empty_claims(Claim.objects.filter(membership__person=person))
    _empty_membership(person)
    _empty_logins(Login.objects.filter(person=person, is_staff=False))
    _keep_a_mark(person, today)
    _empty_person(person, now)
    DataRequest.objects.filter(id=request_id).update(state="ERASING")
    return True


def _empty_person(person: Person, now: datetime) -> None:
    for pairs in (Relation, AskedRelation):
        pairs._default_manager.filter(Q(person=person) | Q(relative=person)).delete()
    Verification.objects.filter(Q(person=person) | Q(replaces=person)).delete()
    DataRequest.objects.filter(person=person).update(sealed_words=None, sealed_answer=None)
    Person.objects.filter(id=person.id).update(
        document_kind="",
        sealed_name=None,
        sealed_document_number=None,
        born_on=_year_of(person.born_on),
        sex="",
        province="",
        occupation_class="",
        score=None,
        erased_at=now,
    )


def _empty_membership(person: Person) -> None:
    own = Membership.objects.filter(person=person)
    HealthDeclaration.objects.filter(membership__in=own).delete()
    ConsentCode.objects.filter(membership__in=own).delete()
    DeathEntry.objects.filter(person=person).delete()
    own.update(born_on=_year_of(person.born_on), review_reasons="")
    # Answered ones only: the erasure waits for the others.
    Objection.objects.filter(objector__in=own).update(sealed_text=b"")


def _empty_claims(claims: QuerySet[Claim]) -> None:
    claims.update(sealed_facts=b"", sealed_payee=b"", payee_index=None, phone_index=None)
    changes = PayeeChange.objects.filter(claim__in=claims)
    changes.update(sealed_payee=None, payee_index=None, phone_index=None)
    Evidence.objects.filter(claim__in=claims).update(viewing_hash=b"", content_index=b"")
    for deleted in (Upload, CheckResult, EvidenceAsk):
        deleted._default_manager.filter(claim__in=claims).delete()
    Investigation.objects.filter(claim__in=claims).update(sealed_report=None)
    Decision.objects.filter(claim__in=claims).update(sealed_reason=b"")
    Objection.objects.filter(claim__in=claims).update(sealed_text=b"")
    Appeal.objects.filter(claim__in=claims).update(sealed_text=b"")
    Hold.objects.filter(claim__in=claims).update(sealed_reason=None)


def _empty_logins(logins: QuerySet[Login]) -> None:
    """Nobody signs in by them any more, and the phone is free for a new login."""
    names, phones = _of(logins, "name"), [one for one in _of(logins, "phone_index") if one]
    SandboxMessage.objects.filter(recipient_index__in=phones).delete()
    IdempotencyKey.objects.filter(scope__in=[f"login/{name}" for name in names]).delete()
    for deleted in (AccessToken, Session, Verification, PhoneCode):
        deleted._default_manager.filter(login__in=logins).delete()
    for login in logins:
        login.set_unusable_password()
        login.sealed_phone, login.phone_index = None, None
        login.phone_verified, login.is_active = False, False
        login.save()


def _keep_a_mark(person: Person, today: date) -> None:
    mark = mark_of(person, today)
    own = PersonIndex.objects.filter(person=person)
    if mark is None:
        own.delete()
    else:
        own.update(purpose=mark.reason, kept_until=mark.until)


def _destroy(person: Person) -> None:
    """Destroy every key of the person and delete the files. The keys go first: they are it."""
    claims = Claim.objects.filter(membership__person=person)
    _destroy_keys("person", [person.ref])
    _destroy_keys("login", _of(Login.objects.filter(person=person, is_staff=False), "name"))
    _destroy_keys("claim", _of(claims, "ref"))
    for row in Evidence.objects.filter(claim__in=claims):
        forget(row.original_key, row.viewing_key)
    copies = DataRequest.objects.filter(person=person, kind="copy").exclude(file_key="")
    _destroy_keys("export", _of(copies, "ref"))
    forget(*_of(copies, "file_key"))


def _destroy_keys(kind: Kind, owners: Iterable[str]) -> None:
    for owner in owners:
        try:
            keystore().destroy(kind, owner)
        except KeyMissing:
            continue  # A login without a phone has none.


def _of(rows: QuerySet[Login] | QuerySet[Claim] | QuerySet[DataRequest], field: str) -> list[str]:
    return list(rows.values_list(field, flat=True))


def _ids(requests: QuerySet[DataRequest]) -> list[int]:
    return list(requests.order_by("id").values_list("id", flat=True))


def _year_of(born_on: date) -> date:
    """The first of January: the year tells a band of age, the day would tell who it is."""
    return born_on.replace(month=1, day=1)
