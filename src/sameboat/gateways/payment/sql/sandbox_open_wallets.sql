-- Opens a wallet for every customer of the lines who has none; the ending of the reference is its rule.
-- In the order of the key, so that two batches that open the same wallets do not block each other.
INSERT INTO gateways_sandboxwallet (customer, rule, balance)
SELECT
    customer,
    CASE WHEN ending = ANY (%(rules)s) THEN ending ELSE 'pays' END,
    CASE WHEN ending IN ('empty', 'twice', 'miscounts') THEN 0 ELSE %(opening_balance)s END
FROM (
    SELECT
        split_part(line, ',', 1) AS customer,
        coalesce(substring(split_part(line, ',', 1) FROM '-([a-z]+)$'), '') AS ending
    FROM string_to_table(%(lines)s, E'\n') AS line
    WHERE line <> ''
) AS named
ORDER BY customer
ON CONFLICT (customer) DO NOTHING
