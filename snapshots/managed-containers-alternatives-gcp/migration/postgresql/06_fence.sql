-- On the side that leads: no more writes. New sessions are read-only, those that are open end and come back read-only; the ones of the
-- replication stay. Then it waits until no other transaction runs.
\set ON_ERROR_STOP on
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
END $$;
SELECT count(pg_terminate_backend(pid)) AS ended
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
DO $$
BEGIN
    FOR i IN 1..100 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity
                              WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                                AND backend_xid IS NOT NULL);
        IF i = 100 THEN
            RAISE EXCEPTION 'a transaction still writes';
        END IF;
        PERFORM pg_sleep(0.1);
    END LOOP;
END $$;
