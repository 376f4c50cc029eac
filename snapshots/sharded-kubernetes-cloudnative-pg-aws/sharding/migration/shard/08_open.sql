-- Stage 08, on one shard: takes writes at the epoch of its map, ids above the source's highest (source/08_sequences.sql).
--   psql -v highest={} -f 08_open.sql
\set ON_ERROR_STOP on
SELECT sharding.open(:'highest'::jsonb) WHERE EXISTS (SELECT FROM sharding.state JOIN sharding.shards USING (shard)
    CROSS JOIN LATERAL unnest(tables) t WHERE sharding.oid_of(t) IS NOT NULL);
