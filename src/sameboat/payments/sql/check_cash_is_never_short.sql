-- The plan's cash at the gateway never falls below nothing: the operator advances what is missing.
SELECT code, id, standing
FROM (
    SELECT
        account.code,
        posting.id,
        sum(posting.amount) OVER (PARTITION BY account.code ORDER BY posting.id) AS standing
    FROM books_posting AS posting
    JOIN books_ledgeraccount AS account ON account.id = posting.account_id
    WHERE account.code LIKE '%:gateway'
) AS cash
WHERE standing < 0
ORDER BY code, id
