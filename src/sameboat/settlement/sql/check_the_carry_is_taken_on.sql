-- What a period carries in is what the one before carried out.
SELECT plan, publicity_on, carried_in, carried_out_before
FROM (
    SELECT
        plan,
        publicity_on,
        carried_in,
        lag(carried_out, 1, 0::bigint) OVER (PARTITION BY plan ORDER BY publicity_on)
            AS carried_out_before
    FROM settlement_period
    WHERE charged IS NOT NULL
) AS settled
WHERE carried_in <> carried_out_before
ORDER BY plan, publicity_on
