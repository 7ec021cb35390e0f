"""Tables of webhooks: endpoints, events, and each event on its way to each endpoint.

Nothing personal stands in an event: references, days, states and sums.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sameboat.identity.models import Login


class Endpoint(models.Model):
    """Where an integrator wants to be told. The key `webhook/<ref>` opens the sealed secrets."""

    ref = models.CharField(max_length=32, unique=True)
    login = models.ForeignKey(Login, on_delete=models.PROTECT, related_name="endpoints")
    url = models.CharField(max_length=500)
    types = models.CharField(max_length=400)
    """The types of events that it wants, with spaces between them."""
    plans = models.TextField(default="", db_default="", blank=True)
    """The plans of which it wants to be told, with spaces between them; empty: of every plan, also
    of those that come later."""
    sealed_secret = models.BinaryField()
    sealed_secret_before = models.BinaryField(null=True)
    secret_before_until = models.DateTimeField(null=True)
    """Until then both secrets sign, so that the receiver can change over."""
    created_at = models.DateTimeField()
    rests_until = models.DateTimeField(null=True)
    """After a failure: nothing is sent to it before."""
    busy_until = models.DateTimeField(null=True)
    """Until then a worker that is at it has it for itself."""
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.CharField(max_length=24, blank=True)
    """`failing`: an event was given up; `gone`: the receiver said so; `removed`: by its owner."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stopped_at=None, stopped_because="")
                | (Q(stopped_at__isnull=False) & ~Q(stopped_because="")),
                name="an_endpoint_stops_for_a_reason",
            )
        ]


class Event(models.Model):
    """Something that happened, as it is told."""

    ref = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=120, unique=True)
    """What it came from: the same is told once."""
    type = models.CharField(max_length=40)
    at = models.DateTimeField()
    """When it was pulled from what had happened."""
    body = models.JSONField()


class Delivery(models.Model):
    """One event on its way to one endpoint; those of an endpoint go out in their order."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=8, default="WAITS")
    """`WAITS`, `TAKEN` or `GIVEN_UP`."""
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)
    """Of the last answer; empty where there was none."""
    error = models.CharField(max_length=200, blank=True)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], name="an_event_goes_to_an_endpoint_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "id"], condition=Q(state="WAITS"), name="deliveries_waiting"
            )
        ]


class Mark(models.Model):
    """How far the record was told; one row."""

    up_to = models.BigIntegerField(default=0)
    """The index of the first entry that is not told yet."""
