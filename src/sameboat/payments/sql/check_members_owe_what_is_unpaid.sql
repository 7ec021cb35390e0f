-- What members owe by the books is what is neither collected nor borne by somebody else.
SELECT period.plan, period.publicity_on, owed.amount AS owed, unpaid.amount AS unpaid
FROM settlement_period AS period
JOIN settlement_stagemark AS mark ON mark.period_id = period.id AND mark.stage = 'collect'
CROSS JOIN LATERAL (
    SELECT coalesce(sum(posting.amount), 0) AS amount
    FROM books_booking AS booking
    JOIN books_posting AS posting ON posting.booking_id = booking.id
    JOIN books_ledgeraccount AS account ON account.id = posting.account_id
    WHERE booking.period_on = period.publicity_on AND account.code = period.plan || ':members'
) AS owed
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS amount
    FROM payments_unpaiddebit
    WHERE period_id = period.id AND collected_on IS NULL AND borne_by = ''
) AS unpaid
WHERE owed.amount <> unpaid.amount
ORDER BY period.plan, period.publicity_on
