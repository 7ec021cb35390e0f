-- Ends a batch of refunds: who is not among the failures has it; gives the sum of what failed.
-- %(customers)s and %(reasons)s are the failures, each customer once; %(now)s when it was answered.
WITH ended AS (
    UPDATE payments_refund AS refund
    SET
        state = CASE WHEN judged.reason IS NULL THEN 'PAID' ELSE 'FAILED' END,
        reason = coalesce(judged.reason, ''),
        paid_at = CASE WHEN judged.reason IS NULL THEN %(now)s::timestamptz END
    FROM (
        SELECT sent.id, failure.reason
        FROM payments_refund AS sent
        LEFT JOIN unnest(%(customers)s::text[], %(reasons)s::text[]) AS failure (customer, reason)
            ON failure.customer = sent.customer
        WHERE sent.batch_id = %(batch)s AND sent.state = 'SENT'
    ) AS judged
    WHERE refund.id = judged.id
    RETURNING refund.amount, refund.state
)
SELECT coalesce(sum(amount) FILTER (WHERE state = 'FAILED'), 0)::bigint FROM ended
