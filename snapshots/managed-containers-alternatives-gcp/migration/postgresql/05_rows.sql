-- Rows and a checksum of each table, the same text on both sides: the order of rows does not count, settings are fixed.
\set ON_ERROR_STOP on
SET bytea_output = 'hex';
SET DateStyle = 'ISO, MDY';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
SET extra_float_digits = 1;
SET search_path = pg_catalog;
SELECT format(
    'SELECT %L, count(*), coalesce(sum((''x'' || substr(md5(t::text), 1, 16))::bit(64)::bigint::numeric), 0) FROM %s AS t',
    c.oid::regclass::text, c.oid::regclass::text)
FROM pg_class c
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
ORDER BY c.oid::regclass::text \gexec
