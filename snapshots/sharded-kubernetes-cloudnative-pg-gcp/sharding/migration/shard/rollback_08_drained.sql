-- On one closed shard: prints `drained` when the source has confirmed everything up to the fence, or never followed it.
--   psql -v back=back_none -v fence=0/16B3748 -f rollback_08_drained.sql
\set ON_ERROR_STOP on
SELECT CASE WHEN bool_and(confirmed_flush_lsn >= :'fence'::pg_lsn) IS NOT FALSE THEN 'drained' ELSE 'behind' END
FROM pg_replication_slots WHERE slot_name = :'back';
