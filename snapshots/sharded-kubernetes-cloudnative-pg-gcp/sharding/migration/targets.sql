-- The shards of the map, one a line: shard, ordinal, keyspace, region. For migrate and rehearse; needs any database, changes nothing.
\set ON_ERROR_STOP on
\set map `cat "${SHARD_MAP:-../shard-map.json}"`
SELECT s.value ->> 'name', s.value ->> 'ordinal', k.key, coalesce(s.value ->> 'region', '*')
FROM jsonb_each(:'map'::jsonb -> 'keyspaces') k, jsonb_array_elements(k.value -> 'shards') s
ORDER BY (s.value ->> 'ordinal')::integer;
