-- Takes each line's amount from its wallet, or notes why not; the request and the wallets exist.
-- Wallets are locked in the order of the key, so that batches with common customers wait, not deadlock.
WITH line AS MATERIALIZED (
    SELECT split_part(text, ',', 1) AS customer, split_part(text, ',', 2)::bigint AS amount
    FROM string_to_table(%(lines)s, E'\n') AS text
    WHERE text <> ''
),
held AS MATERIALIZED (
    SELECT wallet.customer, wallet.rule, wallet.balance, line.amount
    FROM line
    JOIN gateways_sandboxwallet AS wallet USING (customer)
    ORDER BY wallet.customer
    FOR UPDATE OF wallet
),
judged AS MATERIALIZED (
    SELECT
        customer,
        rule,
        amount,
        CASE
            WHEN rule = 'revoked' THEN 'agreement_revoked'
            WHEN rule = 'closed' THEN 'customer_closed'
            WHEN balance < amount THEN 'insufficient_balance'
            ELSE ''
        END AS failure
    FROM held
),
taken AS (
    UPDATE gateways_sandboxwallet AS wallet
    SET balance = wallet.balance - judged.amount
    FROM judged
    WHERE wallet.customer = judged.customer AND judged.failure = ''
),
noted AS (
    INSERT INTO gateways_sandboxdebit
        (request_id, customer, amount, failure, listed, denied)
    SELECT %(key)s, customer, amount, failure, CASE rule WHEN 'twice' THEN 2 WHEN 'miscounts' THEN 0 ELSE 1 END,
        rule = 'denies' AND failure = ''
    FROM judged
),
total AS (
    SELECT
        coalesce(sum(amount) FILTER (WHERE failure = ''), 0) AS moved,
        count(*) FILTER (WHERE failure = '') AS customers,
        coalesce(bool_or(rule = 'slow'), false) AS slow,
        coalesce(bool_or(rule = 'late'), false) AS late,
        coalesce(bool_or(rule = 'lost'), false) AS lost
    FROM judged
)
UPDATE gateways_sandboxrequest AS request
SET
    moved = total.moved,
    customers = total.customers,
    calls_left = CASE WHEN total.slow THEN %(slow_calls)s ELSE 0 END,
    answers_from = CASE WHEN total.late THEN %(late_until)s::timestamptz END,
    answer_lost = total.lost
FROM total
WHERE request.key = %(key)s
