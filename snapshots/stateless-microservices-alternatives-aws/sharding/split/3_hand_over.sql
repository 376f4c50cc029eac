-- Splitting a range, 3: on every shard, the new owner first, when the directory says `switched`. Takes the new map, whose epoch
-- refuses every router that has not, and writes again. Safe to repeat.
--   curl --fail http://127.0.0.1:8081/v1/map >map.json        through kubectl port-forward
--   SHARD_MAP=map.json psql -f 3_hand_over.sql
\set ON_ERROR_STOP on
BEGIN;
\ir ../ddl/12_map.sql
-- What has the last range hands out ids of it: none below its beginning.
SELECT sharding.set_sequences(jsonb_object_agg(t || '.' || s.key, o.lo - 1))
FROM sharding.state JOIN sharding.shards s USING (shard) CROSS JOIN LATERAL unnest(s.tables) t
CROSS JOIN (SELECT max(lo) AS lo FROM sharding.owned) o
WHERE s.strategy = 'range' AND o.lo > 0;
SELECT sharding.open();
COMMIT;
