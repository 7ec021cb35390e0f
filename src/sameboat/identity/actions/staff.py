"""Staff logins with their roles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from sameboat.identity.models import Login, StaffRole
from sameboat.identity.persons import PersonFacts, person_for
from sameboat.identity.roles import Role
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
    try:
        validate_password(password)
    except ValidationError as error:
        raise WeakPassword(why=" ".join(error.messages)) from None
    login = Login(name=name, person=person_for(person, now=now), is_staff=True, created_at=now)
    login.set_password(password)
    try:
        with transaction.atomic():
            login.save()
    except IntegrityError:
        raise LoginNameTaken(name=name) from None
    StaffRole.objects.bulk_create(
        StaffRole(login=login, role=role.value, granted_at=now) for role in sorted(set(roles))
    )
    if totp_secret is not None:
        TOTP.activate(login, totp_secret)
    return login
