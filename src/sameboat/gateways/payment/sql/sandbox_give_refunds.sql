-- Gives each line's amount to its wallet, or notes why not; the request and the wallets exist.
-- Wallets are locked in the order of the key. What bounces comes back as a line of a later statement.
WITH line AS MATERIALIZED (
    SELECT split_part(text, ',', 1) AS customer, split_part(text, ',', 2)::bigint AS amount
    FROM string_to_table(%(lines)s, E'\n') AS text
    WHERE text <> ''
),
held AS MATERIALIZED (
    SELECT wallet.customer, wallet.rule, line.amount
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
            WHEN rule IN ('closed', 'miscounts') THEN 'customer_closed'
            WHEN rule = 'returned' THEN 'returned'
            ELSE ''
        END AS failure
    FROM held
),
given AS (
    UPDATE gateways_sandboxwallet AS wallet
    SET balance = wallet.balance + judged.amount
    FROM judged
    WHERE wallet.customer = judged.customer AND judged.failure = '' AND judged.rule <> 'bounces'
),
noted AS (
    INSERT INTO gateways_sandboxdebit (request_id, customer, amount, failure, listed, denied)
    SELECT %(key)s, customer, amount, failure, CASE rule WHEN 'miscounts' THEN 0 ELSE 1 END, false
    FROM judged
),
bounced AS (
    INSERT INTO gateways_sandboxrequest
        (key, kind, digest, requested_at, moved, customers, failure, calls_left, answer_lost)
    SELECT
        'returned/' || substring(%(key)s FROM position('/' IN %(key)s) + 1) || '/' || customer,
        'return', '', %(back_at)s, amount, 1, '', 0, false
    FROM judged
    WHERE rule = 'bounces'
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
