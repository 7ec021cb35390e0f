-- Every settled claim is in one period with its aid, and a settled period's claims are settled.
SELECT claim.ref, claim.state, claim.aid, count(settled.id) AS periods
FROM claims_claim AS claim
LEFT JOIN settlement_periodclaim AS settled ON settled.claim_id = claim.id
LEFT JOIN settlement_period AS period ON period.id = settled.period_id
GROUP BY claim.id, claim.ref, claim.state, claim.aid
HAVING count(settled.id) > 1
    OR (claim.state IN ('SETTLED', 'PAID') AND count(settled.id) = 0)
    OR (
        claim.state IN ('SETTLED', 'PAID')
        AND (bool_or(settled.aid <> claim.aid) OR bool_or(period.settle_entry_hash IS NULL))
    )
    OR (claim.state NOT IN ('SETTLED', 'PAID') AND bool_or(period.settle_entry_hash IS NOT NULL))
ORDER BY claim.ref
