-- Of every settled period what comes in is what goes out, and its aid, fee and facts add up.
SELECT period.plan, period.publicity_on, period.charged, period.aid, claims.aid AS aid_of_claims
FROM settlement_period AS period
CROSS JOIN LATERAL (
    SELECT coalesce(sum(claim.aid), 0) AS aid, coalesce(sum(claim.fee), 0) AS fee
    FROM settlement_periodclaim AS claim
    WHERE claim.period_id = period.id
) AS claims
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(fact.amount) FILTER (WHERE fact.kind IN ('refund', 'default')), 0) AS extra,
        coalesce(sum(fact.amount) FILTER (WHERE fact.kind IN ('arrears', 'clawback')), 0)
            AS recovered
    FROM settlement_moneyfact AS fact
    WHERE fact.period_id = period.id
) AS facts
WHERE period.charged IS NOT NULL
    AND (
        period.charged + period.carried_in + period.recovered + period.sponsored
        <> period.aid + period.fee + period.extra + period.carried_out
        OR (period.aid, period.fee) <> (claims.aid, claims.fee)
        OR (period.extra, period.recovered) <> (facts.extra, facts.recovered)
    )
ORDER BY period.plan, period.publicity_on
