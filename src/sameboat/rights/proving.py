"""Whose data somebody may decide about, and that they hold their phone just now.

A session may lie open on a table: what cannot be taken back, or hands everything out, asks for a
fresh code to the phone of the login.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sameboat.identity.actions.codes import Purpose
from sameboat.identity.models import Login, Person, PhoneCode, Relation
from sameboat.identity.persons import ADULT_YEARS, HOME_TIMEZONE
from sameboat.rights.models import DataRequest
from sameboat.rules.calendar import age_on, day_of
from sameboat.runtime.refusals import Refusal

DUE = timedelta(days=15)
"""In which everything that a person asks about their data is answered."""
GOOD_FOR = timedelta(minutes=10)
"""How long the proof is good that a code gave."""


class NoSuchRequest(Refusal):
    """There is no such request, or it is not this login's to see."""

    code = "no_such_request"
    en = "There is no such request about your data here."
    zh = "没有找到这项个人信息请求。"


class NotYoursToDecide(Refusal):
    """The data are those of another adult: a relative, whoever pays, decides nothing about them."""

    code = "not_yours_to_decide"
    en = "You decide about your own data and those of your children under 18; adults about theirs."
    zh = "您可以决定本人和未满 18 周岁子女的个人信息；成年人须由本人决定。"


class AskedAlready(Refusal):
    """The same was asked and is not answered yet."""

    code = "asked_already"
    en = "You have asked for this already; it is answered by {due_on}."
    zh = "您已提出过同样的请求，将于 {due_on} 前答复。"


class ProofNeeded(Refusal):
    """What was asked needs a fresh code to the phone."""

    code = "proof_needed"
    en = "Show first that it is you: we send a code to your phone, good for ten minutes."
    zh = "请先验证是您本人：我们会向您的手机发送验证码，十分钟内有效。"


def is_proved(login_id: int, now: datetime) -> bool:
    """Whether somebody at this login held its phone in the last ten minutes."""
    codes = PhoneCode.objects.filter(login_id=login_id, purpose=Purpose.PROOF.value)
    return codes.filter(used_at__gt=now - GOOD_FOR).exists()


def require_proof(login_id: int, now: datetime) -> None:
    """Refuse unless the phone was held in the last ten minutes."""
    if not is_proved(login_id, now):
        raise ProofNeeded()


def decides_for(login_id: int, person: Person, *, now: datetime) -> bool:
    """Whether the login may decide about this person's data: its own, or a child's under 18."""
    if Login.objects.filter(id=login_id, is_active=True, person=person).exists():
        return True
    if age_on(person.born_on, day_of(now, HOME_TIMEZONE)) >= ADULT_YEARS:
        return False
    return Relation.objects.filter(
        kind="child", relative=person, person__logins__id=login_id, person__logins__is_active=True
    ).exists()


def person_to_decide(login_id: int, person_ref: str, *, now: datetime) -> Person:
    """The person, for whoever decides about their data."""
    person = Person.objects.filter(ref=person_ref, erased_at=None).first()
    if person is None or not decides_for(login_id, person, now=now):
        raise NotYoursToDecide()
    return person


def own_request(login_id: int, ref: str, *, now: datetime) -> DataRequest:
    """A request, for whoever decides about that person's data."""
    found = DataRequest.objects.select_related("person").filter(ref=ref).first()
    if found is None or not decides_for(login_id, found.person, now=now):
        raise NoSuchRequest()
    return found
