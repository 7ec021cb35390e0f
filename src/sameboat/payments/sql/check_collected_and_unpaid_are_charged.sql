-- Of every collected period: collected + unpaid = charged, and no debit was taken twice.
-- A household whose payer has died is not debited: what it owes is unpaid from the beginning.
SELECT
    period.plan,
    period.publicity_on,
    period.charged,
    batch.debited,
    batch.collected_first,
    batch.collected_later,
    unpaid.failed,
    unpaid.paused,
    unpaid.paid_later
FROM settlement_period AS period
JOIN settlement_stagemark AS mark ON mark.period_id = period.id AND mark.stage = 'collect'
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(amount) FILTER (WHERE NOT is_retry), 0) AS debited,
        coalesce(sum(collected) FILTER (WHERE NOT is_retry), 0) AS collected_first,
        coalesce(sum(collected) FILTER (WHERE is_retry), 0) AS collected_later
    FROM payments_debitbatch
    WHERE period_id = period.id
) AS batch
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(amount), 0) AS failed,
        coalesce(sum(amount) FILTER (WHERE reason = 'payer_died'), 0) AS paused,
        coalesce(
            sum(amount) FILTER (
                WHERE collected_on IS NOT NULL AND payout_id IS NULL AND NOT recounted
            ),
            0
        ) AS paid_later
    FROM payments_unpaiddebit
    WHERE period_id = period.id
) AS unpaid
WHERE batch.debited + unpaid.paused <> period.charged
    OR batch.collected_first + unpaid.failed <> period.charged
    OR batch.collected_later <> unpaid.paid_later
ORDER BY period.plan, period.publicity_on
