-- Stage 05, on the source: one row a slot. `lost` in wal_status means the copy must start again.
-- max_slot_wal_keep_size bounds what a stopped shard can pile up here; -1 fills the disk.
\set ON_ERROR_STOP on
SELECT slot_name, active, wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint AS lag_bytes
FROM pg_replication_slots
WHERE database = current_database() AND slot_name IN (SELECT 'to_' || id FROM sharding.shards)
ORDER BY slot_name;
