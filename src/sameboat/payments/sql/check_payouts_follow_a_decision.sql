-- No payout without a final decision on the record, and its aid is what was decided and settled.
SELECT payout.key, payout.state, payout.aid, claim.aid AS decided, settled.aid AS settled
FROM payments_payout AS payout
JOIN claims_claim AS claim ON claim.id = payout.claim_id
LEFT JOIN settlement_periodclaim AS settled
    ON settled.claim_id = claim.id AND settled.period_id = payout.period_id
WHERE payout.aid IS DISTINCT FROM claim.aid
    OR payout.aid IS DISTINCT FROM settled.aid
    OR (payout.state = 'PAID') <> (claim.state = 'PAID')
    OR NOT EXISTS (
        SELECT FROM record_entry AS entry
        WHERE entry.chain = decode(claim.ref, 'hex')
            AND entry.type = 'decision.final'
            AND entry.state = 'RECORDED'
    )
ORDER BY payout.key
