-- The aid of an accepted, settled or paid claim is what two different people decided last.
SELECT claim.ref, claim.state, claim.aid, decision.aid AS decided_aid
FROM claims_claim AS claim
LEFT JOIN LATERAL (
    SELECT latest.aid, latest.first_person_id, latest.second_person_id
    FROM claims_decision AS latest
    WHERE latest.claim_id = claim.id AND latest.kind = 'propose' AND latest.second_at IS NOT NULL
    ORDER BY latest.second_at DESC
    LIMIT 1
) AS decision ON TRUE
WHERE claim.state IN ('PROPOSED', 'PUBLISHED', 'ACCEPTED', 'SETTLED', 'PAID')
    AND (
        decision.aid IS DISTINCT FROM claim.aid
        OR decision.first_person_id IS NOT DISTINCT FROM decision.second_person_id
    )
ORDER BY claim.id
