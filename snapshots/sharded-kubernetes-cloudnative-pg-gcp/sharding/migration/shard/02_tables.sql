-- Stage 02, on one shard: prints `none`, `all` or how many of the tables of its keyspace are there.
\set ON_ERROR_STOP on
SELECT CASE count(sharding.oid_of(t)) WHEN 0 THEN 'none' WHEN count(*) THEN 'all' ELSE count(sharding.oid_of(t)) || ' of ' || count(*) END
FROM sharding.shards s JOIN sharding.state USING (shard) CROSS JOIN LATERAL unnest(s.tables) t;
