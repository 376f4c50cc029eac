-- Stage 02, on one shard: functions, the map, its place in it, roles; closed for writes.
--   SHARD_MAP=../../shard-map.json psql -v shard=accounts-s00 -f 02_place.sql
\set ON_ERROR_STOP on
\ir ../../ddl/10_functions.sql
\set map `cat "${SHARD_MAP:-../../shard-map.json}"`
SELECT sharding.load_map(:'map'::jsonb);
SELECT sharding.become(:'shard');
\ir ../../ddl/15_roles.sql
