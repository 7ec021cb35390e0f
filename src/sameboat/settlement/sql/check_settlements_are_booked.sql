-- The books say what each settled period charged, sponsored, and owes to claimants and operator.
SELECT period.plan, period.publicity_on, wanted.account, wanted.amount, booked.amount AS booked
FROM settlement_period AS period
CROSS JOIN LATERAL (
    VALUES
        ('members', period.charged + period.waived),
        ('sponsor', period.sponsored - period.waived),
        ('claimants', -period.aid),
        ('fee', -period.fee),
        ('carry', period.carried_in - period.carried_out),
        ('extra', period.recovered - period.extra)
) AS wanted (account, amount)
LEFT JOIN LATERAL (
    SELECT sum(posting.amount) AS amount
    FROM books_booking AS booking
    JOIN books_posting AS posting ON posting.booking_id = booking.id
    JOIN books_ledgeraccount AS account ON account.id = posting.account_id
    WHERE booking.key = 'settle/' || period.plan || '/' || period.publicity_on
        AND account.code = period.plan || ':' || wanted.account
) AS booked ON TRUE
WHERE period.settle_entry_hash IS NOT NULL AND wanted.amount <> coalesce(booked.amount, 0)
ORDER BY period.plan, period.publicity_on, wanted.account
