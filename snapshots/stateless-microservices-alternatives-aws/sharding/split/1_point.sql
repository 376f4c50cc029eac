-- Splitting a range, 1: on the shard that has it. What lies where: the split point goes above the highest id, where no row moves, and
-- far enough above it for the ids that come until the range is closed.
\set ON_ERROR_STOP on
SELECT format('SELECT %L AS "table", count(*) AS rows, min(%2$I) AS lowest, percentile_disc(0.5) WITHIN GROUP (ORDER BY %2$I) AS median, max(%2$I) AS highest FROM %1$I', t, s.key)
FROM sharding.state JOIN sharding.shards s USING (shard) CROSS JOIN LATERAL unnest(s.tables) t
WHERE s.strategy = 'range'
\gexec
