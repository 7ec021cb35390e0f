-- Store complete hashes of the log's tree. None of them may stand already.
INSERT INTO record_node (level, index, hash)
SELECT new.level, new.index, new.hash
FROM unnest(%(levels)s::smallint[], %(indexes)s::bigint[], %(hashes)s::bytea[])
    AS new (level, index, hash)
