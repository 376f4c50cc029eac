-- Splitting a range, 2: on the shard that has it, when the directory says `fenced`. Takes no writes from here on, waits for those that
-- are open, and proves that no row has an id from the split point on. Where one has, the shard takes writes again and this fails:
-- such rows are moved by the stages of ../migration, or the point goes higher.
--   psql -v at=500000000 -f 2_close.sql
-- Way back, until 3_hand_over.sql: SELECT sharding.open()
\set ON_ERROR_STOP on
\ir ../migration/source/08_fence.sql
SELECT coalesce(string_agg(format('EXISTS (SELECT FROM %I WHERE %I >= %s)', t, s.key, :'at'::bigint), ' OR '), 'true') AS beyond
FROM sharding.state JOIN sharding.shards s USING (shard) CROSS JOIN LATERAL unnest(s.tables) t
WHERE s.strategy = 'range'
\gset
SELECT :beyond AS beyond \gset
\if :beyond
    SELECT sharding.open();
    DO $$ BEGIN RAISE EXCEPTION 'rows from the split point on are here: nothing was changed' USING ERRCODE = 'SH005'; END $$;
\endif
