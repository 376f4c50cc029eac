-- Stage 02, on the source. No table is rewritten: the row filters compute the bucket.
\set ON_ERROR_STOP on
\ir ../../ddl/10_functions.sql
\set map `cat "${SHARD_MAP:-../../shard-map.json}"`
SELECT sharding.load_map(:'map'::jsonb);

-- The replica identity holds every column that a row filter reads; where the primary key does not, an index of its own.
-- Outside a transaction: it must not block writers.
SELECT format('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS %I ON %I (%s)', t.name || '_identity', t.name,
              (SELECT string_agg(format('%I', c), ', ') FROM unnest(pk || ARRAY(SELECT c FROM unnest(t.columns) c WHERE c <> ALL (pk))) c))
FROM sharding.tables t, sharding.primary_key(sharding.oid_of(t.name)) pk
WHERE NOT t.columns <@ pk
\gexec

SET lock_timeout = '3s';
DO $$
DECLARE
    bad text := (SELECT string_agg(indexrelid::regclass::text, ', ') FROM pg_index i, sharding.tables t
                 WHERE i.indexrelid = to_regclass(quote_ident(t.name || '_identity')) AND NOT i.indisvalid);
BEGIN
    -- an interrupted CONCURRENTLY leaves an invalid index behind, which IF NOT EXISTS then takes for done
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'invalid: %; DROP INDEX CONCURRENTLY it, then run this stage again', bad;
    END IF;
END $$;
-- Each table in a transaction of its own: holding two of them could deadlock with the application.
SELECT format('ALTER TABLE %I REPLICA IDENTITY USING INDEX %I', t.name, t.name || '_identity')
FROM sharding.tables t
WHERE NOT t.columns <@ sharding.primary_key(sharding.oid_of(t.name))
\gexec
INSERT INTO sharding.state (shard, epoch, writable, needs_epoch, epoch_setting)
SELECT 'source', 0, true, false, document ->> 'epoch_setting' FROM sharding.map
ON CONFLICT DO NOTHING;
SELECT format('SELECT sharding.install_guards(%L)', name) FROM sharding.tables
\gexec
