-- Every paid claim has a payout that is paid, and the arrears of a payout are what was taken off.
SELECT claim.ref, payout.state, payout.arrears, taken.amount AS taken_off
FROM claims_claim AS claim
LEFT JOIN payments_payout AS payout ON payout.claim_id = claim.id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS amount, bool_and(collected_on IS NOT NULL) AS collected
    FROM payments_unpaiddebit
    WHERE payout_id = payout.id
) AS taken
WHERE (
        claim.state = 'PAID'
        AND NOT EXISTS (
            SELECT FROM payments_payout WHERE claim_id = claim.id AND state = 'PAID'
        )
    )
    OR payout.arrears <> taken.amount
    OR (payout.state = 'PAID' AND NOT coalesce(taken.collected, true))
ORDER BY claim.ref
