-- On the source: stops at the first thing that would stop the migration. Changes nothing.
\set ON_ERROR_STOP on
DO $$
DECLARE
    found text;
BEGIN
    IF current_setting('wal_level') <> 'logical' THEN
        RAISE EXCEPTION 'wal_level is %, not logical: set it (rds.logical_replication, cloudsql.logical_decoding) and restart', current_setting('wal_level');
    END IF;
    IF (SELECT count(*) FROM pg_replication_slots) >= current_setting('max_replication_slots')::int THEN
        RAISE EXCEPTION 'no replication slot is free: raise max_replication_slots';
    END IF;
    SELECT string_agg(c.oid::regclass::text, ', ') INTO found
    FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema') AND c.relpersistence = 'p'
      AND (c.relreplident = 'n' OR c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary));
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'no primary key or replica identity, so an update has no row to find: %', found;
    END IF;
    IF EXISTS (SELECT FROM pg_largeobject_metadata) THEN
        RAISE EXCEPTION 'large objects are not replicated: move them to object storage first';
    END IF;
    SELECT string_agg(c.oid::regclass::text, ', ') INTO found
    FROM pg_class c
    WHERE c.relkind = 'r' AND c.relpersistence = 'u';
    IF found IS NOT NULL THEN
        RAISE WARNING 'unlogged tables are not replicated: %', found;
    END IF;
    SELECT string_agg(pid::text, ', ') INTO found
    FROM pg_stat_activity
    WHERE datname = current_database() AND xact_start < now() - interval '10 minutes' AND backend_type = 'client backend';
    IF found IS NOT NULL THEN
        RAISE WARNING 'a slot is not made until transactions that run already have ended; old ones: %', found;
    END IF;
END $$;
