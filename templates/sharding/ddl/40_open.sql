-- Opens a new, empty shard for writes at the epoch of the map, and sets its sequences on its own residue. Not for a shard that
-- a migration fills: stage 08 opens those.
\set ON_ERROR_STOP on
SELECT sharding.open() WHERE NOT EXISTS (SELECT FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()));
