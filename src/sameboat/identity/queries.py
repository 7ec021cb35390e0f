"""Reads about persons, logins and who may act for whom."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet

from sameboat.identity.models import (
    AccessToken,
    AskedRelation,
    Login,
    Person,
    Relation,
    Session,
    StaffRole,
    Verification,
)
from sameboat.identity.outcomes import Outcome
from sameboat.identity.personal import normal_phone, open_text, phone_digest
from sameboat.identity.persons import NAME_PLACE, NUMBER_PLACE
from sameboat.identity.roles import Role
from sameboat.rules.documents import KINDS, DocumentKind, DocumentNumber, Flaw, read_number
from sameboat.runtime.prepared import prepared
from sameboat.runtime.refusals import Language, Refusal

PHONE_PLACE = "identity_login.sealed_phone"
NAME_OF_NOBODY = "○○○"
# Asked by every request of a program, so it is written out: building it took as long as running it.
_LOGIN = Login._meta.concrete_fields
SIGNED_IN_BY = f"""
SELECT {", ".join(f"login.{field.column}" for field in _LOGIN)}, token.id, scopes, used_on
FROM identity_accesstoken token JOIN identity_login login ON login.id = login_id
WHERE digest = %s AND expires_at > %s AND revoked_at IS NULL AND is_active
"""  # noqa: S608 - the names of our own columns
# Surnames of two characters; every other Chinese surname met in practice has one.
_LONG_SURNAMES = frozenset(
    re.findall(r"..", "欧阳上官司马诸葛司徒皇甫尉迟公孙慕容长孙宇文夏侯令狐东方独孤南宫端木轩辕")
)


class NotAllowed(Refusal):
    """The login does not hold a role that this needs, or is not signed in as that person."""

    code = "not_allowed"
    en = "This login may not do that. Needed: {needed}."
    zh = "此登录无权进行该操作。需要：{needed}。"


class BadDocument(Refusal):
    """The number cannot be one of its kind."""

    code = "bad_document"
    en = "This cannot be the number of a {kind_en}: it has {form_en}. Compare it with the document."
    zh = "这不是有效的{kind_zh}号码：应为{form_zh}。请与证件核对。"


class NoSuchVerification(Refusal):
    """There is no such request of this login, or its 30 days are over."""

    code = "no_such_verification"
    en = "There is no such verification here; results are kept for 30 days. Please verify again."
    zh = "没有找到这次核验；结果只保留 30 天，请重新核验。"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationState:
    """A request to the identity gateway as its asker may see it."""

    ref: str
    relation: str
    outcome: Outcome | None
    """None while the gateway has not answered."""
    person_ref: str | None
    """With MATCH: whom to join."""
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who shows a token, and what it may be used for."""

    login: Login
    token_id: int
    scopes: frozenset[str]
    """Empty for a login's own token: everything."""
    used_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramLine:
    """One token in force; without a name and scopes it is the login's own."""

    ref: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_on: date | None


def login_by_phone(phone: str) -> Login | None:
    """The member's login with this phone number, however it is written."""
    return Login.objects.filter(
        phone_index=phone_digest(normal_phone(phone)), is_active=True, is_staff=False
    ).first()


def phone_of(login: Login) -> str | None:
    """The login's phone number in E.164."""
    if login.sealed_phone is None:
        return None
    return open_text("login", login.name, PHONE_PLACE, login.sealed_phone)


@dataclass(frozen=True, slots=True)
class Reader:
    """Where a message goes, and in which language it is read."""

    phone: str = field(repr=False)
    language: Language

    def key(self, of: str) -> str:
        """The key of a message to this reader: in another language it is another message."""
        return of if self.language == "zh" else f"{of}/{self.language}"


def reader_of(login: Login) -> Reader | None:
    """Where messages for a login go; None where it has no phone."""
    phone = phone_of(login)
    return Reader(phone, language_of(login)) if phone else None


def language_of(login: Login) -> Language:
    """The language that the holder of the login chose last."""
    return "en" if login.language == "en" else "zh"


def readers_of(person_ids: Iterable[int]) -> dict[int, Reader]:
    """Where messages for these persons go; who has no login with a phone is left out."""
    logins = Login.objects.filter(
        person__in=list(person_ids), is_staff=False, is_active=True, sealed_phone__isnull=False
    )
    found = {login.person_id: reader_of(login) for login in logins}
    return {person: reader for person, reader in found.items() if person and reader}


def token_digest(token: str) -> bytes:
    """Under which an access token is stored: 256 random bits need no salt."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def signed_in_by(token: str, *, now: datetime) -> SignedIn | None:
    """Whom an access token stands for, and for what; None if it is unknown, over or revoked."""
    with prepared() as cursor:
        cursor.execute(SIGNED_IN_BY, [token_digest(token), now])
        row = cursor.fetchone()
    if row is None:
        return None
    *login, token_id, scopes, used_on = row
    return SignedIn(
        login=Login.from_db("default", [field.attname for field in _LOGIN], login),
        token_id=token_id,
        scopes=frozenset(scopes.split()),
        used_on=used_on,
    )


def login_of_token(token: str, *, now: datetime) -> Login | None:
    """The login that an access token stands for; None if it is unknown, over or revoked."""
    found = signed_in_by(token, now=now)
    return found.login if found else None


def sessions_of(login_id: int, *, now: datetime) -> int:
    """In how many browsers this login is signed in."""
    return Session.objects.filter(login_id=login_id, expire_date__gt=now).count()


def programs_of(login_id: int, *, now: datetime) -> list[ProgramLine]:
    """The tokens of this login that are in force, the newest first."""
    tokens = AccessToken.objects.filter(login_id=login_id, revoked_at=None, expires_at__gt=now)
    return [
        ProgramLine(
            ref=each.ref,
            name=each.name,
            scopes=tuple(each.scopes.split()),
            created_at=each.created_at,
            expires_at=each.expires_at,
            used_on=each.used_on,
        )
        for each in tokens.order_by("-id")
    ]


def is_verification_due(now: datetime) -> bool:
    """Whether the identity gateway is to be asked about somebody."""
    return Verification.objects.filter(outcome="", ask_at__lte=now).exists()


def verification(*, login_id: int, ref: str) -> VerificationState:
    """The state of a request that this login made."""
    row = Verification.objects.select_related("person").filter(ref=ref, login_id=login_id).first()
    if row is None:
        raise NoSuchVerification()
    return VerificationState(
        ref=row.ref,
        relation=row.relation,
        outcome=Outcome(row.outcome) if row.outcome else None,
        person_ref=row.person.ref if row.person else None,
        attempts=row.attempts,
    )


def name_of(person: Person) -> str:
    """The person's full name; ○○○ of one who was erased. Refuses once the key is destroyed."""
    if person.sealed_name is None:
        return NAME_OF_NOBODY
    return open_text("person", person.ref, NAME_PLACE, person.sealed_name)


def masked_name(person: Person) -> str:
    """The surname with ○○, as other members see it: 吴○○. Tells nothing of the name's length."""
    name = name_of(person)
    if name == NAME_OF_NOBODY:
        return name
    surname = name[:2] if name[:2] in _LONG_SURNAMES else name[:1]
    return f"{surname}○○"


def document_of(person: Person) -> DocumentNumber:
    """The document by which the person was verified; refuses after erasure."""
    assert person.sealed_document_number is not None
    text = open_text("person", person.ref, NUMBER_PLACE, person.sealed_document_number)
    number = read_number(DocumentKind(person.document_kind), text)
    assert isinstance(number, DocumentNumber)
    return number


def check_number(kind: DocumentKind, text: str) -> DocumentNumber:
    """A document's number in its one form; refuses one that cannot be of that kind."""
    found = read_number(kind, text)
    if isinstance(found, Flaw):
        named = KINDS[kind]
        raise BadDocument(
            kind_en=named.en,
            kind_zh=named.zh,
            form_en=named.form_en,
            form_zh=named.form_zh,
            flaw=found.value,
        )
    return found


def relatives(login_id: int) -> list[tuple[str, Person]]:
    """Whom this login may join: the person themself (`self`) first, then the relatives by kind."""
    login = Login.objects.select_related("person").get(id=login_id)
    if login.person is None:
        return []
    found = Relation.objects.filter(person=login.person).select_related("relative").order_by("id")
    return [("self", login.person), *((row.kind, row.relative) for row in found)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """Somebody asks to act for a person of this login's."""

    id: int
    asker: str
    kind: str
    """What the asker is to them: they are the asker's `child`, `spouse` or `parent`."""
    relative: str
    is_self: bool
    """It is about whoever is signed in."""
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingLine:
    """Somebody of the family who acts for this login's own person."""

    id: int
    holder: str
    since: datetime


def concerned_logins(relative_id: int, *, asker_id: int) -> list[Login]:
    """Who has to agree before somebody else acts for a person.

    Their own login; where they have none, those of whoever acts for them already.
    """
    logins = Login.objects.filter(is_active=True, is_staff=False, phone_verified=True)
    own = list(logins.filter(person_id=relative_id))
    if own:
        return own
    holders = Relation.objects.filter(relative_id=relative_id).exclude(person_id=asker_id)
    return list(logins.filter(person__in=holders.values("person")).order_by("id"))


def asked_relations(login_id: int) -> QuerySet[AskedRelation]:
    """What waits for this login's agreement, the oldest first."""
    waiting = AskedRelation.objects.select_related("person", "relative").filter(refused_at=None)
    login = Login.objects.filter(id=login_id, is_active=True, is_staff=False)
    persons = login.values("person")
    acted_for = Relation.objects.filter(person__in=persons).values("relative")
    with_own = Login.objects.filter(
        is_active=True, is_staff=False, phone_verified=True, person__isnull=False
    ).values("person")
    others = Q(relative__in=acted_for) & ~Q(relative__in=with_own) & ~Q(person__in=persons)
    return waiting.filter(Q(relative__in=persons) | others).order_by("id")


def relations_asked(login_id: int) -> list[AskedLine]:
    """What waits for this login's agreement, in words."""
    own = Login.objects.values_list("person_id", flat=True).get(id=login_id)
    return [
        AskedLine(
            id=row.id,
            asker=name_of(row.person),
            kind=row.kind,
            relative=name_of(row.relative),
            is_self=row.relative_id == own,
            asked_at=row.asked_at,
        )
        for row in asked_relations(login_id)
    ]


def acting_for_me(login_id: int) -> list[ActingLine]:
    """Who of the family acts for this login's own person; mandates are apart."""
    found = Relation.objects.select_related("person").filter(
        relative__logins=login_id, relative__logins__is_staff=False, until=None
    )
    return [
        ActingLine(id=row.id, holder=name_of(row.person), since=row.since)
        for row in found.order_by("id")
    ]


def roles_of(login_id: int) -> frozenset[Role]:
    """The roles that the login holds; empty for members and for logins that were closed."""
    held = StaffRole.objects.filter(
        login_id=login_id, login__is_active=True, login__is_staff=True
    ).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLine:
    """One staff login; nobody's name."""

    name: str
    person_ref: str
    """Whose it is: two logins of one person are one pair of eyes."""
    roles: tuple[str, ...]
    active: bool
    second_factor: bool
    created_at: datetime


def staff() -> list[StaffLine]:
    """All staff logins by name, retired ones too."""
    logins = Login.objects.filter(is_staff=True).select_related("person").order_by("name")
    secured = set(
        Authenticator.objects.filter(type=Authenticator.Type.TOTP).values_list("user_id", flat=True)
    )
    return [
        StaffLine(
            name=login.name,
            person_ref=login.person.ref if login.person else "",
            roles=tuple(sorted(role.role for role in login.roles.all())),
            active=login.is_active,
            second_factor=login.pk in secured,
            created_at=login.created_at,
        )
        for login in logins.prefetch_related("roles")
    ]


def require_role(login_id: int, *roles: Role) -> None:
    """Refuse unless the login holds one of `roles`."""
    if not roles_of(login_id) & set(roles):
        raise NotAllowed(needed=" / ".join(roles))


def has_second_factor(login_id: int) -> bool:
    """Whether a TOTP secret was set for the login."""
    held = Authenticator.objects.filter(user_id=login_id, type=Authenticator.Type.TOTP)
    return bool(held.exists())


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateLine:
    """That somebody outside the family acts for a person, by a paper."""

    id: int
    kind: str
    holder: str
    """Who acts."""
    person: str
    """For whom."""
    until: date
    """Its last day."""


def mandates(login_id: int) -> list[MandateLine]:
    """The mandates that a login's person gave or holds, the longest first."""
    own = Q(person__logins=login_id) | Q(relative__logins=login_id)
    return _mandates(Relation.objects.filter(own))


def mandates_of(person: Person) -> list[MandateLine]:
    """The mandates by which others act for a person, as staff see them."""
    return _mandates(Relation.objects.filter(relative=person))


def _mandates(found: QuerySet[Relation]) -> list[MandateLine]:
    rows = found.filter(until__isnull=False).select_related("person", "relative")
    return [
        MandateLine(
            id=row.pk,
            kind=row.kind,
            holder=name_of(row.person),
            person=name_of(row.relative),
            until=row.until,
        )
        for row in rows.distinct().order_by("-until", "id")
        if row.until is not None
    ]


def may_act_for(login_id: int, person_id: int) -> bool:
    """Whether the login is this person's own, or that of a relative who was proved to be one."""
    own = Login.objects.filter(id=login_id, is_active=True, person_id=person_id)
    if own.exists():
        return True
    return Relation.objects.filter(
        relative_id=person_id, person__logins__id=login_id, person__logins__is_active=True
    ).exists()
