-- Claims that left the draft have a chain on the record, and drafts have none.
SELECT claim.ref, claim.state, count(entry.id) AS entries
FROM claims_claim AS claim
LEFT JOIN record_entry AS entry
    ON entry.chain = decode(claim.ref, 'hex') AND entry.state <> 'REFUSED'
GROUP BY claim.id, claim.ref, claim.state
HAVING (claim.state = 'DRAFT') <> (count(entry.id) = 0)
ORDER BY claim.id
