-- Keeps the failures of a first debit as unpaid; gives their sum, to compare with the answer.
-- %(customers)s, %(amounts)s and %(reasons)s are the failures, each customer once.
WITH failed AS (
    SELECT household.id AS household_id, failure.amount, failure.reason
    FROM unnest(%(customers)s::text[], %(amounts)s::bigint[], %(reasons)s::text[])
        AS failure (customer, amount, reason)
    JOIN members_household AS household ON household.customer_ref = failure.customer
),
kept AS (
    INSERT INTO payments_unpaiddebit
        (period_id, household_id, amount, reason, attempts, last_attempt_on, failed_cycle, borne_by,
        asked, recounted)
    SELECT %(period)s, household_id, amount, reason, 1, %(attempt_on)s, false, '',
        false, false
    FROM failed
    RETURNING amount
)
SELECT coalesce(sum(amount), 0)::bigint FROM kept
