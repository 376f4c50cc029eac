-- psql -v slot=from_source
-- On the side that leads, after its fence: whether the follower has everything. No slot is not an empty one.
SELECT coalesce(bool_and(active AND confirmed_flush_lsn >= pg_current_wal_lsn()), false)
FROM pg_replication_slots
WHERE slot_name = :'slot';
