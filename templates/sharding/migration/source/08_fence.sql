-- Stage 08, on the source: no write from here on. Prints the LSN that every shard must have passed.
-- SHARE waits for writers in flight and keeps new ones out; lock_timeout gives up rather than queue all traffic behind a long one.
\set ON_ERROR_STOP on
\set QUIET on
BEGIN;
SET LOCAL lock_timeout = '3s';
SELECT format('LOCK TABLE %s IN SHARE MODE', string_agg(format('%I', name), ', ' ORDER BY name)) FROM sharding.tables WHERE sharding.oid_of(name) IS NOT NULL
HAVING count(*) > 0
\gexec
UPDATE sharding.state SET writable = false, changed_at = clock_timestamp() WHERE writable;
COMMIT;
-- A transaction that took its snapshot before the commit above (REPEATABLE READ) still reads `writable`: wait it out.
DO $$
BEGIN
    FOR i IN 1..100 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity a, sharding.state s WHERE a.backend_type = 'client backend'
            AND a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start < s.changed_at);
        IF i = 100 THEN
            RAISE EXCEPTION 'transactions older than the fence are still open: end them, or run rollback_08_fence.sql';
        END IF;
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
SELECT pg_current_wal_lsn();
