-- Stage 06, on the source: from here on every statement records the primary keys it touches, for 06_touched.sql.
-- CREATE TRIGGER waits for writers in flight, so no change between its commit and a later comparison goes unseen.
\set ON_ERROR_STOP on
-- Each in a transaction of its own: holding two tables could deadlock with the application.
SET lock_timeout = '3s';
SELECT format('CREATE OR REPLACE TRIGGER %I AFTER %s ON %I REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION sharding.touch(%s)',
              'touch_' || lower(event), event, t.name, rows,
              (SELECT string_agg(quote_literal(c), ', ') FROM unnest(sharding.primary_key(sharding.oid_of(t.name))) c))
FROM sharding.tables t,
     (VALUES ('INSERT', 'NEW TABLE AS new_rows'), ('UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'), ('DELETE', 'OLD TABLE AS old_rows')) v (event, rows)
ORDER BY t.name
\gexec
