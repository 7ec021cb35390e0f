-- Takes unpaid debits into a batch and gives its lines: how many payers, their sum, the text.
-- %(ids)s the debits, open and in no other batch; %(batch)s the batch; %(day)s the day of the try.
WITH taken AS (
    UPDATE payments_unpaiddebit AS unpaid
    SET asked = false, batch_id = %(batch)s, attempts = unpaid.attempts + 1, last_attempt_on = %(day)s
    WHERE unpaid.id = ANY (%(ids)s)
        AND unpaid.batch_id IS NULL
        AND unpaid.payout_id IS NULL
        AND unpaid.collected_on IS NULL
    RETURNING unpaid.household_id, unpaid.amount
)
SELECT
    count(*),
    sum(taken.amount)::bigint,
    string_agg(household.customer_ref || ',' || taken.amount || E'\n', '' ORDER BY household.id)
FROM taken
JOIN members_household AS household ON household.id = taken.household_id
