from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0005_instalments")]

    operations = [
        migrations.AddField(
            model_name="claim", name="period_on", field=models.DateField(null=True)
        ),
    ]
