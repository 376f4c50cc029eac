-- Stage 06, on one shard: rows that do not belong here, by table; the sum must be 0.
\set ON_ERROR_STOP on
SELECT format('SELECT %L, count(*) FROM %I WHERE (%s) IS NOT TRUE', t, t, sharding.condition(s.shard, t))
FROM sharding.shards s JOIN sharding.state USING (shard) CROSS JOIN LATERAL unnest(s.tables) t
WHERE sharding.oid_of(t) IS NOT NULL
ORDER BY t
\gexec
