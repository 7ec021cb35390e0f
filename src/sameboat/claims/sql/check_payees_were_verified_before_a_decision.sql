-- No aid was decided for a payee whom the identity gateway had not confirmed.
SELECT claim.ref, claim.state, claim.payee_outcome
FROM claims_claim AS claim
WHERE claim.state IN ('PROPOSED', 'PUBLISHED', 'ACCEPTED', 'SETTLED', 'PAID')
    AND claim.payee_outcome NOT IN ('match', 'before')
ORDER BY claim.id
