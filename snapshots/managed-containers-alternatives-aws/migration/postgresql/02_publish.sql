-- psql -v publication=to_target
-- Every table of the schemas of this database, by name: a publication of all tables is for superusers. Safe to repeat. TRUNCATE is left
-- out: a follower that has it back would lose what it alone has.
\set ON_ERROR_STOP on
SET default_transaction_read_only = off;
SELECT format(
    'CREATE PUBLICATION %I FOR TABLE %s WITH (publish = ''insert, update, delete'')',
    :'publication', string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid::regclass::text))
FROM pg_class c
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
  AND NOT EXISTS (SELECT FROM pg_publication WHERE pubname = :'publication')
HAVING count(*) > 0 \gexec
