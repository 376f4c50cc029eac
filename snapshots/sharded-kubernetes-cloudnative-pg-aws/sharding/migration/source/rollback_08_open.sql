-- Undoes stage 08 on the source, once every shard is closed and drained: it owns everything again.
\set ON_ERROR_STOP on
-- what is not there is no news
SET client_min_messages = warning;
SELECT format('DROP SUBSCRIPTION IF EXISTS %I', 'back_' || id) FROM sharding.shards ORDER BY ordinal
\gexec
BEGIN;
-- ids that the shards handed out came back as rows, not as sequence values
SELECT setval(s.sequence, greatest((h.value)::bigint, 1))
FROM jsonb_each_text(sharding.highest()) h, sharding.tables t, sharding.sequences(sharding.oid_of(t.name)) s
WHERE h.key = t.name || '.' || s.column_name;
UPDATE sharding.state SET writable = true, changed_at = clock_timestamp() WHERE shard = 'source';
COMMIT;
