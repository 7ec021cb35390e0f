"""Verifying a person: the request is recorded, a job asks the gateway, the answer is recorded.

The request stands sealed under a key of its own, which is destroyed when the answer is there.
Results are kept for 30 days.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from sameboat.gateways import GatewayUnavailable, identity_check
from sameboat.gateways.identity_check import IdentityAnswer
from sameboat.identity.actions.relations import relate
from sameboat.identity.actions.trail import audit
from sameboat.identity.models import Login, Person, Verification
from sameboat.identity.outcomes import Outcome
from sameboat.identity.personal import open_text, seal_text
from sameboat.identity.persons import (
    ADULT_YEARS,
    HOME_TIMEZONE,
    PersonFacts,
    is_kept_after_erasure,
    judge_new_document,
    person_for,
    take_document,
)
from sameboat.identity.queries import (
    NoSuchVerification,
    NotAllowed,
    check_number,
    may_act_for,
    require_role,
)
from sameboat.identity.roles import Role
from sameboat.rules.calendar import age_on, day_of
from sameboat.rules.documents import DocumentKind, DocumentNumber, Sex
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import KeyDestroyed, keystore
from sameboat.runtime.refusals import Refusal

NEW_DOCUMENT = "document"
DOCUMENT_DECIDERS = (Role.SUPERVISOR, Role.SECOND_DECIDER)
RELATIONS = ("self", "child", "spouse", "parent")
RESULT_KEPT = timedelta(days=30)
ATTEMPTS_MAX = 5
RETRY_AFTER_SECONDS = 30
TAKEN_MAX = 50
TAKEN_FOR = timedelta(minutes=2)
TIMEOUTS_MAX = 3
REQUESTS_PER_DAY_MAX = 20
NAME_LENGTH_MAX = 100
_PLACE = "identity_verification.sealed_request"


class StatementMissing(Refusal):
    """The document's number does not tell this, so the applicant must."""

    code = "statement_missing"
    en = "This document does not tell the {what}; please state it."
    zh = "该证件无法读出{what}（出生日期 birth date／性别 sex），请填写。"


class BadBirthDate(Refusal):
    """The birth date is not one that a living person can have."""

    code = "bad_birth_date"
    en = "This birth date cannot be right."
    zh = "出生日期有误。"


class BadName(Refusal):
    """The name is empty or too long."""

    code = "bad_name"
    en = "Give the name as it stands on the document, at most 100 characters."
    zh = "请按证件填写姓名，最多 100 个字符。"


class BadRelation(Refusal):
    """The relation is not on the list."""

    code = "bad_relation"
    en = "The relation must be one of: self, child, spouse, parent."
    zh = "关系须为以下之一：本人（self）、子女（child）、配偶（spouse）、父母（parent）。"


class NotYourPerson(Refusal):
    """The login is not this person's, nor a relative's who was proved to be one."""

    code = "not_your_person"
    en = "You can act for yourself and for relatives whom you have verified. Verify them first."
    zh = "您只能为本人和已核验的家人办理，请先完成核验。"


class AlreadyVerified(Refusal):
    """The login belongs to a verified person already."""

    code = "already_verified"
    en = "You are verified already; there is nothing to do."
    zh = "您已完成实名核验，无需重复。"


class VerifyYourselfFirst(Refusal):
    """A relative can be verified only by somebody who is."""

    code = "verify_yourself_first"
    en = "Verify yourself first, then your family."
    zh = "请先完成本人的实名核验，再核验家人。"


class TooManyVerifications(Refusal):
    """The login has asked too often in a day."""

    code = "too_many_verifications"
    en = "That was the last of {limit} verifications in 24 hours; try again tomorrow."
    zh = "24 小时内最多核验 {limit} 次，请明天再试。"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What the applicant stated."""

    number: DocumentNumber
    name: str = field(repr=False)
    born_on: date | None = field(repr=False)
    sex: Sex | None
    occupation_class: str


@transaction.atomic
def request_verification(
    *,
    login_id: int,
    relation: str,
    document_kind: DocumentKind,
    document_number: str,
    name: str,
    born_on: date | None = None,
    sex: Sex | None = None,
    occupation_class: str = "",
    now: datetime,
) -> str:
    """Ask that a document and a name be verified; answer with the reference of the request.

    `born_on` and `sex` are needed where the document's number does not tell them.
    """
    number = check_number(document_kind, document_number)
    stated = _Stated(
        number=number,
        name=" ".join(name.split()),
        born_on=number.born_on or born_on,
        sex=number.sex or sex,
        occupation_class=occupation_class,
    )
    _check_statement(stated, now)
    _check_asker(login_id, relation, now)
    return _written(login_id, relation, stated, now)


@transaction.atomic
def request_new_document(
    *,
    login_id: int,
    person_ref: str,
    document_kind: DocumentKind,
    document_number: str,
    name: str,
    now: datetime,
) -> str:
    """Ask that a known person be known by another document; answers with the request's reference.

    So a child who joined by a birth certificate goes on as a member by the resident ID.
    """
    person = Person.objects.filter(ref=person_ref, erased_at=None).first()
    if person is None or not may_act_for(login_id, person.id):
        raise NotYourPerson()
    sex: Sex = "f" if person.sex == "f" else "m"
    stated = _Stated(
        number=check_number(document_kind, document_number),
        name=" ".join(name.split()),
        born_on=person.born_on,
        sex=sex,
        occupation_class="",
    )
    _check_statement(stated, now)
    _check_frequency(login_id, now)
    return _written(login_id, NEW_DOCUMENT, stated, now, replaces=person)


@transaction.atomic
def decide_new_document(*, login_id: int, ref: str, accept: bool, now: datetime) -> None:
    """A member of staff has compared a new document with the old one, whose name differs."""
    require_role(login_id, *DOCUMENT_DECIDERS)
    waiting = Verification.objects.select_related("replaces").filter(
        ref=ref, outcome=Outcome.SECOND_LOOK.value
    )
    request = waiting.select_for_update(of=("self",)).first()
    if request is None:
        raise NoSuchVerification()
    person = request.replaces
    assert person is not None
    if Login.objects.filter(id=login_id, person=person).exists():
        raise NotAllowed(needed="four eyes")
    outcome = Outcome.NOT_ACCEPTED
    if accept:
        stated = stated_of(request)
        take_document(person, _facts(stated, IdentityAnswer(identity_check.Outcome.MATCH)))
        outcome = Outcome.MATCH
    waiting.update(outcome=outcome.value, person=person if accept else None, answered_at=now)
    audit(login_id=login_id, verb=f"document.{outcome.value}", subject=person.ref, now=now)


def stated_of(request: Verification) -> _Stated:
    """What a request states; refuses once its key is destroyed."""
    return _from_json(open_text("verification", request.ref, _PLACE, request.sealed_request))


def answer_verification(*, ref: str, now: datetime) -> str:
    """Ask the gateway about a request and record its answer; empty means "ask again later".

    The gateway is asked outside of any transaction. Answering twice changes nothing.
    """
    request = Verification.objects.select_related("login", "replaces").filter(ref=ref).first()
    if request is None:  # Its 30 days are over.
        return ""
    _answer(request, now)
    _forget_answered([request])
    return request.outcome


def answer_verifications_due(*, now: datetime) -> int:
    """Ask the gateway about the requests that are due, the oldest first; how many were taken.

    Whoever takes some has `TAKEN_FOR` to answer them, so that workers share the work and what a
    killed one had taken is taken again. One that breaks does not keep the others from an answer.
    """
    taken, broken, timeouts = _taken(now), list[Exception](), 0
    for number, request in enumerate(taken):
        if timeouts == TIMEOUTS_MAX:
            _put_off(taken[number:], now)  # The gateway is down.
            break
        try:
            _answer(request, now)
        except Exception as error:
            broken.append(error)
        else:
            timeouts += not request.outcome
    _forget_answered(taken)
    if broken:
        raise ExceptionGroup("verifications that broke", broken)
    return len(taken)


def forget_verifications(*, now: datetime) -> int:
    """Delete results older than 30 days, and destroy what an interrupted answer left behind."""
    decided = Verification.objects.exclude(outcome__in=("", Outcome.SECOND_LOOK.value))
    _forget_answered(decided.exclude(sealed_request=b"")[:1000])
    return decided.filter(answered_at__lt=now - RESULT_KEPT).delete()[0]


def _written(
    login_id: int,
    relation: str,
    stated: _Stated,
    now: datetime,
    *,
    replaces: Person | None = None,
) -> str:
    """Write the request down, sealed, and let the job ask the gateway."""
    ref = reference()
    keystore().create("verification", ref)
    Verification.objects.create(
        ref=ref,
        login_id=login_id,
        relation=relation,
        document_kind=stated.number.kind.value,
        sealed_request=seal_text("verification", ref, _PLACE, _to_json(stated)),
        requested_at=now,
        ask_at=now,
        replaces=replaces,
    )
    return ref


def _taken(now: datetime) -> list[Verification]:
    """The next requests to ask about; nobody else asks about them for a while."""
    with transaction.atomic():
        due = Verification.objects.select_related("login", "replaces").select_for_update(
            of=("self",), skip_locked=True
        )
        taken = list(due.filter(outcome="", ask_at__lte=now).order_by("ask_at", "id")[:TAKEN_MAX])
        ids = [request.id for request in taken]
        Verification.objects.filter(id__in=ids).update(ask_at=now + TAKEN_FOR)
    return taken


def _put_off(requests: list[Verification], now: datetime) -> None:
    """Let these be asked about after a while, not only when their taker's time is over."""
    later = now + timedelta(seconds=RETRY_AFTER_SECONDS)
    Verification.objects.filter(id__in=[each.id for each in requests]).update(ask_at=later)


def _answer(request: Verification, now: datetime) -> None:
    """Have the gateway's answer in `request.outcome`; it stays empty if there was none."""
    if request.outcome:
        return
    try:
        stated = stated_of(request)
    except KeyDestroyed:
        # Another worker has answered meanwhile.
        request.refresh_from_db(fields=["outcome"])
        return
    request.outcome = _record_answer(request, stated, _ask(stated), now)


def _check_statement(stated: _Stated, now: datetime) -> None:
    if not 1 <= len(stated.name) <= NAME_LENGTH_MAX:
        raise BadName()
    if stated.born_on is None:
        raise StatementMissing(what="birth date")
    if stated.sex is None:
        raise StatementMissing(what="sex")
    today = day_of(now, HOME_TIMEZONE)
    if not date(1880, 1, 1) <= stated.born_on <= today:
        raise BadBirthDate()


def _check_asker(login_id: int, relation: str, now: datetime) -> None:
    if relation not in RELATIONS:
        raise BadRelation()
    login = Login.objects.get(id=login_id)
    if relation == "self" and login.person_id is not None:
        raise AlreadyVerified()
    if relation != "self" and login.person_id is None:
        raise VerifyYourselfFirst()
    _check_frequency(login_id, now)


def _check_frequency(login_id: int, now: datetime) -> None:
    since = now - timedelta(days=1)
    asked = Verification.objects.filter(login_id=login_id, requested_at__gt=since).count()
    if asked >= REQUESTS_PER_DAY_MAX:
        raise TooManyVerifications(limit=REQUESTS_PER_DAY_MAX)


def _ask(stated: _Stated) -> IdentityAnswer:
    try:
        return identity_check.provider().check(
            document_kind=stated.number.kind,
            document_number=stated.number.text,
            name=stated.name,
        )
    except GatewayUnavailable:
        return IdentityAnswer(identity_check.Outcome.TIMEOUT)


@transaction.atomic
def _record_answer(
    request: Verification, stated: _Stated, answer: IdentityAnswer, now: datetime
) -> str:
    """Write the outcome, or count the attempt and ask again later; answer with the outcome."""
    waiting = Verification.objects.filter(id=request.id, outcome="")
    if answer.outcome is identity_check.Outcome.TIMEOUT and request.attempts + 1 < ATTEMPTS_MAX:
        later = now + timedelta(seconds=RETRY_AFTER_SECONDS << request.attempts)
        if waiting.update(attempts=F("attempts") + 1, ask_at=later) == 1:
            return ""
    elif waiting.select_for_update().exists():
        outcome, person = _judge(request, stated, answer, now)
        waiting.update(
            outcome=outcome.value, person=person, answered_at=now, attempts=F("attempts") + 1
        )
        return outcome.value
    return Verification.objects.values_list("outcome", flat=True).get(id=request.id)


def _judge(
    request: Verification, stated: _Stated, answer: IdentityAnswer, now: datetime
) -> tuple[Outcome, Person | None]:
    """What the gateway's answer means for this login and relation; makes the person if it fits."""
    outcome = Outcome(answer.outcome.value)
    if outcome not in (Outcome.MATCH, Outcome.MINOR):
        return outcome, None
    facts = _facts(stated, answer)
    if request.replaces is not None:
        judged = judge_new_document(request.replaces, facts)
        if judged is not Outcome.MATCH:
            return judged, None
        take_document(request.replaces, facts)
        return judged, request.replaces
    today = day_of(now, HOME_TIMEZONE)
    if is_kept_after_erasure(facts.number, today):
        return Outcome.ERASED, None
    is_minor = outcome is Outcome.MINOR or age_on(facts.born_on, today) < ADULT_YEARS
    if is_minor and request.relation != "child":
        return Outcome.MINOR, None
    person = person_for(facts, now=now)
    linked = (
        _link_login(request.login, person)
        if request.relation == "self"
        else _link_relative(request, person, now)
    )
    return linked, person if linked is Outcome.MATCH else None


def _facts(stated: _Stated, answer: IdentityAnswer) -> PersonFacts:
    born_on, sex = answer.born_on or stated.born_on, answer.sex or stated.sex
    assert born_on is not None
    assert sex is not None
    return PersonFacts(
        name=stated.name,
        number=stated.number,
        born_on=born_on,
        sex=sex,
        occupation_class=stated.occupation_class,
    )


def _link_login(login: Login, person: Person) -> Outcome:
    """Give the login its person; one person has one member's login (a constraint says so)."""
    try:
        with transaction.atomic():
            if Login.objects.filter(id=login.id, person=None).update(person=person) == 1:
                return Outcome.MATCH
    except IntegrityError:
        return Outcome.OTHER_LOGIN
    now_linked = Login.objects.filter(id=login.id, person=person).exists()
    return Outcome.MATCH if now_linked else Outcome.OTHER_LOGIN


def _link_relative(request: Verification, person: Person, now: datetime) -> Outcome:
    if request.login.person_id == person.id:
        return Outcome.YOURSELF
    assert request.login.person_id is not None
    stands = relate(
        person_id=request.login.person_id, relative=person, kind=request.relation, now=now
    )
    return Outcome.MATCH if stands else Outcome.ASKED


def _forget_answered(requests: Iterable[Verification]) -> None:
    """Destroy what was asked. The keys go first: it is what makes backups unreadable too."""
    kept = ("", Outcome.SECOND_LOOK.value)
    refs = [request.ref for request in requests if request.outcome not in kept]
    keystore().destroy_many("verification", refs)
    Verification.objects.filter(ref__in=refs).update(sealed_request=b"")


def _to_json(stated: _Stated) -> str:
    return json.dumps(
        {
            "kind": stated.number.kind.value,
            "number": stated.number.text,
            "name": stated.name,
            "born_on": stated.born_on.isoformat() if stated.born_on else None,
            "sex": stated.sex,
            "occupation_class": stated.occupation_class,
        },
        ensure_ascii=False,
    )


def _from_json(text: str) -> _Stated:
    value = json.loads(text)
    return _Stated(
        number=check_number(DocumentKind(value["kind"]), value["number"]),
        name=value["name"],
        born_on=date.fromisoformat(value["born_on"]) if value["born_on"] else None,
        sex=value["sex"],
        occupation_class=value["occupation_class"],
    )
