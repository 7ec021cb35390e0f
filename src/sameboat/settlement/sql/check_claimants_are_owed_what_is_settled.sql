-- By the books claimants are owed what stands settled and was not paid out.
-- And they owe what was paid out, taken back, and neither given back nor written off.
WITH claims AS (
    SELECT
        claim.plan,
        sum(settled.aid - back.aid - claim.paid_aid) AS owed_to_them,
        sum(back.owed) AS owed_by_them
    FROM claims_claim AS claim
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(row.aid), 0) AS aid
        FROM settlement_periodclaim AS row
        JOIN settlement_period AS period ON period.id = row.period_id
        WHERE row.claim_id = claim.id AND period.settle_entry_hash IS NOT NULL
    ) AS settled
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(aid), 0) AS aid, coalesce(sum(owed - received - written_off), 0) AS owed
        FROM settlement_recovery
        WHERE claim_id = claim.id
    ) AS back
    GROUP BY claim.plan
),
books AS (
    SELECT account.code, sum(posting.amount) AS amount
    FROM books_posting AS posting
    JOIN books_ledgeraccount AS account ON account.id = posting.account_id
    GROUP BY account.code
)
SELECT claims.plan, wanted.account, wanted.amount, coalesce(books.amount, 0) AS booked
FROM claims
CROSS JOIN LATERAL (
    VALUES
        ('claimants', -claims.owed_to_them),
        ('clawback', claims.owed_by_them),
        ('reclaimed', -claims.owed_by_them)
) AS wanted (account, amount)
LEFT JOIN books ON books.code = claims.plan || ':' || wanted.account
WHERE wanted.amount <> coalesce(books.amount, 0)
ORDER BY claims.plan, wanted.account
