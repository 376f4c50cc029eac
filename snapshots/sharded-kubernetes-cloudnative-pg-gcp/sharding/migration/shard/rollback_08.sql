-- Undoes stage 08 on one shard: closes it and prints the LSN that the source must confirm on the slot back_<shard>.
-- Then rollback_08_drained.sql here, and on the source rollback_08_open.sql.
\set ON_ERROR_STOP on
\set QUIET on
UPDATE sharding.state SET writable = false, changed_at = clock_timestamp() WHERE writable;
-- as in ../source/08_fence.sql
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
            RAISE EXCEPTION 'transactions older than the fence are still open: end them and run this again';
        END IF;
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
SELECT pg_current_wal_lsn();
