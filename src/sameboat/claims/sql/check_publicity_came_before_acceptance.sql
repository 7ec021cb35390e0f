-- Every accepted claim was shown to the end of its publicity, with every objection answered.
SELECT claim.ref, claim.publicity_ends_at, claim.accepted_at, count(objection.id) AS unanswered
FROM claims_claim AS claim
LEFT JOIN claims_objection AS objection
    ON objection.claim_id = claim.id AND objection.outcome = ''
WHERE claim.state IN ('ACCEPTED', 'SETTLED', 'PAID')
GROUP BY claim.id, claim.ref, claim.publicity_ends_at, claim.accepted_at
HAVING count(objection.id) > 0
    OR claim.publicity_ends_at IS NULL
    OR claim.accepted_at IS NULL
    OR claim.accepted_at < claim.publicity_ends_at
ORDER BY claim.id
