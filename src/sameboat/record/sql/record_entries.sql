-- Give pending entries their index in the log. The sequencer's lock must be held.
UPDATE record_entry AS entry
SET state = 'RECORDED', index = given.index, recorded_at = %(now)s
FROM unnest(%(ids)s::bigint[], %(indexes)s::bigint[]) AS given (id, index)
WHERE entry.id = given.id AND entry.state = 'PENDING'
