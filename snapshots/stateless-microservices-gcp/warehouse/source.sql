-- What Datastream needs of a shard: a login that may replicate, what is published, and a slot that keeps its place.
-- Run on each shard as the owner of its tables, also on one that is added later, and again after a table is added. Safe to repeat.
--   psql -v password="$(gcloud secrets versions access latest --secret=…-datastream)" -f warehouse/source.sql
\set ON_ERROR_STOP on
SELECT set_config('warehouse.password', :'password', false) IS NOT NULL AS given;
DO $$
DECLARE
    -- by name: a publication of a whole schema is for superusers, and a managed database has none for us
    tables text := (SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables WHERE schemaname = 'public');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'datastream') THEN
        CREATE ROLE datastream LOGIN REPLICATION;
    END IF;
    EXECUTE format('ALTER ROLE datastream PASSWORD %L', current_setting('warehouse.password'));
    IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'warehouse') THEN
        CREATE PUBLICATION warehouse WITH (publish = 'insert, update, delete');
    END IF;
    IF tables IS NOT NULL THEN
        EXECUTE format('ALTER PUBLICATION warehouse SET TABLE %s', tables);
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO datastream;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO datastream;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO datastream;
-- A slot holds back the log until it is read: drop it when a stream is given up.
SELECT pg_create_logical_replication_slot('warehouse', 'pgoutput')
WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'warehouse');
