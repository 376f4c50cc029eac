-- Keyspace content: by region, inside a region by the bucket of user_id.
-- Run on each of its shards after 15_roles.sql and after the application's own schema (a migration brings it by
-- pg_dump --schema-only); again after every table that is added. A table that does not exist yet is named and left out.
\set ON_ERROR_STOP on
BEGIN;
SELECT sharding.shard_table('content');

-- Uniqueness other than by the key holds inside a shard only; what must be unique over all shards needs an owner elsewhere.
DO $$
DECLARE
    t text;
    q regclass;
BEGIN
    FOREACH t IN ARRAY ARRAY['content']::text[] LOOP
        CONTINUE WHEN sharding.oid_of(t) IS NULL;
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO "quasar_app"', t);
        EXECUTE format('GRANT SELECT ON %I TO "quasar_readonly"', t);
        FOR q IN SELECT s.sequence FROM sharding.sequences(sharding.oid_of(t)) s LOOP
            EXECUTE format('GRANT USAGE ON SEQUENCE %s TO "quasar_app"', q);
        END LOOP;
    END LOOP;
END $$;
COMMIT;
