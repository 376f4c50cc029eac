-- Slots of the migration on this side: whether somebody follows, and how many bytes behind.
SELECT slot_name, active, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)
FROM pg_replication_slots
WHERE slot_name IN ('from_source', 'from_target');
