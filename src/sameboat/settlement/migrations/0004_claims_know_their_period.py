from django.db import migrations

# Claims that were settled before they kept the day of their period.
FILL = """
UPDATE claims_claim AS claim
SET period_on = period.publicity_on
FROM settlement_periodclaim AS settled
JOIN settlement_period AS period ON period.id = settled.period_id
WHERE settled.claim_id = claim.id AND claim.settled_at IS NOT NULL AND claim.period_on IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0006_period_on"), ("settlement", "0003_winding")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
