from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("identity", "0008_asked_relations")]

    operations = [
        migrations.AddField("verification", "ask_at", models.DateTimeField(null=True)),
        migrations.RunPython(
            lambda apps, _editor: (
                apps.get_model("identity", "Verification")
                .objects.filter(ask_at=None)
                .update(ask_at=F("requested_at"))
            ),
            migrations.RunPython.noop,
        ),
        migrations.AlterField("verification", "ask_at", models.DateTimeField()),
        migrations.AddIndex(
            "verification",
            models.Index(fields=["ask_at"], condition=Q(outcome=""), name="persons_to_ask_about"),
        ),
    ]
