-- What was booked at the gateway to mend a difference is what two agreed on.
SELECT difference.key, difference.statement_on, difference.accepted, booked.amount AS booked
FROM payments_difference AS difference
CROSS JOIN LATERAL (
    SELECT coalesce(sum(posting.amount), 0) AS amount
    FROM books_booking AS booking
    JOIN books_posting AS posting ON posting.booking_id = booking.id
    JOIN books_ledgeraccount AS account ON account.id = posting.account_id
    WHERE starts_with(
            booking.key,
            'difference/' || difference.kind || '/' || difference.statement_on || '/'
            || difference.key || '/'
        )
        AND account.code = difference.plan || ':gateway'
) AS booked
WHERE difference.accepted <> booked.amount
    OR (difference.accepted <> 0 AND difference.second_login_id IS NULL)
ORDER BY difference.statement_on, difference.key
