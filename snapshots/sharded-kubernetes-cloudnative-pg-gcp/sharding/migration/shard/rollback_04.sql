-- Undoes stages 03 to 07 on one shard: stops following and empties the copy, so that stage 04 can start again.
--   psql -v subscription=to_none -v back=back_none -f rollback_04.sql
\set ON_ERROR_STOP on
-- what is not there is no news
SET client_min_messages = warning;
-- a shard that takes writes is never emptied
SELECT coalesce((SELECT writable FROM sharding.state), false) AS open \gset
\if :open
\warn this shard takes writes: roll back stage 08 first
SELECT 1 / 0 AS "this shard takes writes";
\endif
DROP SUBSCRIPTION IF EXISTS :"subscription";
DROP PUBLICATION IF EXISTS :"back";
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = :'back' AND NOT active;
BEGIN;
-- the guard refuses TRUNCATE on a closed shard
SELECT format('ALTER TABLE %I DISABLE TRIGGER guard', t)
FROM sharding.shards s JOIN sharding.state USING (shard) CROSS JOIN LATERAL unnest(s.tables) t
WHERE sharding.oid_of(t) IS NOT NULL
\gexec
SELECT format('TRUNCATE %s', string_agg(format('%I', t), ', '))
FROM sharding.shards s JOIN sharding.state USING (shard) CROSS JOIN LATERAL unnest(s.tables) t
WHERE sharding.oid_of(t) IS NOT NULL
HAVING count(*) > 0
\gexec
SELECT format('ALTER TABLE %I ENABLE TRIGGER guard', t)
FROM sharding.shards s JOIN sharding.state USING (shard) CROSS JOIN LATERAL unnest(s.tables) t
WHERE sharding.oid_of(t) IS NOT NULL
\gexec
COMMIT;
