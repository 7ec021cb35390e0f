"""Tables of memberships: who belongs to which plan, from when to when, and who pays."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from sameboat.identity.models import Login, Person

BEGAN = Q(ends_on=None) | Q(ends_on__gt=F("joined_on"))
"""A rejoining that was taken back before it began was no membership: its days are none."""


class Household(models.Model):
    """The persons for whom one payer pays."""

    payer = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="household")
    customer_ref = models.CharField(max_length=64, unique=True)
    """The payer as the payment gateway knows them."""
    mandate_at = models.DateTimeField()
    """When the payer agreed to automatic debits."""
    paused_from = models.DateField(null=True)
    """Since when nobody is debited, because the payer has died."""


class Membership(models.Model):
    """A person under a plan, from joining to leaving.

    All days are civil days of the plan's time zone, written by an action: SQL never derives them.
    """

    ref = models.CharField(max_length=32, unique=True)
    plan = models.CharField(max_length=64)
    version = models.CharField(max_length=32)
    """The version in force on the day of joining: it governs eligibility."""
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="memberships")
    born_on = models.DateField()
    """Copied from the person: the snapshot of 100 million rows must not join for it."""
    tier = models.CharField(max_length=16, blank=True)
    joined_on = models.DateField()
    joined_at = models.DateTimeField()
    covered_from = models.DateField()
    """First day on which illness is covered."""
    until_on = models.DateField()
    """The age-out day, on which the membership ends by itself."""
    terms_hash = models.BinaryField(max_length=32)
    """SHA-256 of the version file's hash and the disclosure's hash, as in the join leaf."""
    who = models.BinaryField(max_length=32)
    """The salted hash of the person's document in the join leaf; nothing without the salt."""
    join_leaf = models.BinaryField(max_length=32, unique=True)
    review_reasons = models.CharField(max_length=80, blank=True)
    """Codes of what a human should look at (a score), with commas; never a reason to wait."""
    needs_consent = models.BooleanField(default=False, db_default=False)
    """Whether somebody else joined for this adult, who must agree before cover starts."""
    consented_on = models.DateField(null=True)
    """The day on which the adult agreed; cover starts on it at the earliest."""
    ends_on = models.DateField(null=True)
    """First day without membership; empty while it is open."""
    ended_at = models.DateTimeField(null=True)
    """When the end was known here: a lock sees only what was known by then.

    Ends by the calendar (age, the plan's end, no payer) are known when the last day is over.
    """
    end_reason = models.CharField(max_length=16, blank=True)
    end_leaf = models.BinaryField(max_length=32, null=True)
    cover_ends_on = models.DateField(null=True)
    """First day without cover, where it differs from `ends_on` (death, exclusion)."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "person"],
                condition=Q(ends_on=None),
                name="one_open_membership_per_person_and_plan",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("joined_on")),
                name="a_membership_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None, ended_at=None, end_reason="")
                | (Q(ends_on__isnull=False, ended_at__isnull=False) & ~Q(end_reason="")),
                name="an_end_has_day_time_and_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "joined_on"], name="joins_by_day"),
            models.Index(
                fields=["plan", "ends_on"], condition=Q(ends_on__isnull=False), name="ends_by_day"
            ),
            models.Index(
                fields=["plan", "until_on"], condition=Q(ends_on=None), name="open_by_age_out"
            ),
        ]


class Transfer(models.Model):
    """The wish to go on in another plan on becoming too old for this one.

    It stands as the member's agreement to the other plan, and is carried out when the last day is
    closed: then it names the new membership, or why there is none.
    """

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="transfer")
    to_plan = models.CharField(max_length=64)
    disclosure_version = models.CharField(max_length=32)
    """The disclosure of the other plan that was accepted."""
    asked_by = models.ForeignKey(Login, on_delete=models.PROTECT)
    asked_at = models.DateTimeField()
    into = models.OneToOneField(
        Membership, on_delete=models.SET_NULL, null=True, related_name="transferred_from"
    )
    lapsed = models.CharField(max_length=24, blank=True)
    """Why it came to nothing: a `rules.transfer.Lapse`; empty while it stands or was done."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(into=None) | Q(lapsed=""), name="a_transfer_is_done_or_lapsed"
            )
        ]


class DeathEntry(models.Model):
    """The first person's entry of a death, or that one was recorded by mistake.

    A second person's alike carries it out and takes it away.
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="death_entry")
    died_on = models.DateField(null=True)
    """Of a death: its day."""
    shown_by = models.CharField(max_length=16, blank=True, default="", db_default="")
    """Of a mistake: what showed that the person lives (`members.actions.living.Shown`)."""
    entered_by = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(died_on__isnull=False, shown_by="")
                | (Q(died_on=None) & ~Q(shown_by="")),
                name="an_entry_is_a_death_or_a_mistake",
            )
        ]


class EndsTold(models.Model):
    """How far the members of a plan were told of the ends that the record says."""

    plan = models.CharField(max_length=64, unique=True)
    day = models.DateField(null=True)
    """The last day of which every end was told."""
    up_to = models.BigIntegerField(default=0)
    """The last membership of the next day that was told."""


class Absence(models.Model):
    """A time between an end and the return to the same membership; what the end said moves here.

    It may hold no day at all: who comes back on the last day was never away.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="absences")
    ends_on = models.DateField()
    """First day without membership."""
    ended_at = models.DateTimeField()
    end_reason = models.CharField(max_length=16)
    end_leaf = models.BinaryField(max_length=32)
    returned_on = models.DateField()
    """The day of the return; a member again from the next day on."""
    returned_at = models.DateTimeField()
    return_leaf = models.BinaryField(max_length=32, unique=True)
    by_mistake = models.BooleanField(default=False, db_default=False)
    """The end was recorded by mistake: cover goes on through it as if it had not been."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "returned_on"], name="one_return_per_membership_and_day"
            ),
            models.CheckConstraint(
                condition=Q(returned_at__gte=F("ended_at")), name="a_return_follows_an_end"
            ),
        ]
        indexes = [
            models.Index(fields=["ends_on"], name="absences_by_end"),
            models.Index(fields=["returned_on"], name="absences_by_return"),
        ]


class ConsentCode(models.Model):
    """A code that went to the phone of an adult, who agrees by it to a membership."""

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="consent_codes"
    )
    sealed = models.BinaryField()
    """Code and phone number, sealed under the person's key."""
    sent_at = models.DateTimeField()
    asked_by = models.ForeignKey(Login, on_delete=models.PROTECT)
    tries = models.PositiveSmallIntegerField(default=0)


class HealthDeclaration(models.Model):
    """The answers given at joining; sealed under the person's key."""

    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="declaration"
    )
    questions_version = models.CharField(max_length=32)
    sealed_answers = models.BinaryField()
    declared_by = models.ForeignKey(Login, on_delete=models.PROTECT)
    declared_at = models.DateTimeField()


class MembersDay(models.Model):
    """What `members.day` says of one plan and day; written with its record entry."""

    plan = models.CharField(max_length=64)
    day = models.DateField()
    joins = models.BigIntegerField()
    returns = models.BigIntegerField(default=0)
    """Old memberships that came back."""
    ends = models.BigIntegerField()
    active = models.BigIntegerField()
    entry_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "day"], name="one_row_per_day")]
        triggers = [
            pgtrigger.Protect(
                name="members_days_are_append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]


class WindDown(models.Model):
    """The end of a plan: proposed by one person of the operator, announced by another.

    A pool below the terms' minimum ends the plan by itself: then nobody has proposed it.
    """

    plan = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=16)
    """`operator` or `pool_too_small`."""
    sharing_ends_on = models.DateField()
    """The first day on which nobody is debited."""
    ends_on = models.DateField()
    """The first day without members and cover."""
    run_off_days = models.PositiveIntegerField()
    closing_refund = models.CharField(max_length=8, default="none", db_default="none")
    run_off_aid = models.CharField(max_length=8, default="full", db_default="full")
    """What the terms promised when the end was proposed: no later version changes it."""
    proposed_by = models.ForeignKey(
        Login, on_delete=models.PROTECT, null=True, related_name="wind_downs_proposed"
    )
    proposed_at = models.DateTimeField()
    announced_by = models.ForeignKey(
        Login, on_delete=models.PROTECT, null=True, related_name="wind_downs_announced"
    )
    announced_on = models.DateField(null=True)
    """Empty while the second person has not agreed."""
    entry_hash = models.BinaryField(max_length=32, null=True)
    """The `plan.end` entry of the record."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sharing_ends_on__lte=F("ends_on")),
                name="cover_lasts_as_long_as_sharing",
            ),
            models.CheckConstraint(
                condition=Q(announced_on=None, entry_hash=None)
                | Q(announced_on__isnull=False, entry_hash__isnull=False),
                name="an_announced_end_is_an_entry",
            ),
        ]


class ProposedRulebook(models.Model):
    """A rulebook with new terms that one person proposed and another one has to adopt."""

    plan = models.CharField(max_length=64, unique=True)
    files = models.JSONField()
    """Pairs of name and text: the TOML file first, then the lists that it names."""
    content_hash = models.CharField(max_length=64)
    proposed_by = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()


class News(models.Model):
    """Something that every member of a plan is told once, and how far that is."""

    plan = models.CharField(max_length=64)
    kind = models.CharField(max_length=8)
    """`version` (new terms) or `end` (of the plan)."""
    subject = models.CharField(max_length=32, blank=True)
    """The version."""
    on = models.DateField()
    """When it takes effect."""
    found_at = models.DateTimeField()
    up_to = models.BigIntegerField(default=0)
    """The last login that was told, in their order."""
    told = models.BigIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    """When the last one was told."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "kind", "subject"], name="news_is_told_once")
        ]
