-- Undoes stages 02 and 03 on the source, once no shard subscribes. The schema `sharding` stays: it holds nothing of yours.
\set ON_ERROR_STOP on
-- what is not there is no news
SET client_min_messages = warning;
SET lock_timeout = '3s';
SELECT format('DROP PUBLICATION IF EXISTS %I', 'to_' || id) FROM sharding.shards ORDER BY ordinal
\gexec
SELECT format('DROP TRIGGER IF EXISTS guard ON %I', name) FROM sharding.tables WHERE sharding.oid_of(name) IS NOT NULL
\gexec
SELECT format('ALTER TABLE %I REPLICA IDENTITY DEFAULT', name) FROM sharding.tables
WHERE sharding.oid_of(name) IS NOT NULL AND NOT columns <@ sharding.primary_key(sharding.oid_of(name))
\gexec
SELECT format('DROP INDEX CONCURRENTLY IF EXISTS %I', name || '_identity') FROM sharding.tables
WHERE NOT columns <@ sharding.primary_key(sharding.oid_of(name))
\gexec
