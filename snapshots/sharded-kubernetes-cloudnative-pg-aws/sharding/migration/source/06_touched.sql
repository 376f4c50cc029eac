-- Stage 06, on the source: shard, table, primary key and checksum of every row touched since the last time, `-` where it is gone, tab
-- separated. In one snapshot: a row that is touched after it is still there for the next time.
-- Each row is asked of every shard of its keyspace: only its owner may have it. Backslashes are doubled, for COPY.
\set ON_ERROR_STOP on
\set QUIET on
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE TEMPORARY TABLE seen (name text, touched_pk jsonb) ON COMMIT DROP;
-- what an earlier comparison found different is asked again
\if :{?again}
\copy seen FROM pstdin
\endif
WITH taken AS (DELETE FROM sharding.touched RETURNING name, pk)
INSERT INTO seen SELECT name, pk FROM taken;
-- few rows, by their primary key
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SELECT format($f$SELECT s.of_shard || E'\t' || %1$L || E'\t' || replace(k.touched_pk::text, '\', '\\') || E'\t'
                   || CASE WHEN r.tableoid IS NOT NULL AND %6$s THEN md5(ROW(%2$s)::text) ELSE '-' END
                 FROM (SELECT DISTINCT touched_pk FROM seen WHERE name = %1$L) k
                 LEFT JOIN %3$I r ON %4$s
                 CROSS JOIN (VALUES (%5$L)) s (of_shard)$f$,
              t.name,
              (SELECT string_agg(format('r.%I', a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a
               WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped AND NOT (a.attname = 'bucket' AND a.attgenerated <> '')),
              t.name,
              (SELECT string_agg(format('r.%1$I = (k.touched_pk ->> %1$L)::%2$s', a.attname, format_type(a.atttypid, a.atttypmod)), ' AND ')
               FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = ANY (sharding.primary_key(rel))),
              s.shard, sharding.condition(s.shard, t.name))
FROM sharding.shards s
JOIN sharding.tables t USING (keyspace)
CROSS JOIN LATERAL sharding.oid_of(t.name) rel
WHERE EXISTS (SELECT FROM seen WHERE seen.name = t.name)
ORDER BY s.shard, t.name
\gexec
COMMIT;
