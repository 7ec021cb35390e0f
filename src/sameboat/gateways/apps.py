"""Django's view of this package: it owns the tables of the sandboxes."""

from __future__ import annotations

from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    """The app `gateways`."""

    name = "sameboat.gateways"
    label = "gateways"
    default_auto_field = "django.db.models.BigAutoField"
