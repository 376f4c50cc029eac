-- For people, not for services: every table of every shard in one place, with a column that says which shard a row is on. Run it in a
-- database of the operators', never on a shard; again after every change of the map. Reads go to all shards: keep them small.
--   HOSTS='{"<shard>": "10.0.0.5", …}' FDW_USER=… FDW_PASSWORD=… psql -f view.sql
-- HOSTS: the Service of each, "<shard>": "<shard>-rw". A shard without a host is left out, and said.
\set ON_ERROR_STOP on
\set map `cat "${SHARD_MAP:-../shard-map.json}"`
\set hosts `printf %s "${HOSTS:-{\}}"`
\set fdw_user `printf %s "${FDW_USER:-readonly}"`
\set fdw_password `printf %s "$FDW_PASSWORD"`
\set dbname `printf %s "${DBNAME:-quire}"`
CREATE EXTENSION IF NOT EXISTS postgres_fdw;

BEGIN;
-- a DO block sees no psql variable
SELECT set_config('view.' || name, value, true) IS NULL AS unset
FROM (VALUES ('map', :'map'), ('hosts', :'hosts'), ('user', :'fdw_user'), ('password', :'fdw_password'), ('dbname', :'dbname')) v (name, value) \g (format=unaligned) /dev/null
DO $$
DECLARE
    map jsonb := current_setting('view.map');
    hosts jsonb := current_setting('view.hosts');
    password text := nullif(current_setting('view.password'), '');
    k record;
    s text;
    t text;
    id text;
    parts text;
BEGIN
    FOR k IN SELECT e.key AS name, e.value -> 'tables' AS tables, e.value -> 'shards' AS shards FROM jsonb_each(map -> 'keyspaces') e LOOP
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', k.name);
        FOR s IN SELECT e ->> 'name' FROM jsonb_array_elements(k.shards) e LOOP
            id := 'shard_' || replace(s, '-', '_');
            IF NOT hosts ? s THEN
                RAISE NOTICE 'no host for %: left out', s;
                CONTINUE;
            END IF;
            EXECUTE format('DROP SERVER IF EXISTS %I CASCADE', id);
            EXECUTE format('CREATE SERVER %I FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L, sslmode %L, updatable %L, fetch_size %L)',
                id, split_part(hosts ->> s, ':', 1), coalesce(nullif(split_part(hosts ->> s, ':', 2), ''), '5432'), current_setting('view.dbname'), 'prefer', 'false', '1000');
            EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER %I OPTIONS (user %L%s)', id, current_setting('view.user'),
                CASE WHEN password IS NULL THEN '' ELSE format(', password %L', password) END);
            EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', id);
            EXECUTE format('IMPORT FOREIGN SCHEMA public LIMIT TO (%s) FROM SERVER %I INTO %I OPTIONS (import_generated ''false'')',
                (SELECT string_agg(quote_ident(e), ', ') FROM jsonb_array_elements_text(k.tables) e), id, id);
        END LOOP;
        FOR t IN SELECT jsonb_array_elements_text(k.tables) LOOP
            SELECT string_agg(format('SELECT %L AS shard, * FROM %I.%I', e ->> 'name', 'shard_' || replace(e ->> 'name', '-', '_'), t), ' UNION ALL ' ORDER BY e ->> 'name')
            INTO parts FROM jsonb_array_elements(k.shards) e WHERE hosts ? (e ->> 'name');
            EXECUTE format('DROP VIEW IF EXISTS %I.%I', k.name, t);
            IF parts IS NOT NULL THEN
                EXECUTE format('CREATE VIEW %I.%I AS %s', k.name, t, parts);
            END IF;
        END LOOP;
    END LOOP;
END $$;
COMMIT;
