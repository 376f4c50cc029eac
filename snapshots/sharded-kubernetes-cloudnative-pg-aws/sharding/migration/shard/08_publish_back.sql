-- Stage 08, on one shard, still closed: forward replication ends, the way back begins, so that a rollback loses nothing.
-- In this order: the slot must exist before the first write, the forward subscription must be gone before the way back runs
-- (PostgreSQL 15 cannot tell replicated changes from local ones; origin = none came with 16).
--   psql -v subscription=to_none -v back=back_none -f 08_publish_back.sql
\set ON_ERROR_STOP on
-- what is not there is no news
SET client_min_messages = warning;
DROP SUBSCRIPTION IF EXISTS :"subscription";
SELECT format('CREATE PUBLICATION %I FOR TABLE %s WITH (publish = ''insert, update, delete'')', :'back', string_agg(format('%I', t), ', '))
FROM sharding.shards s JOIN sharding.state USING (shard) CROSS JOIN LATERAL unnest(s.tables) t
WHERE sharding.oid_of(t) IS NOT NULL AND NOT EXISTS (SELECT FROM pg_publication WHERE pubname = :'back')
HAVING count(*) > 0
\gexec
SELECT pg_create_logical_replication_slot(:'back', 'pgoutput')
WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :'back');
