-- Stage 06, on one shard: the same of the rows that standard input names (table, primary key), as ../source/06_touched.sql on the source.
--   psql -v shard=none -f 06_touched.sql <rows
\set ON_ERROR_STOP on
\set QUIET on
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE TEMPORARY TABLE seen (name text, touched_pk jsonb) ON COMMIT DROP;
\copy seen FROM pstdin
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SELECT format($f$SELECT %1$L || E'\t' || %2$L || E'\t' || replace(k.touched_pk::text, '\', '\\') || E'\t' || coalesce(CASE WHEN r.tableoid IS NOT NULL THEN md5(ROW(%3$s)::text) END, '-')
                 FROM (SELECT DISTINCT touched_pk FROM seen WHERE name = %2$L) k
                 LEFT JOIN %2$I r ON %4$s$f$,
              :'shard', t.name,
              (SELECT string_agg(format('r.%I', a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a
               WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped AND NOT (a.attname = 'bucket' AND a.attgenerated <> '')),
              (SELECT string_agg(format('r.%1$I = (k.touched_pk ->> %1$L)::%2$s', a.attname, format_type(a.atttypid, a.atttypmod)), ' AND ')
               FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = ANY (sharding.primary_key(rel))))
FROM sharding.tables t
CROSS JOIN LATERAL sharding.oid_of(t.name) rel
WHERE EXISTS (SELECT FROM seen WHERE seen.name = t.name)
ORDER BY t.name
\gexec
COMMIT;
