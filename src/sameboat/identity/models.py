"""Tables of persons, logins, staff roles, consents and the staff audit trail.

Names, document numbers and phones stand here only sealed (AES-256-GCM under a key of the key
store) and are found by a blind index; nothing here can be read without the key store.
"""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q


class Person(models.Model):
    """A natural person, verified once. The key `person/<ref>` opens the sealed fields."""

    ref = models.CharField(max_length=32, unique=True)
    document_kind = models.CharField(max_length=24)
    sealed_name = models.BinaryField(null=True)
    sealed_document_number = models.BinaryField(null=True)
    born_on = models.DateField()
    sex = models.CharField(max_length=1, choices=[("f", "female"), ("m", "male")])
    province = models.CharField(max_length=2, blank=True)
    """GB/T 2260 code of the province, from the document or as stated."""
    occupation_class = models.CharField(max_length=16, blank=True)
    score = models.PositiveSmallIntegerField(null=True)
    verified_at = models.DateTimeField()
    deceased_on = models.DateField(null=True)
    erased_at = models.DateTimeField(null=True)


class PersonIndex(models.Model):
    """A blind index: finds a person by a keyed hash of a document, without storing the document."""

    digest = models.BinaryField(unique=True, max_length=32)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="indexes")
    purpose = models.CharField(max_length=16)
    """`document` of somebody known; of an erased person, why it is kept: `aided`, `fraud`, …"""
    kept_until = models.DateField(null=True)
    """Of an erased person: the first day on which it is deleted."""


class LoginManager(BaseUserManager["Login"]):
    """Finds logins by their name, as Django's authentication asks."""

    def get_by_natural_key(self, username: str | None) -> Login:
        return self.get(name=username)


class Login(AbstractBaseUser):
    """A way to sign in; belongs to a person (a member's login or a staff login)."""

    name = models.CharField(max_length=64, unique=True)
    """Random for members, chosen for staff. Never a phone number."""
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="logins")
    sealed_phone = models.BinaryField(null=True)
    """Sealed under the key `login/<name>`."""
    phone_index = models.BinaryField(unique=True, null=True, max_length=32)
    phone_verified = models.BooleanField(default=False)
    language = models.CharField(max_length=2, default="zh", db_default="zh")
    """In which language messages go to this phone: the last one chosen, `zh` or `en`."""
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects: ClassVar[LoginManager] = LoginManager()
    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(is_staff=False),
                name="one_member_login_per_person",
            )
        ]


class PhoneCode(models.Model):
    """A code to the phone of a login, by which its holder agrees to one thing."""

    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="phone_codes")
    purpose = models.CharField(max_length=16)
    """What is agreed to (`identity.actions.codes.Purpose`)."""
    subject = models.CharField(max_length=32)
    """The reference of the one thing."""
    sealed_code = models.BinaryField()
    """Sealed under the key `login/<name>`."""
    sent_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["login", "purpose", "sent_at"], name="codes_by_login")]


class AccessToken(models.Model):
    """What a program signs in with; `digest` is the SHA-256 of the token, which is not stored."""

    ref = models.CharField(max_length=32, unique=True)
    digest = models.BinaryField(unique=True, max_length=32)
    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="access_tokens")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=80, blank=True)
    """Of the program that holds it; empty for a login's own."""
    scopes = models.CharField(max_length=400, blank=True)
    """With spaces between them (`identity.scopes`); empty for a login's own: all that it may."""
    used_on = models.DateField(null=True)
    """The last day (UTC) on which it was shown."""


class Session(AbstractBaseSession):
    """What a browser is signed in by, under a hash of its key.

    It knows whose it is, so that all of one login can be ended at once.
    """

    login = models.ForeignKey(Login, on_delete=models.CASCADE, null=True, related_name="sessions")
    """Who is signed in, or was sent a code to sign in with; empty for a browser of nobody."""


class StaffRole(models.Model):
    """One role that a staff login holds; the list of roles is `identity.roles.Role`."""

    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=24)
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["login", "role"], name="one_grant_per_login_and_role")
        ]


class Verification(models.Model):
    """A request to the identity gateway and its answer; the result is kept for 30 days."""

    ref = models.CharField(max_length=32, unique=True)
    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="verifications")
    relation = models.CharField(max_length=16)
    """Whose document it is: `self`, `child`, `spouse` or `parent` of the login's person.

    `document`: a new document of `replaces`, who is known already.
    """
    document_kind = models.CharField(max_length=24)
    sealed_request = models.BinaryField()
    """Name, number, birth date as stated; sealed under the key `verification/<ref>`."""
    requested_at = models.DateTimeField()
    ask_at = models.DateTimeField()
    """When the gateway is to be asked, if it has not answered; whoever asks puts this off."""
    outcome = models.CharField(max_length=16, blank=True)
    """Empty while the gateway has not answered."""
    answered_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True)
    replaces = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="new_documents"
    )
    """Whose document is to be replaced; empty where somebody is verified anew."""

    class Meta:
        indexes = [
            models.Index(
                fields=["requested_at"],
                condition=Q(outcome="second_look"),
                name="documents_to_look_at",
            ),
            models.Index(fields=["ask_at"], condition=Q(outcome=""), name="persons_to_ask_about"),
        ]


class Relation(models.Model):
    """Whom a person may join, pay for and act for: proved when the relative was verified."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="relations")
    relative = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="related_to")
    kind = models.CharField(max_length=16)
    since = models.DateTimeField()
    until = models.DateField(null=True)
    """Of a mandate: its last day. It stands on a paper that staff saw, not on a family."""
    granted_by = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    """Of a mandate: who of the staff saw the paper."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None, granted_by=None)
                | Q(until__isnull=False, granted_by__isnull=False),
                name="a_mandate_ends_and_was_seen",
            ),
            models.UniqueConstraint(fields=["person", "relative"], name="one_relation_per_pair"),
            models.CheckConstraint(
                condition=~Q(person=F("relative")), name="nobody_is_their_own_relative"
            ),
        ]


class AskedRelation(models.Model):
    """A relation that does not stand yet: whom it is about, or who acts for them, agrees first."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    """Who asks to act for the relative."""
    relative = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16)
    asked_at = models.DateTimeField()
    refused_at = models.DateTimeField(null=True)
    """Kept for a while, so that nobody is asked again and again."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "relative"], name="one_asked_relation_per_pair"
            ),
        ]


class Consent(models.Model):
    """One consent of one person, given for one purpose in one version; revocable."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=48)
    version = models.CharField(max_length=80)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(Login, on_delete=models.PROTECT)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose", "version"],
                condition=Q(revoked_at=None),
                name="one_standing_consent_per_purpose_and_version",
            )
        ]


class AuditRow(models.Model):
    """What a staff login did or looked at; append-only. A day's rows become one record entry."""

    at = models.DateTimeField()
    on = models.DateField(db_index=True)
    """The civil day of `at` in the home time zone."""
    login = models.ForeignKey(Login, on_delete=models.PROTECT)
    verb = models.CharField(max_length=48)
    subject = models.CharField(max_length=80)

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="audit_rows_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]


class AuditDay(models.Model):
    """A day whose audit rows stand on the record, by their count and root; append-only."""

    day = models.DateField(unique=True)
    count = models.BigIntegerField()
    entry_hash = models.BinaryField(max_length=32)

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="audit_days_are_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]
