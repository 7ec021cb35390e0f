"""Staff logins with their roles: hired, given and relieved of roles, renewed, retired.

All of it is the operator's work at a shell, not a verb of any face. Each change is a row of the
audit trail under the login that it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from sameboat.gateways import identity_check
from sameboat.identity.actions.logins import sign_out_everywhere
from sameboat.identity.actions.trail import audit
from sameboat.identity.models import Login, StaffRole
from sameboat.identity.persons import PersonFacts, person_for
from sameboat.identity.roles import Role
from sameboat.rules.documents import DocumentNumber, Sex
from sameboat.runtime.refusals import Refusal

_STAFF_NAME = re.compile(r"[a-z][a-z0-9_.]{1,30}")


class LoginNameTaken(Refusal):
    """There is a login of that name."""

    code = "login_name_taken"
    en = "There is a login named {name} already."
    zh = "登录名 {name} 已被使用。"


class BadLoginName(Refusal):
    """A staff login's name has another form."""

    code = "bad_login_name"
    en = "A staff login's name has 2 to 31 lower-case letters, digits, dots or underscores."
    zh = "员工登录名由 2 至 31 个小写字母、数字、点或下划线组成，以字母开头。"


class WeakPassword(Refusal):
    """The password is too easy to guess."""

    code = "weak_password"
    en = "This password is too weak: {why}"
    zh = "密码过于简单：{why}"


class NoSuchStaff(Refusal):
    """No staff login has that name."""

    code = "no_such_staff"
    en = "There is no staff login named {name}."
    zh = "没有名为 {name} 的员工登录。"


class StaffRetired(Refusal):
    """The login was retired; a retired login does not come back."""

    code = "staff_retired"
    en = "The staff login {name} was retired; make another one for this person."
    zh = "员工登录 {name} 已停用，请为此人另建登录。"


class NotConfirmed(Refusal):
    """The identity gateway did not confirm that this person is who the document says."""

    code = "identity_not_confirmed"
    en = "The identity gateway did not confirm this person: {outcome}. No login was made."
    zh = "身份核验未通过：{outcome}。没有建立登录。"


class BirthUnknown(Refusal):
    """Neither the document's number nor the gateway tells birth and sex, so they must be stated."""

    code = "birth_unknown"
    en = "This document does not tell birth date and sex; state both."
    zh = "该证件无法读出出生日期和性别，请填写。"


def hire(
    *,
    name: str,
    password: str,
    totp_secret: str,
    roles: Iterable[Role],
    person_name: str,
    number: DocumentNumber,
    born_on: date | None = None,
    sex: Sex | None = None,
    now: datetime,
) -> Login:
    """Have the identity gateway confirm a person, then make their staff login.

    Four eyes are two *persons*: without the gateway's word, one person could hold two documents
    that nobody issued. `born_on` and `sex` are needed where the number does not tell them.
    """
    answer = identity_check.provider().check(
        document_kind=number.kind, document_number=number.text, name=person_name
    )
    if answer.outcome is not identity_check.Outcome.MATCH:
        raise NotConfirmed(outcome=answer.outcome.value)
    known_birth, known_sex = answer.born_on or born_on, answer.sex or sex
    if known_birth is None or known_sex is None:
        raise BirthUnknown()
    return make_staff(
        name=name,
        password=password,
        person=PersonFacts(name=person_name, number=number, born_on=known_birth, sex=known_sex),
        roles=roles,
        totp_secret=totp_secret,
        now=now,
    )


@transaction.atomic
def make_staff(
    *,
    name: str,
    password: str,
    person: PersonFacts,
    roles: Iterable[Role],
    now: datetime,
    totp_secret: str | None = None,
) -> Login:
    """Make a staff login of a person with its roles; with a secret, its second factor stands."""
    if not _STAFF_NAME.fullmatch(name):
        raise BadLoginName()
    _check_password(password)
    login = Login(name=name, person=person_for(person, now=now), is_staff=True, created_at=now)
    login.set_password(password)
    try:
        with transaction.atomic():
            login.save()
    except IntegrityError:
        raise LoginNameTaken(name=name) from None
    _grant(login, roles, now)
    if totp_secret is not None:
        TOTP.activate(login, totp_secret)
    return login


@transaction.atomic
def change_roles(
    *, name: str, grant: Iterable[Role] = (), revoke: Iterable[Role] = (), now: datetime
) -> Login:
    """Give a staff login these roles and take those away; what holds already changes nothing."""
    login = _active_staff(name)
    _grant(login, grant, now)
    for role in sorted(set(revoke)):
        if StaffRole.objects.filter(login=login, role=role.value).delete()[0]:
            audit(login_id=login.id, verb="staff.revoke", subject=role.value, now=now)
    return login


@transaction.atomic
def renew_staff(*, name: str, password: str, totp_secret: str, now: datetime) -> Login:
    """A new password and a new second factor; sessions and tokens made with the old ones end."""
    login = _active_staff(name)
    _check_password(password)
    login.set_password(password)
    login.save(update_fields=["password"])
    Authenticator.objects.filter(user=login).delete()
    TOTP.activate(login, totp_secret)
    sign_out_everywhere(login_id=login.id, now=now)
    audit(login_id=login.id, verb="staff.renew", subject=name, now=now)
    return login


@transaction.atomic
def retire_staff(*, name: str, now: datetime) -> Login:
    """Close a staff login for good: it signs in no more and what it holds ends at once.

    Its rows, roles and name stay, because decisions and the audit trail name it.
    """
    login = _staff(name)
    if login.is_active:
        login.is_active = False
        login.set_unusable_password()
        login.save(update_fields=["is_active", "password"])
        Authenticator.objects.filter(user=login).delete()
        sign_out_everywhere(login_id=login.id, now=now)
        audit(login_id=login.id, verb="staff.retire", subject=name, now=now)
    return login


def _staff(name: str) -> Login:
    login = Login.objects.select_for_update().filter(name=name, is_staff=True).first()
    if login is None:
        raise NoSuchStaff(name=name)
    return login


def _active_staff(name: str) -> Login:
    login = _staff(name)
    if not login.is_active:
        raise StaffRetired(name=name)
    return login


def _grant(login: Login, roles: Iterable[Role], now: datetime) -> None:
    held = set(StaffRole.objects.filter(login=login).values_list("role", flat=True))
    for role in sorted({role.value for role in roles} - held):
        StaffRole.objects.create(login=login, role=role, granted_at=now)
        audit(login_id=login.id, verb="staff.grant", subject=role, now=now)


def _check_password(password: str) -> None:
    try:
        validate_password(password)
    except ValidationError as error:
        raise WeakPassword(why=" ".join(error.messages)) from None
