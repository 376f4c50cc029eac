-- Stage 09, on one shard, after the days of watching: the way back goes. After this there is no rollback, only a restore.
--   psql -v back=back_none -f 09_finish.sql
\set ON_ERROR_STOP on
-- what is not there is no news
SET client_min_messages = warning;
DROP PUBLICATION IF EXISTS :"back";
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = :'back' AND NOT active;
ANALYZE;
