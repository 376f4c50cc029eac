-- From stage 03 on, on the source: prints `same` while the map is the one that stage 02 prepared for.
\set ON_ERROR_STOP on
\set map `cat "${SHARD_MAP:-../../shard-map.json}"`
SELECT CASE WHEN document - '$schema' = :'map'::jsonb - '$schema' THEN 'same' ELSE 'changed' END FROM sharding.map;
