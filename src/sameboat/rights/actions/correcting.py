"""Correction, and reasons with a human: asked by the person, answered by staff in time.

What says who somebody is (name, sex, birth date) is corrected by two persons; the rest by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from sameboat.identity.actions import audit
from sameboat.identity.actions.verification import DOCUMENT_DECIDERS, NAME_LENGTH_MAX
from sameboat.identity.models import Login, Person
from sameboat.identity.personal import seal_text
from sameboat.identity.persons import HOME_TIMEZONE, NAME_PLACE
from sameboat.identity.queries import NotAllowed, require_role
from sameboat.members.models import Membership
from sameboat.rights.actions.asking import tell_answered, written
from sameboat.rights.content import ANSWER_PLACE, WORDS_PLACE, words_of
from sameboat.rights.models import DataRequest
from sameboat.rights.proving import DUE, NoSuchRequest, decides_for, person_to_decide
from sameboat.rules.calendar import day_of
from sameboat.rules.terms import Text
from sameboat.runtime.ids import reference
from sameboat.runtime.refusals import Refusal

ANSWERERS = DOCUMENT_DECIDERS
WORDS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Correctable:
    """Something of a person that may be wrong."""

    name: Text
    is_identity: bool
    """It says who somebody is: two persons correct it."""


CORRECTABLE: dict[str, Correctable] = {
    "name": Correctable(name=Text(zh="姓名", en="Name"), is_identity=True),
    "sex": Correctable(name=Text(zh="性别", en="Sex"), is_identity=True),
    "born_on": Correctable(name=Text(zh="出生日期", en="Birth date"), is_identity=True),
    "province": Correctable(name=Text(zh="省份", en="Province"), is_identity=False),
    "occupation": Correctable(name=Text(zh="职业类别", en="Occupation class"), is_identity=False),
    "other": Correctable(name=Text(zh="其他", en="Something else"), is_identity=False),
}


class CorrectionWrong(Refusal):
    """What was asked cannot be a right value."""

    code = "correction_wrong"
    en = "Say what is wrong and what is right: a name, f or m, a date, a province's two digits."
    zh = "请写明哪一项有误、正确的是什么：姓名、性别（f/m）、日期或省份两位代码。"


class CorrectionTouchesMembership(Refusal):
    """Another birth date would change cover and shares that are on the record."""

    code = "correction_touches_membership"
    en = (
        "The birth date stands in memberships that are on the record. Decline it, and help the"
        " member to join again by the right document."
    )
    zh = "出生日期已写入存证中的成员资格，不能直接更改。请不予采纳，并协助成员凭正确证件重新加入。"


class RequestMoved(Refusal):
    """Somebody else has answered the request a moment ago, or it waits for a second person."""

    code = "request_moved"
    en = "This request was answered a moment ago, or waits for somebody else. Look at it again."
    zh = "该请求刚刚已被处理，或正等待另一人，请重新查看。"


@transaction.atomic
def ask_correction(
    *, login_id: int, person_ref: str, subject: str, wanted: str, words: str, now: datetime
) -> str:
    """Say what is wrong about a person and what is right; the request's reference."""
    person = person_to_decide(login_id, person_ref, now=now)
    value = _checked(subject, " ".join(wanted.split()), now)
    return _ask("correction", person, login_id, subject, f"{value}\n{words.strip()}", now)


@transaction.atomic
def ask_reasons(*, login_id: int, membership_ref: str, words: str, now: datetime) -> str:
    """Ask why a membership is marked by a score, and that a human looks at it."""
    found = Membership.objects.select_related("person").filter(ref=membership_ref).first()
    if found is None or not decides_for(login_id, found.person, now=now):
        raise NoSuchRequest()
    return _ask("reasons", found.person, login_id, found.ref, f"\n{words.strip()}", now)


@transaction.atomic
def answer_request(*, login_id: int, ref: str, accept: bool, answer: str, now: datetime) -> None:
    """Say yes or no to a correction or to a look at a mark, with the reason in words.

    Of what says who somebody is, this only proposes: another person confirms.
    """
    request = _to_answer(login_id, ref, "OPEN")
    person = request.person
    if not answer.strip() or len(answer) > WORDS_MAX:
        raise CorrectionWrong()
    request.sealed_answer = seal_text("person", person.ref, ANSWER_PLACE, answer.strip())
    request.accepts, request.first_login_id = accept, login_id
    request.first_person_id = _person_of(login_id)
    if request.kind == "correction" and CORRECTABLE[request.subject].is_identity:
        request.state = "PROPOSED"
    else:
        _finish(request, now)
    request.save()
    audit(login_id=login_id, verb="data.answer", subject=person.ref, now=now)


@transaction.atomic
def confirm_answer(*, login_id: int, ref: str, agree: bool, now: datetime) -> None:
    """Another person agrees to an answer about who somebody is, which is then carried out; or
    does not, and it is open again."""
    request = _to_answer(login_id, ref, "PROPOSED")
    if request.first_person_id == _person_of(login_id):
        raise NotAllowed(needed="four eyes")
    if agree:
        request.second_login_id, request.second_person_id = login_id, _person_of(login_id)
        _finish(request, now)
    else:
        request.state, request.accepts, request.sealed_answer = "OPEN", None, None
        request.first_login, request.first_person = None, None
    request.save()
    audit(login_id=login_id, verb="data.confirm", subject=request.person.ref, now=now)


def wanted_of(request: DataRequest) -> str:
    """What is right, as it was asked for; empty where reasons were."""
    return words_of(request).partition("\n")[0]


def _ask(kind: str, person: Person, login_id: int, subject: str, words: str, now: datetime) -> str:
    if len(words) > WORDS_MAX:
        raise CorrectionWrong()
    return written(
        DataRequest(
            ref=reference(),
            kind=kind,
            person=person,
            asked_by_id=login_id,
            asked_at=now,
            due_on=day_of(now, HOME_TIMEZONE) + DUE,
            subject=subject,
            sealed_words=seal_text("person", person.ref, WORDS_PLACE, words),
        )
    )


def _checked(subject: str, wanted: str, now: datetime) -> str:
    """The value in its one form; refuses what none of that kind can be."""
    if subject not in CORRECTABLE or not 1 <= len(wanted) <= NAME_LENGTH_MAX:
        raise CorrectionWrong()
    if subject == "born_on" and not _is_birth_date(wanted, now):
        raise CorrectionWrong()
    wrong_sex = subject == "sex" and wanted not in ("f", "m")
    wrong_province = subject == "province" and not (len(wanted) == 2 and wanted.isdigit())
    if wrong_sex or wrong_province or (subject == "occupation" and len(wanted) > 16):
        raise CorrectionWrong()
    return wanted


def _is_birth_date(wanted: str, now: datetime) -> bool:
    try:
        born_on = date.fromisoformat(wanted)
    except ValueError:
        return False
    return date(1880, 1, 1) <= born_on <= day_of(now, HOME_TIMEZONE)


def _to_answer(login_id: int, ref: str, state: str) -> DataRequest:
    """A request that waits for staff, held to the end of the transaction; nobody's own."""
    require_role(login_id, *ANSWERERS)
    found = (
        DataRequest.objects.select_related("person")
        .select_for_update(of=("self",))
        .filter(ref=ref, kind__in=("correction", "reasons"))
        .first()
    )
    if found is None:
        raise NoSuchRequest()
    if found.person_id == _person_of(login_id):
        raise NotAllowed(needed="four eyes")
    if found.state != state:
        raise RequestMoved()
    return found


def _person_of(login_id: int) -> int:
    person_id = Login.objects.values_list("person_id", flat=True).get(id=login_id)
    if person_id is None:
        raise NotAllowed(needed="a login that belongs to a person")
    return person_id


def _finish(request: DataRequest, now: datetime) -> None:
    """Do what was agreed to, and let the person be told."""
    if request.accepts and request.kind == "correction":
        _correct(request.person, request.subject, wanted_of(request))
    if request.accepts and request.kind == "reasons":
        Membership.objects.filter(ref=request.subject).update(review_reasons="")
    request.state = "DONE" if request.accepts else "DECLINED"
    request.answered_at = now
    tell_answered(request)


def _correct(person: Person, subject: str, wanted: str) -> None:
    match subject:
        case "name":
            person.sealed_name = seal_text("person", person.ref, NAME_PLACE, wanted)
        case "sex":
            person.sex = wanted
        case "born_on":
            if person.memberships.exists():
                raise CorrectionTouchesMembership()
            person.born_on = date.fromisoformat(wanted)
        case "province":
            person.province = wanted
        case "occupation":
            person.occupation_class = wanted
        case _:
            return  # Staff put it right, and say how in the answer.
    person.save()
