-- No payout without a final decision on the record, and a paid claim was paid its aid.
-- What a claim was paid is its payouts, less what has to be given back.
SELECT claim.ref, claim.state, claim.aid, claim.paid_aid, paid.aid AS paid_out, back.owed
FROM claims_claim AS claim
CROSS JOIN LATERAL (
    SELECT count(*) AS payouts, coalesce(sum(aid) FILTER (WHERE state = 'PAID'), 0) AS aid
    FROM payments_payout
    WHERE claim_id = claim.id
) AS paid
CROSS JOIN LATERAL (
    SELECT coalesce(sum(owed), 0) AS owed
    FROM settlement_recovery
    WHERE claim_id = claim.id
) AS back
WHERE claim.paid_aid <> paid.aid - back.owed
    OR (claim.state = 'PAID' AND claim.paid_aid <> claim.aid - claim.unfunded)
    OR (
        paid.payouts > 0
        AND NOT EXISTS (
            SELECT
            FROM record_entry AS entry
            WHERE entry.chain = decode(claim.ref, 'hex')
                AND entry.type = 'decision.final'
                AND entry.state = 'RECORDED'
        )
    )
ORDER BY claim.ref
