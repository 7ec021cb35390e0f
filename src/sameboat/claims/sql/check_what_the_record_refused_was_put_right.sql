-- Every entry of a claim that the record refused led to a hold, and the hold was released.
SELECT entry.id, entry.type, encode(entry.chain, 'hex') AS claim, entry.refused_code, hold.began_at
FROM record_entry AS entry
LEFT JOIN claims_hold AS hold ON hold.entry_id = entry.id
WHERE entry.state = 'REFUSED'
    AND split_part(entry.type, '.', 1) IN (
        'claim', 'evidence', 'invest', 'decision', 'publicity', 'objection', 'appeal', 'board',
        'payout'
    )
    AND hold.released_at IS NULL
ORDER BY entry.id
