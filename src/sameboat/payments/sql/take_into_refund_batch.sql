-- Takes refunds into a batch, one a customer; gives how many payers and their sum.
-- %(plan)s and %(batch)s; at most %(payers)s, the oldest of each customer first.
WITH chosen AS (
    SELECT DISTINCT ON (customer) id
    FROM payments_refund
    WHERE plan = %(plan)s AND state = 'PREPARED' AND batch_id IS NULL
    ORDER BY customer, id
    LIMIT %(payers)s
),
taken AS (
    UPDATE payments_refund AS refund
    SET batch_id = %(batch)s
    FROM chosen
    WHERE refund.id = chosen.id
    RETURNING refund.amount
)
SELECT count(*), sum(amount)::bigint FROM taken
