-- Stage 09, on the source, before shard/09_finish.sql: the subscriptions of the way back go, each with its slot.
-- The tables stay, fenced, until the last backup that holds them has been restored once elsewhere; then drop them by hand.
\set ON_ERROR_STOP on
-- what is not there is no news
SET client_min_messages = warning;
SELECT format('DROP SUBSCRIPTION IF EXISTS %I', 'back_' || id) FROM sharding.shards ORDER BY ordinal
\gexec
SELECT format('DROP PUBLICATION IF EXISTS %I', 'to_' || id) FROM sharding.shards ORDER BY ordinal
\gexec
