"""Sessions know whose they are; whoever was signed in signs in once more."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OLD_TABLE = """
DROP TABLE IF EXISTS django_session;
DELETE FROM django_migrations WHERE app = 'sessions';
"""
"""Of the library's own sessions: without this its migrations would seem to be of a later version."""


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0006_mandates"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="session key",
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "login",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.RunSQL(OLD_TABLE, migrations.RunSQL.noop),
    ]
