-- Stage 08, on the source: no write from here on. Prints the LSN that every shard must have passed.
\set ON_ERROR_STOP on
\set QUIET on
UPDATE sharding.state SET writable = false, changed_at = clock_timestamp() WHERE writable;
-- Every transaction from before the commit above may still write, one with an older snapshot (REPEATABLE READ) even later: wait them
-- out. No lock on the tables: with several it could deadlock with the application.
SELECT clock_timestamp() AS fenced_at \gset
SELECT set_config('sharding.fenced_at', :'fenced_at', false) IS NULL AS unset \gset
DO $$
BEGIN
    -- without it the transactions of other users have no start
    IF NOT pg_has_role('pg_read_all_stats', 'USAGE') THEN
        RAISE EXCEPTION '% needs the role pg_read_all_stats', current_user;
    END IF;
    FOR i IN 1..100 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.backend_type = 'client backend' AND a.datname = current_database()
                              AND a.pid <> pg_backend_pid() AND a.xact_start < current_setting('sharding.fenced_at')::timestamptz)
              AND NOT EXISTS (SELECT FROM pg_prepared_xacts p WHERE p.database = current_database());
        IF i = 100 THEN
            RAISE EXCEPTION 'transactions older than the fence are still open: end them, or run rollback_08_fence.sql';
        END IF;
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
SELECT pg_current_wal_lsn();
