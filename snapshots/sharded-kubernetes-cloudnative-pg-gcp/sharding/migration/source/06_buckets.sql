-- Stage 06, the same on the source and on the shard: table, bucket, rows, checksum of what the shard should hold.
--   psql -At -F ' ' -v shard=none -f 06_buckets.sql
-- The sum of 64 bits of MD5 does not depend on the order of rows. Columns are taken from the catalog, by name, without the
-- generated bucket, which only a shard has. Ranges and functional keyspaces are cut by their primary key instead.
\set ON_ERROR_STOP on
\set QUIET on
-- a row's text depends on these
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
-- all tables in one snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT format('SELECT %L, %s, count(*), sum((''x'' || left(md5(ROW(%s)::text), 16))::bit(64)::bigint) FROM %I WHERE %s GROUP BY 1, 2 ORDER BY 2',
              t.name,
              CASE WHEN t.hash_key IS NOT NULL THEN sharding.bucket_expression(rel, t.hash_key, t.buckets)
                   ELSE format('sharding.bucket_of(ROW(%s)::text, %s)', (SELECT string_agg(format('%I', c), ', ') FROM unnest(sharding.primary_key(rel)) c), t.buckets) END,
              (SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a
               WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped AND NOT (a.attname = 'bucket' AND a.attgenerated <> '')),
              t.name, sharding.condition(s.shard, t.name))
FROM sharding.shards s
JOIN sharding.tables t USING (keyspace)
CROSS JOIN LATERAL sharding.oid_of(t.name) rel
WHERE s.shard = :'shard'
ORDER BY t.name
\gexec
COMMIT;
