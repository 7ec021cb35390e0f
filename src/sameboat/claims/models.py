"""Tables of claims: one request for aid, its evidence, and everything decided about it.

What a claim says about health is sealed under its data key `claim/<ref>`; destroying that key
erases it. A claim's state moves only by compare-and-set, along the table of `rules.claim`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sameboat.identity.models import Login, Person
from sameboat.members.models import Membership
from sameboat.record.models import Entry
from sameboat.rules.claim import CLOSED


class NamesPayee(models.Model):
    """Who receives the aid, sealed under the claim's key, and what is known of them."""

    sealed_payee = models.BinaryField(null=True)
    payee_index = models.BinaryField(null=True, max_length=32)
    phone_index = models.BinaryField(null=True, max_length=32)
    """The payee's phone, by the same blind index as logins."""
    payee_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    """The payee, where they are a person here: one who died meanwhile is not paid."""
    payee_ref = models.CharField(max_length=64, blank=True)
    """The payee as the payment gateway knows them."""
    payee_outcome = models.CharField(max_length=16, blank=True)
    """What the identity gateway says of the payee (`identity.outcomes`); empty until it answers."""
    payee_answered_at = models.DateTimeField(null=True)
    payee_attempts = models.PositiveSmallIntegerField(default=0)
    """How often the gateway gave no answer."""

    class Meta:
        abstract = True


class Claim(NamesPayee):
    """One request for aid. `ref` is its chain on the record (16 random bytes, hex)."""

    ref = models.CharField(max_length=32, unique=True)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="claims")
    plan = models.CharField(max_length=64)
    filed_by = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="filed_claims")
    state = models.CharField(max_length=16)
    """The name of a `rules.claim.State`: `DRAFT`, `COLLECTING`, …"""
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="instalments"
    )
    """The first claim of the illness, of which this one is a further instalment."""
    governing_version = models.CharField(max_length=32, blank=True)
    sealed_facts = models.BinaryField()
    """Illness number, severity, accident or not, day of first diagnosis, hospital, own words."""
    payee_held_at = models.DateTimeField(null=True)
    """Since when nothing is paid, because another payee was asked for (`PayeeChange`)."""
    drafted_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    sealed_at = models.DateTimeField(null=True)
    benefit_row = models.CharField(max_length=32, blank=True)
    aid = models.BigIntegerField(null=True)
    """In fen; set when a decision is proposed."""
    publicity_opened_at = models.DateTimeField(null=True)
    publicity_ends_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    period_on = models.DateField(null=True)
    """The publicity day of the period that settled it: who shared then has helped."""
    paid_at = models.DateTimeField(null=True)
    paid_aid = models.BigIntegerField(default=0)
    """What was paid out by now and has not to be given back, arrears taken off included."""
    unfunded = models.BigIntegerField(default=0, db_default=0)
    """What of the aid the money left at the plan's end did not reach, by the terms; 0 elsewhere."""
    money_moves = models.CharField(max_length=12, blank=True)
    """`settling` or `paying` while its money is on its way: it cannot be reopened then."""
    closed_at = models.DateTimeField(null=True)
    """When it was declined or withdrawn."""
    decline_clause = models.CharField(max_length=64, blank=True)
    appeal_ends_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    """Since when it is on hold: the record refused an entry of its chain (`Hold`)."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=~Q(state__in=sorted(state.name for state in CLOSED)),
                name="one_open_claim_per_membership",
            ),
            models.CheckConstraint(
                condition=Q(aid=None) | Q(aid__gt=0), name="claim_aid_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(unfunded=0) | Q(unfunded__gt=0, unfunded__lte=F("aid")),
                name="what_is_not_reached_is_of_the_aid",
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "state"], name="claims_by_plan_and_state"),
            models.Index(fields=["payee_index"], name="claims_by_payee"),
            models.Index(fields=["phone_index"], name="claims_by_phone"),
            models.Index(
                fields=["held_at"], condition=Q(held_at__isnull=False), name="claims_on_hold"
            ),
        ]


class Assistance(models.Model):
    """Somebody helps a member to file one claim: opened by a code to the member's phone.

    What the helper does is done in the member's name, as long as this lasts.
    """

    ref = models.CharField(max_length=32, unique=True)
    helper = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    """Who gives the codes; empty where the number is nobody's, and then no code is right."""
    claim = models.ForeignKey(
        Claim, on_delete=models.CASCADE, null=True, related_name="assistances"
    )
    begun_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    """When the first code was given."""
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    """When it was handed in, or the member ended the help."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(claim=None) | Q(opened_at__isnull=False),
                name="nobody_helps_without_a_code",
            )
        ]
        indexes = [models.Index(fields=["helper", "begun_at"], name="assistances_by_helper")]


class PayeeChange(NamesPayee):
    """Another payee, asked for after the aid was decided: confirmed by a code, then it waits.

    While a confirmed one stands nothing is paid; a supervisor lets it take effect.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payee_changes")
    asked_by = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    """When the code was given that went to the phone of whoever asked."""
    waits_until = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)
    """`approved`, `refused` or `stopped`; empty while it stands."""
    decided_by = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(outcome=""),
                name="one_payee_change_stands_per_claim",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="approved") | Q(confirmed_at__isnull=False),
                name="an_approved_change_was_confirmed",
            ),
        ]


class Evidence(models.Model):
    """One document of a claim: the original is committed and encrypted, never shown."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="evidence")
    ref = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=24)
    media_type = models.CharField(max_length=64)
    length = models.BigIntegerField()
    commitment = models.BinaryField(max_length=32, unique=True)
    hashed_by = models.CharField(max_length=8)
    original_key = models.CharField(max_length=96)
    """Where the encrypted original (with its salt) lies in the file store."""
    viewing_key = models.CharField(max_length=96)
    viewing_hash = models.BinaryField(max_length=32)
    content_index = models.BinaryField(max_length=32)
    """Keyed hash of the original bytes: finds the same file in another claim."""
    added_by = models.ForeignKey(Login, on_delete=models.PROTECT)
    added_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["content_index"], name="evidence_by_content")]


class Upload(models.Model):
    """A document on its way in pieces, so that a broken line costs one piece and not all of it."""

    ref = models.CharField(max_length=32, unique=True)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=24)
    length = models.BigIntegerField()
    """Of the whole document, in bytes, as the sender says."""
    file_hash = models.BinaryField(max_length=32)
    """SHA-256 of the whole document by the sender's device, keyed: equal for equal documents."""
    received = models.BigIntegerField(default=0)
    """So many bytes are here, from the first on."""
    begun_by = models.ForeignKey(Login, on_delete=models.PROTECT)
    begun_at = models.DateTimeField()
    evidence_ref = models.CharField(max_length=32, blank=True)
    """The document that it became."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "kind", "file_hash"],
                condition=Q(evidence_ref=""),
                name="one_upload_per_document_under_way",
            ),
            models.CheckConstraint(
                condition=Q(received__gte=0, received__lte=models.F("length")),
                name="no_more_is_received_than_was_announced",
            ),
        ]


class UploadPiece(models.Model):
    """One piece of an upload, sealed under the claim's key; gone when the document is whole."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="a_piece_comes_once")
        ]


class CheckResult(models.Model):
    """The coded result of one automatic check of a sealed claim (`rules.checks`)."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="checks")
    code = models.CharField(max_length=48)
    outcome = models.CharField(max_length=12)
    rule = models.CharField(max_length=64, blank=True)
    """The key of the rulebook that was applied."""
    sealed_detail = models.BinaryField()
    """The sentence in both languages, and the facts: days, illness, other claims."""
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "code"], name="one_result_per_check")
        ]


class NewsMark(models.Model):
    """How far claimants were told what the record says of their claims; one row."""

    up_to = models.BigIntegerField(default=0)
    """The entries before this place in the log were told."""


class EvidenceAsk(models.Model):
    """A coded request for more evidence, with a due day."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="asks")
    kinds = models.JSONField()
    reason_code = models.CharField(max_length=48)
    due_on = models.DateField()
    asked_by = models.ForeignKey(Login, on_delete=models.PROTECT)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    """When evidence of these kinds had come."""


class Investigation(models.Model):
    """An outside investigator's assignment and report."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="investigations")
    investigator = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    finding = models.CharField(max_length=24, blank=True)
    sealed_report = models.BinaryField(null=True)
    reported_at = models.DateTimeField(null=True)


class Decision(models.Model):
    """A decision about a claim or an objection: one person proposes, another confirms."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=16)
    """`propose`, `decline`, `recall`, `reopen`, `dismiss` or `uphold`."""
    objection = models.ForeignKey(
        "Objection", on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    benefit_row = models.CharField(max_length=32, blank=True)
    aid = models.BigIntegerField(null=True)
    clause = models.CharField(max_length=64, blank=True)
    reason_code = models.CharField(max_length=48, blank=True)
    sealed_reason = models.BinaryField()
    first_login = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="+")
    first_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()
    second_login = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    second_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    second_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    """Set when the second person did not agree: the first may decide anew."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(second_person=None) | ~Q(second_person=models.F("first_person")),
                name="two_different_people_decide",
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(second_at=None, dropped_at=None, objection=None),
                name="one_decision_waiting_per_claim",
            ),
            models.UniqueConstraint(
                fields=["objection"],
                condition=Q(dropped_at=None),
                name="one_answer_per_objection",
            ),
        ]


class Objection(models.Model):
    """A member's reasoned doubt during publicity; one per member and claim."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="objections")
    ref = models.CharField(max_length=32, unique=True)
    objector = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="objections")
    reason_code = models.CharField(max_length=48)
    sealed_text = models.BinaryField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, blank=True)
    """`dismissed` or `upheld`; empty while unanswered."""
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "objector"], name="one_objection_per_member_and_claim"
            )
        ]


class Appeal(models.Model):
    """A claimant's request for the review board; waits in a queue until the board exists."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="appeals")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="appeal")
    """The decline it is against: one appeal each."""
    sealed_text = models.BinaryField()
    received_at = models.DateTimeField()


class Hold(models.Model):
    """An entry of a claim that the record refused: the claim stands still until it is released.

    The rows had gone ahead of the record; releasing puts them back to where the record stands.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="holds")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="hold")
    began_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    sealed_reason = models.BinaryField(null=True)
    """Why the operator released it, in words."""
