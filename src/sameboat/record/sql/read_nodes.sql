-- Hashes of the log's tree by place. What is not stored does not come back.
SELECT node.level, node.index, node.hash
FROM record_node AS node
INNER JOIN unnest(%(levels)s::smallint[], %(indexes)s::bigint[]) AS wanted (level, index)
    ON node.level = wanted.level AND node.index = wanted.index
