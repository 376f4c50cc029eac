-- Stage 08, on the source: prints `drained` when every shard has confirmed the fence, otherwise those that have not.
--   psql -v fence=0/16B3748 -f 08_drained.sql
\set ON_ERROR_STOP on
SELECT coalesce('not yet: ' || string_agg(s.id, ', '), 'drained')
FROM sharding.shards s
LEFT JOIN pg_replication_slots r ON r.slot_name = 'to_' || s.id AND r.database = current_database()
WHERE NOT coalesce(r.confirmed_flush_lsn >= :'fence'::pg_lsn, false);
