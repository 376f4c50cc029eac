-- Loads the shard map; an older epoch is refused. Run after 10_functions.sql and again after every change of the map:
--   SHARD_MAP=../../kubernetes/overlays/staging/shard-map.json psql -f 12_map.sql
-- Without SHARD_MAP it is the map beside this folder, that of the primary environment.
\set ON_ERROR_STOP on
\set map `cat "${SHARD_MAP:-../shard-map.json}"`
SELECT sharding.load_map(:'map'::jsonb);
