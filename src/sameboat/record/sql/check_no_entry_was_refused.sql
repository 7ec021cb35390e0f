-- The sequencer refused no entry: what was refused wants a compensating action.
SELECT id, type, encode(chain, 'hex') AS chain, seq, refused_code
FROM record_entry
WHERE state = 'REFUSED'
ORDER BY id
