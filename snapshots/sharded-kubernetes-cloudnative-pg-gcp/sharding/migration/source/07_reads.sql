-- Stages 05 and 07, on the source: prints `ready` when every shard is within 1 MiB, otherwise the slots that are behind or missing.
-- Reads then see the shards some milliseconds late: what must read its own write stays on the source until stage 08.
\set ON_ERROR_STOP on
SELECT coalesce('behind: ' || string_agg(s.id, ', '), 'ready')
FROM sharding.shards s
LEFT JOIN pg_replication_slots r ON r.slot_name = 'to_' || s.id AND r.database = current_database()
WHERE NOT coalesce(r.active AND pg_wal_lsn_diff(pg_current_wal_lsn(), r.confirmed_flush_lsn) <= 1048576, false);
