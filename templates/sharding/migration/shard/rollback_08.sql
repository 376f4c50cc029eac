-- Undoes stage 08 on one shard: closes it and prints the LSN that the source must confirm on the slot back_<shard>.
-- Then rollback_08_drained.sql here, and on the source rollback_08_open.sql.
\set ON_ERROR_STOP on
\set QUIET on
BEGIN;
SET LOCAL lock_timeout = '3s';
SELECT format('LOCK TABLE %s IN SHARE MODE', string_agg(format('%I', t), ', '))
FROM sharding.shards s JOIN sharding.state USING (shard) CROSS JOIN LATERAL unnest(s.tables) t
WHERE sharding.oid_of(t) IS NOT NULL
HAVING count(*) > 0
\gexec
UPDATE sharding.state SET writable = false, changed_at = clock_timestamp() WHERE writable;
COMMIT;
-- as in source/08_fence.sql: a snapshot from before the commit still reads `writable`
DO $$
BEGIN
    FOR i IN 1..100 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity a, sharding.state s WHERE a.backend_type = 'client backend'
            AND a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start < s.changed_at);
        IF i = 100 THEN
            RAISE EXCEPTION 'transactions older than the fence are still open: end them and run this again';
        END IF;
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
SELECT pg_current_wal_lsn();
