-- What stands settled on a claim, less what was taken back, is its aid, as far as money was left.
-- Only a reopened claim has anything settled while it is not SETTLED or PAID.
SELECT claim.ref, claim.state, claim.aid, settled.aid AS settled, back.aid AS taken_back
FROM claims_claim AS claim
CROSS JOIN LATERAL (
    SELECT count(*) AS periods, coalesce(sum(row.aid), 0) AS aid
    FROM settlement_periodclaim AS row
    JOIN settlement_period AS period ON period.id = row.period_id
    WHERE row.claim_id = claim.id AND period.settle_entry_hash IS NOT NULL
) AS settled
CROSS JOIN LATERAL (
    SELECT coalesce(sum(aid), 0) AS aid
    FROM settlement_recovery
    WHERE claim_id = claim.id
) AS back
WHERE settled.aid < back.aid
    OR (
        claim.state IN ('SETTLED', 'PAID')
        AND (settled.periods = 0 OR settled.aid - back.aid <> claim.aid - claim.unfunded)
    )
    OR (
        claim.state NOT IN ('SETTLED', 'PAID')
        AND settled.periods > 0
        AND NOT EXISTS (
            SELECT
            FROM record_entry AS entry
            WHERE entry.chain = decode(claim.ref, 'hex') AND entry.type = 'claim.reopen'
        )
    )
ORDER BY claim.ref
