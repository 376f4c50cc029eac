-- Run on every shard, and on the source of a migration, in each database; safe to repeat. PostgreSQL 15 or later, UTF8.
-- Everything here reads the shard map that 12_map.sql loads; nothing names a keyspace, a table or a number of shards.
\set ON_ERROR_STOP on
BEGIN;

DO $$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'database encoding is %, the bucket of a text key needs UTF8', current_setting('server_encoding');
    END IF;
END $$;

CREATE SCHEMA IF NOT EXISTS sharding;

-- Buckets ---------------------------------------------------------------------------------------------------------

-- Bytes 6 and 7 of SHA-256, big-endian, modulo the bucket count (a power of two): the first 8 bytes modulo that count
-- without a 64-bit modulo, which is signed here. The same as in clients/. NULL, the empty text and negative numbers have
-- no bucket: the NOT NULL of the column `bucket` then refuses the row.
-- decode(…, 'escape') after doubling backslashes is the identity on the bytes of a UTF8 text, and unlike convert_to()
-- immutable, which a generated column and a publication's row filter ask for.
CREATE OR REPLACE FUNCTION sharding.bucket_of(key text, buckets integer) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT CASE WHEN key <> '' THEN
        (((get_byte(sha256(decode(replace(key, '\', '\\'), 'escape')), 6) << 8)
          | get_byte(sha256(decode(replace(key, '\', '\\'), 'escape')), 7)) & (buckets - 1))::smallint
    END
$$;

-- uuid_out() gives the canonical lower-case text
CREATE OR REPLACE FUNCTION sharding.bucket_of(key uuid, buckets integer) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT (((get_byte(sha256(byteain(uuid_out(key))), 6) << 8) | get_byte(sha256(byteain(uuid_out(key))), 7)) & (buckets - 1))::smallint
$$;

CREATE OR REPLACE FUNCTION sharding.bucket_of(key bigint, buckets integer) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT CASE WHEN key >= 0 THEN
        (((get_byte(sha256(byteain(int8out(key))), 6) << 8) | get_byte(sha256(byteain(int8out(key))), 7)) & (buckets - 1))::smallint
    END
$$;

-- The map and this database's place in it -------------------------------------------------------------------------

-- One row: shard-map.json as last loaded.
CREATE TABLE IF NOT EXISTS sharding.map (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    document jsonb NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row: what this database may do. A shard starts closed, at epoch 0, and is opened at the epoch of the map.
CREATE TABLE IF NOT EXISTS sharding.state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    shard    text    NOT NULL,
    epoch    bigint  NOT NULL CHECK (epoch >= 0),
    writable boolean NOT NULL,
    -- the application of the unsharded days sends no epoch
    needs_epoch boolean NOT NULL DEFAULT true,
    -- where routers send their epoch; a copy, so that the guard reads one row
    epoch_setting text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What this shard owns: runs of buckets, or of ids in a range keyspace. `*`: a keyspace without regions.
CREATE TABLE IF NOT EXISTS sharding.owned (
    region text   NOT NULL DEFAULT '*',
    lo     bigint NOT NULL CHECK (lo >= 0),
    hi     bigint NOT NULL CHECK (hi >= lo),
    PRIMARY KEY (region, lo)
);

-- Keys of a directory keyspace that are sent by name, before any bucket is looked at.
CREATE TABLE IF NOT EXISTS sharding.directory (
    key  text    PRIMARY KEY,
    here boolean NOT NULL
);

CREATE OR REPLACE VIEW sharding.shards AS
SELECT k.key AS keyspace,
       k.value ->> 'strategy' AS strategy,
       k.value ->> 'key' AS key,
       -- the column whose bucket counts; none in a range or a functional keyspace
       CASE k.value ->> 'strategy' WHEN 'hash' THEN k.value ->> 'key' WHEN 'directory' THEN k.value ->> 'key'
                                   WHEN 'region' THEN coalesce(k.value ->> 'hash_key', k.value ->> 'key') END AS hash_key,
       ARRAY(SELECT jsonb_array_elements_text(k.value -> 'tables')) AS tables,
       coalesce(k.value -> 'directory', '{}') AS directory,
       s.value ->> 'name' AS shard,
       -- as a part of the names of publications, subscriptions and slots
       replace(s.value ->> 'name', '-', '_') AS id,
       (s.value ->> 'ordinal')::integer AS ordinal,
       s.value ->> 'region' AS region,
       coalesce(s.value -> 'buckets', s.value -> 'ranges', '[]') AS runs
FROM sharding.map m
CROSS JOIN LATERAL jsonb_each(m.document -> 'keyspaces') k
CROSS JOIN LATERAL jsonb_array_elements(k.value -> 'shards') s;

-- One row a table of the map. `columns` decide where a row lives: a row filter reads them and no other.
CREATE OR REPLACE VIEW sharding.tables AS
SELECT DISTINCT t AS name, s.keyspace, s.strategy, s.key, s.hash_key, (m.document #>> '{hash,buckets}')::integer AS buckets,
       CASE s.strategy WHEN 'functional' THEN '{}' WHEN 'region' THEN ARRAY[s.key, s.hash_key] ELSE ARRAY[s.key] END AS columns
FROM sharding.map m, sharding.shards s, unnest(s.tables) t;

-- The table as the search path finds it, or NULL.
CREATE OR REPLACE FUNCTION sharding.oid_of(name text) RETURNS regclass
LANGUAGE sql STABLE STRICT
AS $$ SELECT to_regclass(quote_ident(name)) $$;

CREATE OR REPLACE FUNCTION sharding.load_map(document jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    known bigint := (SELECT (m.document ->> 'epoch')::bigint FROM sharding.map m);
    place text := (SELECT s.shard FROM sharding.state s);
BEGIN
    IF document ->> 'version' IS DISTINCT FROM '1' OR document #>> '{hash,function}' IS DISTINCT FROM 'sha256' THEN
        RAISE EXCEPTION 'a shard map of another version or hash';
    END IF;
    IF known > (document ->> 'epoch')::bigint THEN
        RAISE EXCEPTION 'the map at hand has epoch %, this database has seen %', document ->> 'epoch', known;
    END IF;
    INSERT INTO sharding.map AS m (document) VALUES (document)
    ON CONFLICT (only_row) DO UPDATE SET document = EXCLUDED.document, loaded_at = clock_timestamp()
    WHERE m.document <> EXCLUDED.document;
    IF place <> 'source' THEN
        PERFORM sharding.become(place);
    END IF;
END $$;

-- Makes this database a shard of the map (or keeps it one, under a newer map): closed until it is opened.
CREATE OR REPLACE FUNCTION sharding.become(shard text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    me sharding.shards%ROWTYPE;
    was text := (SELECT s.shard FROM sharding.state s);
BEGIN
    SELECT s.* INTO me FROM sharding.shards s WHERE s.shard = become.shard;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is not in the shard map', shard;
    END IF;
    IF was <> shard THEN
        RAISE EXCEPTION 'this database is %, not %', was, shard;
    END IF;
    INSERT INTO sharding.state (shard, epoch, writable, epoch_setting)
    SELECT become.shard, 0, false, m.document ->> 'epoch_setting' FROM sharding.map m
    ON CONFLICT (only_row) DO NOTHING;
    DELETE FROM sharding.owned;
    INSERT INTO sharding.owned (region, lo, hi)
    SELECT coalesce(me.region, '*'), (run ->> 0)::bigint, coalesce((run ->> 1)::bigint, 9223372036854775807)
    FROM jsonb_array_elements(me.runs) run;
    DELETE FROM sharding.directory;
    INSERT INTO sharding.directory (key, here) SELECT d.key, d.value = become.shard FROM jsonb_each_text(me.directory) d;
END $$;

-- Guards ----------------------------------------------------------------------------------------------------------

-- Refuses a write that a stale router sent. Routers send their epoch with SET LOCAL, which survives transaction pooling.
-- Replication workers run with session_replication_role = replica: no trigger fires.
-- SECURITY DEFINER: the application may not change this schema.
CREATE OR REPLACE FUNCTION sharding.guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s sharding.state%ROWTYPE;
    sent text;
BEGIN
    SELECT * INTO STRICT s FROM sharding.state;
    IF NOT s.writable THEN
        RAISE EXCEPTION '% does not take writes, epoch %', s.shard, s.epoch USING ERRCODE = 'SH003';
    END IF;
    IF TG_OP = 'TRUNCATE' AND s.shard = 'source' THEN
        RAISE EXCEPTION 'TRUNCATE of % would not reach the shards: use DELETE until the migration ends', TG_TABLE_NAME USING ERRCODE = 'SH004';
    END IF;
    sent := current_setting(s.epoch_setting, true);
    IF s.needs_epoch AND sent IS DISTINCT FROM s.epoch::text THEN
        RAISE EXCEPTION '% is at epoch %, the router sent %', s.shard, s.epoch, coalesce(nullif(sent, ''), 'none')
            USING ERRCODE = 'SH001', HINT = 'reload the shard map and retry';
    END IF;
    RETURN NULL;
END $$;

-- Refuses a row of another shard. AFTER, because a generated column has no value yet in a BEFORE trigger.
-- Arguments: the column that holds the bucket or the id; the key; the column of the region, or * without one.
CREATE OR REPLACE FUNCTION sharding.guard_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fields jsonb := to_jsonb(NEW);
    place bigint := (fields ->> TG_ARGV[0])::bigint;
    row_region text := coalesce(fields ->> TG_ARGV[2], '*');
    listed boolean := (SELECT d.here FROM sharding.directory d WHERE d.key = fields ->> TG_ARGV[1]);
BEGIN
    IF NOT coalesce(listed, EXISTS (SELECT FROM sharding.owned o WHERE o.region = row_region AND place BETWEEN o.lo AND o.hi)) THEN
        RAISE EXCEPTION '% % of region % is not on this shard', TG_ARGV[0], place, row_region USING ERRCODE = 'SH002';
    END IF;
    RETURN NULL;
END $$;

-- Records the primary keys that a statement touched, so that the last comparison of a migration reads these rows only.
-- Arguments: the columns of the primary key.
CREATE TABLE IF NOT EXISTS sharding.touched (
    name text  NOT NULL,
    pk   jsonb NOT NULL
);

CREATE OR REPLACE FUNCTION sharding.touch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pk text := (SELECT string_agg(format('%L, %I', c, c), ', ') FROM unnest(TG_ARGV) c);
BEGIN
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('INSERT INTO sharding.touched SELECT %L, jsonb_build_object(%s) FROM new_rows', TG_TABLE_NAME, pk);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('INSERT INTO sharding.touched SELECT %L, jsonb_build_object(%s) FROM old_rows', TG_TABLE_NAME, pk);
    END IF;
    RETURN NULL;
END $$;

-- Tables ----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION sharding.primary_key(of_table regclass) RETURNS text[]
LANGUAGE sql STABLE STRICT
AS $$
    SELECT array_agg(a.attname::text ORDER BY u.position)
    FROM pg_constraint c
    CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY u (number, position)
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.number
    -- a shard's primary key begins with the bucket, which the source has not
    WHERE c.conrelid = of_table AND c.contype = 'p' AND NOT (a.attname = 'bucket' AND a.attgenerated <> '')
$$;

-- The bucket of a column in built-in immutable functions only, as a row filter wants it; fails on a type without one.
CREATE OR REPLACE FUNCTION sharding.bucket_expression(of_table regclass, column_name text, buckets integer) RETURNS text
LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    type regtype := (SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = of_table AND a.attname = column_name AND NOT a.attisdropped);
    bytes text := CASE
        WHEN type = 'uuid'::regtype THEN format('byteain(uuid_out(%I))', column_name)
        WHEN type IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype)
            THEN format('byteain(%s(%I))', (SELECT t.typoutput FROM pg_type t WHERE t.oid = type), column_name)
        WHEN type IN ('text'::regtype, 'varchar'::regtype) THEN format($f$decode(replace(%I, '\', '\\'), 'escape')$f$, column_name)
    END;
BEGIN
    IF bytes IS NULL THEN
        RAISE EXCEPTION 'column % of % is of type %: a key is uuid, text, varchar or an integer', column_name, of_table, coalesce(type::text, 'none');
    END IF;
    RETURN format('(((get_byte(sha256(%1$s), 6) << 8) | get_byte(sha256(%1$s), 7)) & %2$s)', bytes, buckets - 1);
END $$;

-- The condition under which a row of the table lives on the shard, in terms that a row filter accepts; `true`: always.
CREATE OR REPLACE FUNCTION sharding.condition(of_shard text, of_table text) RETURNS text
LANGUAGE plpgsql STABLE STRICT
AS $$
DECLARE
    s sharding.shards%ROWTYPE;
    t sharding.tables%ROWTYPE;
    place text;
    -- the runs cover everything, so no bucket needs to be computed
    everything boolean;
    own text;
    listed text;
    here text;
BEGIN
    SELECT * INTO STRICT s FROM sharding.shards WHERE shard = of_shard;
    SELECT * INTO STRICT t FROM sharding.tables WHERE name = of_table;
    everything := s.strategy = 'functional'
        OR (s.strategy = 'range' AND s.runs = '[[0, null]]') OR s.runs = jsonb_build_array(jsonb_build_array(0, t.buckets - 1));
    place := CASE WHEN s.strategy = 'range' THEN format('%I', s.key)
                  WHEN s.hash_key IS NOT NULL THEN sharding.bucket_expression(sharding.oid_of(of_table), s.hash_key, t.buckets) END;
    SELECT CASE WHEN everything THEN 'true'
                ELSE coalesce('(' || string_agg(CASE WHEN run ->> 1 IS NULL THEN format('%s >= %s', place, run ->> 0)
                                                     ELSE format('%s BETWEEN %s AND %s', place, run ->> 0, run ->> 1) END, ' OR ') || ')', 'false') END
    INTO own FROM jsonb_array_elements(s.runs) run;
    IF s.region IS NOT NULL THEN
        RETURN format('%I = %L', s.key, s.region) || CASE WHEN own = 'true' THEN '' ELSE ' AND ' || own END;
    END IF;
    SELECT string_agg(quote_literal(d.key), ', '), string_agg(quote_literal(d.key), ', ') FILTER (WHERE d.value = of_shard)
    INTO listed, here FROM jsonb_each_text(s.directory) d;
    IF listed IS NOT NULL THEN
        own := format('(%I NOT IN (%s) AND %s)', s.key, listed, own);
        own := CASE WHEN here IS NULL THEN own ELSE format('(%I IN (%s) OR %s)', s.key, here, own) END;
    END IF;
    RETURN own;
END $$;

-- What every foreign key of the table does when its two tables are split: `stays` where both sides hold the columns that
-- decide the place of a row, so that the two rows are on one shard.
CREATE OR REPLACE FUNCTION sharding.foreign_keys(of_table regclass)
RETURNS TABLE (name text, on_table regclass, to_table regclass, definition text, stays boolean)
LANGUAGE sql STABLE STRICT
AS $$
    SELECT c.conname::text, c.conrelid::regclass, c.confrelid::regclass, pg_get_constraintdef(c.oid),
           coalesce(a.keyspace = b.keyspace AND NOT EXISTS (
               SELECT FROM unnest(a.columns) wanted
               WHERE NOT EXISTS (
                   SELECT FROM unnest(c.conkey, c.confkey) pair (here, there)
                   JOIN pg_attribute h ON h.attrelid = c.conrelid AND h.attnum = pair.here AND h.attname = wanted
                   JOIN pg_attribute r ON r.attrelid = c.confrelid AND r.attnum = pair.there AND r.attname = wanted)), false)
    FROM pg_constraint c
    LEFT JOIN sharding.tables a ON sharding.oid_of(a.name) = c.conrelid
    LEFT JOIN sharding.tables b ON sharding.oid_of(b.name) = c.confrelid
    WHERE c.contype = 'f' AND c.conparentid = 0 AND of_table IN (c.conrelid, c.confrelid)
$$;

CREATE OR REPLACE FUNCTION sharding.install_guards(of_table text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
        FOR EACH STATEMENT EXECUTE FUNCTION sharding.guard()', of_table);
END $$;

-- Turns a table as the application made it into one of a shard; safe to repeat. Needs the map (12_map.sql).
--   bucket       generated from the key, first in the primary key: a bucket is one stretch of the index
--   <t>_identity UNIQUE, without the generated column, which replication never sends, and with every column that a row filter
--                reads: the replica identity
--   uniqueness   of the old primary key is kept where neither of these has it
--   foreign keys stay where both rows are always on one shard, else they go, and it is said
CREATE OR REPLACE FUNCTION sharding.shard_table(of_table text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    t sharding.tables%ROWTYPE;
    rel regclass := sharding.oid_of(of_table);
    pk text[];
    identity text[];
    old_pk name;
    split boolean;
    fk record;
    fks text[] := '{}';
BEGIN
    SELECT * INTO t FROM sharding.tables s WHERE s.name = of_table;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is in no keyspace of the shard map: load it with 12_map.sql', of_table;
    END IF;
    IF rel IS NULL THEN
        RAISE NOTICE '% does not exist yet: run this file again when it does', of_table;
        RETURN;
    END IF;
    pk := sharding.primary_key(rel);
    IF pk IS NULL THEN
        RAISE EXCEPTION '% has no primary key', of_table;
    END IF;
    identity := pk || ARRAY(SELECT c FROM unnest(t.columns) c WHERE c <> ALL (pk));

    split := t.hash_key IS NOT NULL
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = rel AND a.attname = 'bucket' AND NOT a.attisdropped);
    FOR fk IN SELECT * FROM sharding.foreign_keys(rel) LOOP
        -- one that stays only makes way for the new primary key
        CONTINUE WHEN fk.stays AND NOT split;
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', fk.on_table, fk.name);
        IF fk.stays THEN
            fks := fks || format('ALTER TABLE %s ADD CONSTRAINT %I %s', fk.on_table, fk.name, fk.definition);
        ELSE
            RAISE NOTICE 'foreign key % of % goes: the row it names may be on another shard; the application checks it', fk.name, fk.on_table;
        END IF;
    END LOOP;

    IF split THEN
        EXECUTE format('ALTER TABLE %I ADD COLUMN bucket smallint NOT NULL GENERATED ALWAYS AS (sharding.bucket_of(%I, %s)) STORED',
            of_table, t.hash_key, t.buckets);
        SELECT c.conname INTO old_pk FROM pg_constraint c WHERE c.conrelid = rel AND c.contype = 'p';
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I, ADD CONSTRAINT %I PRIMARY KEY (bucket, %s)', of_table, old_pk, old_pk,
            (SELECT string_agg(format('%I', u.c), ', ' ORDER BY u.c <> t.hash_key, u.position) FROM unnest(pk) WITH ORDINALITY u (c, position)));
        IF identity <> pk THEN
            EXECUTE format('ALTER TABLE %I ADD UNIQUE (%s)', of_table, (SELECT string_agg(format('%I', c), ', ') FROM unnest(pk) c));
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = rel AND c.conname = of_table || '_identity')
       AND (t.hash_key IS NOT NULL OR identity <> pk) THEN
        -- the index of the same name that the source has for its row filters came with the schema
        IF to_regclass(quote_ident(of_table || '_identity')) IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I UNIQUE USING INDEX %I', of_table, of_table || '_identity', of_table || '_identity');
        ELSE
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I UNIQUE (%s)', of_table, of_table || '_identity',
                (SELECT string_agg(format('%I', c), ', ') FROM unnest(identity) c));
        END IF;
        EXECUTE format('ALTER TABLE %I REPLICA IDENTITY USING INDEX %I', of_table, of_table || '_identity');
    END IF;

    PERFORM sharding.install_guards(of_table);
    IF t.strategy <> 'functional' THEN
        EXECUTE format('CREATE OR REPLACE TRIGGER guard_row AFTER INSERT OR UPDATE OF %s ON %I
            FOR EACH ROW EXECUTE FUNCTION sharding.guard_row(%L, %L, %L)',
            (SELECT string_agg(format('%I', c), ', ') FROM unnest(t.columns) c), of_table,
            CASE WHEN t.strategy = 'range' THEN t.key ELSE 'bucket' END, t.key, CASE WHEN t.strategy = 'region' THEN t.key ELSE '*' END);
    END IF;
    EXECUTE (SELECT coalesce(string_agg(definition, '; '), 'SELECT') FROM unnest(fks) definition);
END $$;

-- Sequences that feed a column of the table, by ownership, identity or default.
CREATE OR REPLACE FUNCTION sharding.sequences(of_table regclass) RETURNS TABLE (column_name text, sequence regclass)
LANGUAGE sql STABLE STRICT
AS $$
    SELECT DISTINCT a.attname::text, s.oid::regclass
    FROM pg_attribute a
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    JOIN pg_depend e ON (e.classid = 'pg_class'::regclass AND e.refclassid = 'pg_class'::regclass AND e.refobjid = a.attrelid
                         AND e.refobjsubid = a.attnum AND e.deptype IN ('a', 'i'))
                     OR (e.classid = 'pg_attrdef'::regclass AND e.objid = d.oid AND e.refclassid = 'pg_class'::regclass)
    JOIN pg_class s ON s.relkind = 'S' AND s.oid IN (e.objid, e.refobjid)
    WHERE a.attrelid = of_table AND a.attnum > 0 AND NOT a.attisdropped
$$;

-- The highest number given out for each fed column of this database, as {"table.column": n}.
CREATE OR REPLACE FUNCTION sharding.highest() RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    q record;
    n bigint;
    all_of_them jsonb := '{}';
BEGIN
    FOR q IN SELECT t.name, s.* FROM sharding.tables t, sharding.sequences(sharding.oid_of(t.name)) s LOOP
        EXECUTE format('SELECT greatest((SELECT max(%I) FROM %I), (SELECT last_value FROM %s), 0)', q.column_name, q.name, q.sequence) INTO n;
        all_of_them := all_of_them || jsonb_build_object(q.name || '.' || q.column_name, n);
    END LOOP;
    RETURN all_of_them;
END $$;

-- Shards draw from disjoint residues modulo id_step, so ids stay unique when rows move. Replication carries no sequence:
-- each starts at the first number above `above` (and above what is here) whose residue is the shard's ordinal.
CREATE OR REPLACE FUNCTION sharding.set_sequences(above jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    step bigint := (SELECT (m.document ->> 'id_step')::bigint FROM sharding.map m);
    ordinal bigint := (SELECT s.ordinal FROM sharding.shards s JOIN sharding.state USING (shard));
    q record;
BEGIN
    FOR q IN SELECT s.sequence, greatest(h.value::bigint, (above ->> h.key)::bigint) AS highest
             FROM jsonb_each_text(sharding.highest()) h
             JOIN sharding.tables t ON h.key LIKE t.name || '.%'
             CROSS JOIN LATERAL sharding.sequences(sharding.oid_of(t.name)) s
             WHERE h.key = t.name || '.' || s.column_name
    LOOP
        EXECUTE format('ALTER SEQUENCE %s INCREMENT BY %s', q.sequence, step);
        PERFORM setval(q.sequence, (q.highest / step + 1) * step + ordinal, false);
    END LOOP;
END $$;

-- Opens a shard for writes under the epoch of its map.
CREATE OR REPLACE FUNCTION sharding.open(above jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    s sharding.state%ROWTYPE;
    missing text;
BEGIN
    SELECT * INTO STRICT s FROM sharding.state;
    IF s.shard = 'source' THEN
        RAISE EXCEPTION 'this is the source, not a shard';
    END IF;
    SELECT string_agg(t, ', ') INTO missing FROM sharding.shards m, unnest(m.tables) t
    WHERE m.shard = s.shard AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = sharding.oid_of(t) AND g.tgname = 'guard');
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'missing or not prepared by ddl/: %', missing;
    END IF;
    IF NOT s.writable THEN
        PERFORM sharding.set_sequences(above);
    END IF;
    UPDATE sharding.state SET writable = true, epoch = (m.document ->> 'epoch')::bigint, changed_at = clock_timestamp()
    FROM sharding.map m WHERE NOT writable OR epoch <> (m.document ->> 'epoch')::bigint;
END $$;

COMMIT;
