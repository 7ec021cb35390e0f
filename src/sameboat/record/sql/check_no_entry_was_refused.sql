-- The sequencer refused no entry of members, periods, plans or organisations (claims look to theirs).
SELECT id, type, encode(chain, 'hex') AS chain, seq, refused_code
FROM record_entry
WHERE state = 'REFUSED'
    AND split_part(type, '.', 1) NOT IN (
        'claim', 'evidence', 'invest', 'decision', 'publicity', 'objection', 'appeal', 'board',
        'payout'
    )
ORDER BY id
