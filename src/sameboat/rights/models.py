"""Tables of what people ask about their data, of codes that prove a phone, and of holds."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sameboat.identity.models import Login, Person

OPEN_STATES = ("OPEN", "PROPOSED", "READY", "ERASING")


class DataRequest(models.Model):
    """Something that a person asks about their data, and what became of it."""

    ref = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=12)
    """`copy`, `correction`, `erasure` or `reasons`."""
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="data_requests")
    asked_by = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    """The last day on which it is answered in time."""
    state = models.CharField(max_length=10, default="OPEN")
    """`OPEN`; `PROPOSED` while a correction waits for its second person; `READY` while a copy can
    be fetched; `ERASING`; at the end `DONE`, `DECLINED`, `WITHDRAWN` or `EXPIRED`."""
    subject = models.CharField(max_length=32, blank=True)
    """Of a correction, what is wrong: `name`, `province`, …; of reasons, the membership."""
    sealed_words = models.BinaryField(null=True)
    """What was asked for in words, and what it should be; under the person's key."""
    sealed_answer = models.BinaryField(null=True)
    """What staff answered; under the person's key."""
    accepts = models.BooleanField(null=True)
    """What the first person of staff said."""
    first_login = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    first_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    second_login = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    second_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    file_key = models.CharField(max_length=96, blank=True)
    """Where the sealed copy lies in the file store."""
    expires_at = models.DateTimeField(null=True)
    """Until when the copy can be fetched."""
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "subject"],
                condition=Q(state__in=OPEN_STATES),
                name="one_open_request_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(second_person=None) | ~Q(second_person=F("first_person")),
                name="two_different_people_correct",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=Q(state__in=OPEN_STATES), name="requests_by_due_day"
            )
        ]


class RetentionHold(models.Model):
    """Why something of a person must be kept, or may not be erased yet; until a stated day."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=8)
    """`audit`: erasure waits. `fraud` or `legal`: the mark of the document outlasts it."""
    until_on = models.DateField()
    """The first day on which it does not hold any more."""
    set_by = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    lifted_by = models.ForeignKey(Login, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "reason"],
                condition=Q(lifted_at=None),
                name="one_standing_hold_per_reason",
            )
        ]
