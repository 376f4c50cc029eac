-- Ends 06_track.sql on the source.
\set ON_ERROR_STOP on
-- what is not there is no news
SET client_min_messages = warning;
SET lock_timeout = '3s';
SELECT format('DROP TRIGGER IF EXISTS %I ON %I', trigger, t.name)
FROM sharding.tables t, unnest(ARRAY['touch_insert', 'touch_update', 'touch_delete']) trigger
WHERE sharding.oid_of(t.name) IS NOT NULL
\gexec
TRUNCATE sharding.touched;
