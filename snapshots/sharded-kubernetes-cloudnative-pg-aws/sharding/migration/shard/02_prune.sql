-- Stage 02, on one shard, after the schema of the source was loaded: drops the empty tables that belong elsewhere. One that is missing
-- is an error in the application's log; one that is there and empty is a wrong answer.
--   psql -v shard=none -f 02_prune.sql
\set ON_ERROR_STOP on
SELECT set_config('sharding.this', :'shard', false) IS NULL AS unset \gset
DO $$
DECLARE
    t record;
    filled boolean;
BEGIN
    IF (SELECT shard FROM sharding.state) IS DISTINCT FROM current_setting('sharding.this') THEN
        RETURN;
    END IF;
    FOR t IN SELECT c.oid::regclass AS rel FROM pg_class c
             WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
               AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'sharding')
               AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
               AND NOT EXISTS (SELECT FROM sharding.shards s JOIN sharding.state USING (shard) CROSS JOIN LATERAL unnest(s.tables) own
                               WHERE sharding.oid_of(own) = c.oid) LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', t.rel) INTO filled;
        IF filled THEN
            RAISE NOTICE '% holds rows and stays, though it is not of this keyspace', t.rel;
        ELSE
            EXECUTE format('DROP TABLE %s CASCADE', t.rel);
        END IF;
    END LOOP;
END $$;
