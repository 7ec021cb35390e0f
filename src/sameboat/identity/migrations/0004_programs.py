from django.db import migrations, models

NAME_THEM = """
UPDATE identity_accesstoken SET ref = replace(gen_random_uuid()::text, '-', '') WHERE ref IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_kept_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="accesstoken",
            name="name",
            field=models.CharField(blank=True, default="", max_length=80),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="scopes",
            field=models.CharField(blank=True, default="", max_length=400),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="used_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="ref",
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.RunSQL(NAME_THEM, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="accesstoken",
            name="ref",
            field=models.CharField(max_length=32, unique=True),
        ),
    ]
