-- The lines of a batch of refunds as the gateway takes them, always in the same order.
SELECT string_agg(customer || ',' || amount || E'\n', '' ORDER BY customer)
FROM payments_refund
WHERE batch_id = %(batch)s
