-- Every answered batch, payout and refund is booked with its amount, and nothing else moved cash.
WITH moved (key, plan, amount) AS (
    SELECT batch.key, period.plan, batch.collected
    FROM payments_debitbatch AS batch
    JOIN settlement_period AS period ON period.id = batch.period_id
    WHERE batch.state = 'ANSWERED' AND batch.collected > 0
    UNION ALL
    SELECT payout.key, period.plan, payout.arrears - payout.aid
    FROM payments_payout AS payout
    JOIN settlement_period AS period ON period.id = payout.period_id
    WHERE payout.state = 'PAID' AND payout.aid > payout.arrears
    UNION ALL
    SELECT batch.key, batch.plan, -batch.given_back
    FROM payments_refundbatch AS batch
    WHERE batch.state = 'ANSWERED' AND batch.given_back > 0
),
booked (key, plan, amount) AS (
    SELECT booking.key, booking.plan, posting.amount
    FROM books_booking AS booking
    JOIN books_posting AS posting ON posting.booking_id = booking.id
    JOIN books_ledgeraccount AS account ON account.id = posting.account_id
    WHERE booking.kind IN ('collect', 'payout', 'refund')
        AND account.code = booking.plan || ':gateway'
)
SELECT coalesce(moved.key, booked.key) AS key, moved.amount AS moved, booked.amount AS booked
FROM moved
FULL JOIN booked ON booked.key = moved.key AND booked.plan = moved.plan
WHERE moved.amount IS DISTINCT FROM booked.amount
ORDER BY 1
