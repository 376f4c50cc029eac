-- Stage 03, on the source: one publication per shard, by native logical replication.
-- A row filter may call immutable built-in functions only, so sharding.condition() writes the bucket out for the key's type.
-- An UPDATE that moves a row between filters arrives as DELETE on one shard and INSERT on the other.
-- TRUNCATE is left out: it ignores row filters and would empty every shard.
\set ON_ERROR_STOP on
-- what is not there is no news
SET client_min_messages = warning;
BEGIN;
DO $$
DECLARE
    busy text := (SELECT string_agg(slot_name, ', ') FROM pg_replication_slots WHERE slot_name IN (SELECT 'to_' || id FROM sharding.shards));
BEGIN
    -- a changed filter never reaches rows that were sent already
    IF busy IS NOT NULL THEN
        RAISE EXCEPTION 'shards follow already (%): migrate rollback first', busy;
    END IF;
END $$;
SELECT format('DROP PUBLICATION IF EXISTS %I', 'to_' || id) FROM sharding.shards
\gexec
SELECT format(E'CREATE PUBLICATION %I FOR TABLE\n    %s\n    WITH (publish = ''insert, update, delete'')', 'to_' || s.id,
              string_agg(format('%I', t) || CASE c WHEN 'true' THEN '' ELSE ' WHERE (' || c || ')' END, E',\n    '))
FROM sharding.shards s, unnest(s.tables) t, sharding.condition(s.shard, t) c
WHERE sharding.oid_of(t) IS NOT NULL
GROUP BY s.id
\gexec
COMMIT;
