-- The households that failed in each of the last cycles; %(periods)s are these, %(cycles)s of them.
SELECT unpaid.household_id
FROM payments_unpaiddebit AS unpaid
WHERE unpaid.period_id = ANY (%(periods)s) AND unpaid.failed_cycle AND unpaid.collected_on IS NULL
GROUP BY unpaid.household_id
HAVING count(*) = %(cycles)s
ORDER BY unpaid.household_id
