-- Of every answered batch of refunds: what it gave back is what its paid refunds come to.
-- A refund that failed may have left for another batch; then the rest is at most what was asked for.
SELECT batch.key, batch.amount, batch.given_back, refunds.paid, refunds.on_the_way
FROM payments_refundbatch AS batch
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(amount) FILTER (WHERE state = 'PAID'), 0) AS paid,
        coalesce(sum(amount) FILTER (WHERE state IN ('PREPARED', 'SENT')), 0) AS on_the_way
    FROM payments_refund
    WHERE batch_id = batch.id
) AS refunds
WHERE (
        batch.state = 'ANSWERED'
        AND (batch.given_back <> refunds.paid OR refunds.on_the_way <> 0)
    )
    OR (batch.state <> 'ANSWERED' AND refunds.on_the_way <> batch.amount)
ORDER BY batch.key
