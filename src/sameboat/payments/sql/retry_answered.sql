-- Ends a retry: who is not among the failures has paid; gives the sum of what failed again.
-- %(customers)s and %(reasons)s are the failures, each customer once; %(day)s the day of the answer.
WITH failed AS (
    SELECT household.id AS household_id, failure.reason
    FROM unnest(%(customers)s::text[], %(reasons)s::text[]) AS failure (customer, reason)
    JOIN members_household AS household ON household.customer_ref = failure.customer
),
ended AS (
    UPDATE payments_unpaiddebit AS unpaid
    SET batch_id = NULL,
        collected_on = CASE WHEN judged.reason IS NULL THEN %(day)s::date END,
        reason = coalesce(judged.reason, unpaid.reason)
    FROM (
        SELECT debit.id, failed.reason
        FROM payments_unpaiddebit AS debit
        LEFT JOIN failed ON failed.household_id = debit.household_id
        WHERE debit.batch_id = %(batch)s
    ) AS judged
    WHERE unpaid.id = judged.id
    RETURNING unpaid.amount, unpaid.collected_on
)
SELECT coalesce(sum(amount) FILTER (WHERE collected_on IS NULL), 0)::bigint FROM ended
