-- The directory of the shard manager: who owns which range of ids, at which epoch, and what moves. Run on the database that
-- the manager owns, after ddl/15_roles.sql; safe to repeat. PostgreSQL 15 or later. openapi.yaml is the contract over it.
--   psql -f directory.sql
--   psql -v document="$(cat shard-map.json)" <<<"SELECT directory.load(:'document'::jsonb)"     (psql -c puts no variables in)
\set ON_ERROR_STOP on
BEGIN;

CREATE SCHEMA IF NOT EXISTS directory;

-- One row: the epoch that routers compare. It only grows, by one for each change of an owner.
CREATE TABLE IF NOT EXISTS directory.epoch (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch      bigint  NOT NULL CHECK (epoch >= 1),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row: the shard map as last loaded; its epoch and its ranges are kept in the other tables from then on.
CREATE TABLE IF NOT EXISTS directory.map (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    document jsonb   NOT NULL
);

CREATE TABLE IF NOT EXISTS directory.ranges (
    keyspace text   NOT NULL,
    lo       bigint NOT NULL CHECK (lo >= 0),
    -- the last id of the range; NULL: no end yet
    hi       bigint CHECK (hi >= lo),
    shard    text   NOT NULL,
    PRIMARY KEY (keyspace, lo)
);
-- At most one range of a keyspace is open.
CREATE UNIQUE INDEX IF NOT EXISTS ranges_open ON directory.ranges (keyspace) WHERE hi IS NULL;

CREATE TABLE IF NOT EXISTS directory.moves (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    keyspace   text   NOT NULL,
    lo         bigint NOT NULL CHECK (lo >= 0),
    hi         bigint CHECK (hi >= lo),
    source     text   NOT NULL,
    target     text   NOT NULL CHECK (target <> source),
    stage      text   NOT NULL DEFAULT 'planned'
               CHECK (stage IN ('planned', 'copying', 'caught-up', 'reads', 'fenced', 'switched', 'done', 'undone')),
    epoch      bigint,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- One move of a keyspace at a time: two would each wait for the other's epoch.
CREATE UNIQUE INDEX IF NOT EXISTS moves_open ON directory.moves (keyspace) WHERE stage NOT IN ('done', 'undone');

-- Ranges of a keyspace begin at 0, touch, do not overlap, and the last is open.
CREATE OR REPLACE FUNCTION directory.check_ranges() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    wrong text;
BEGIN
    SELECT format('%s: %s is not followed by %s', r.keyspace, coalesce(r.hi::text, 'the open range'), r.next)
      INTO wrong
      FROM (
          SELECT keyspace, hi, lead(lo) OVER w AS next, lag(hi) OVER w AS before, lo, row_number() OVER w AS nth
            FROM directory.ranges
          WINDOW w AS (PARTITION BY keyspace ORDER BY lo)
      ) r
     WHERE (r.next IS NOT NULL AND r.next IS DISTINCT FROM r.hi + 1)
        OR (r.next IS NULL AND r.hi IS NOT NULL)
        OR (r.nth = 1 AND r.lo <> 0)
     LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'ranges with a gap, an overlap or an end: %', wrong USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS whole ON directory.ranges;
CREATE CONSTRAINT TRIGGER whole AFTER INSERT OR UPDATE OR DELETE ON directory.ranges
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directory.check_ranges();

-- Takes over the range keyspaces of a shard map; an older epoch is refused, and a map while something moves.
CREATE OR REPLACE FUNCTION directory.load(document jsonb) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    known bigint := (SELECT e.epoch FROM directory.epoch e);
    fresh bigint := (document ->> 'epoch')::bigint;
BEGIN
    IF fresh < known THEN
        RAISE EXCEPTION 'the map has epoch %, the directory %', fresh, known USING ERRCODE = 'SH001';
    END IF;
    IF EXISTS (SELECT FROM directory.moves WHERE stage NOT IN ('done', 'undone')) THEN
        RAISE EXCEPTION 'a move is under way' USING ERRCODE = 'SH003';
    END IF;
    DELETE FROM directory.ranges;
    INSERT INTO directory.ranges (keyspace, lo, hi, shard)
    SELECT k.key, (r.value ->> 0)::bigint, (r.value ->> 1)::bigint, s.value ->> 'name'
      FROM jsonb_each(document -> 'keyspaces') k
     CROSS JOIN LATERAL jsonb_array_elements(k.value -> 'shards') s
     CROSS JOIN LATERAL jsonb_array_elements(s.value -> 'ranges') r
     WHERE k.value ->> 'strategy' = 'range';
    INSERT INTO directory.map (document) VALUES (document)
        ON CONFLICT (only_row) DO UPDATE SET document = excluded.document;
    INSERT INTO directory.epoch (epoch) VALUES (fresh)
        ON CONFLICT (only_row) DO UPDATE SET epoch = excluded.epoch, changed_at = clock_timestamp();
    RETURN fresh;
END $$;

-- The shard map of now: what was loaded, with the epoch and the owners of the directory. What routers read, and what every
-- shard loads (sharding.load_map) when an owner has changed.
CREATE OR REPLACE FUNCTION directory.document() RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT m.document || jsonb_build_object('epoch', e.epoch, 'keyspaces', (
        SELECT jsonb_object_agg(k.key, CASE WHEN k.value ->> 'strategy' <> 'range' THEN k.value
            ELSE k.value || jsonb_build_object('shards', (
                SELECT jsonb_agg(s.value - 'ranges' || coalesce((
                           SELECT jsonb_build_object('ranges', jsonb_agg(jsonb_build_array(r.lo, r.hi) ORDER BY r.lo))
                             FROM directory.ranges r WHERE r.keyspace = k.key AND r.shard = s.value ->> 'name'
                           HAVING count(*) > 0), '{}') ORDER BY s.nth)
                  FROM jsonb_array_elements(k.value -> 'shards') WITH ORDINALITY s (value, nth))) END)
          FROM jsonb_each(m.document -> 'keyspaces') k))
      FROM directory.map m, directory.epoch e
$$;

-- All that the manager answers from, in one reading: the map, and the ranges that are closed for a cutover.
CREATE OR REPLACE FUNCTION directory.snapshot() RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT jsonb_build_object('document', directory.document(), 'closed', coalesce((
        SELECT jsonb_agg(jsonb_build_object('keyspace', m.keyspace, 'lo', m.lo, 'hi', m.hi))
          FROM directory.moves m WHERE m.stage = 'fenced'), '[]'))
$$;

-- Owner of a key. No row: no such keyspace. `writable` is false while the range is fenced for a cutover.
CREATE OR REPLACE FUNCTION directory.lookup(keyspace text, key bigint)
RETURNS TABLE (shard text, lo bigint, hi bigint, epoch bigint, writable boolean)
LANGUAGE sql STABLE
AS $$
    SELECT r.shard, r.lo, r.hi, e.epoch,
           NOT EXISTS (
               SELECT FROM directory.moves m
                WHERE m.keyspace = r.keyspace AND m.stage = 'fenced' AND $2 >= m.lo AND (m.hi IS NULL OR $2 <= m.hi)
           )
      FROM directory.ranges r, directory.epoch e
     WHERE r.keyspace = $1 AND $2 >= r.lo AND (r.hi IS NULL OR $2 <= r.hi)
$$;

-- Plans that ids from `at` on, to the end of the range they are in, go to another shard. Above every id that is used this
-- moves no row: the way to add a shard at the end.
CREATE OR REPLACE FUNCTION directory.split(keyspace text, at bigint, target text) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    owner directory.ranges;
    move bigint;
BEGIN
    SELECT r.* INTO owner FROM directory.ranges r
     WHERE r.keyspace = $1 AND $2 >= r.lo AND (r.hi IS NULL OR $2 <= r.hi) FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no range of % holds %', $1, $2 USING ERRCODE = 'no_data_found';
    END IF;
    IF NOT EXISTS (SELECT FROM directory.map m, jsonb_array_elements(m.document #> ARRAY['keyspaces', $1, 'shards']) s
                    WHERE s ->> 'name' = $3) THEN
        RAISE EXCEPTION '% is no shard of % in the map', $3, $1
            USING ERRCODE = 'invalid_parameter_value', HINT = 'add the shard and load the new map first';
    END IF;
    INSERT INTO directory.moves (keyspace, lo, hi, source, target)
    VALUES ($1, $2, owner.hi, owner.shard, $3) RETURNING id INTO move;
    RETURN move;
END $$;

-- Takes a move to its next stage, or back. `switched` changes the owner and the epoch in one transaction. With `seen`, only
-- where that is the epoch still.
DROP FUNCTION IF EXISTS directory.advance(bigint, text);
CREATE OR REPLACE FUNCTION directory.advance(move bigint, stage text, seen bigint DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    moving directory.moves;
    legal boolean;
    fresh bigint;
BEGIN
    SELECT e.epoch INTO fresh FROM directory.epoch e FOR UPDATE;
    IF seen <> fresh THEN
        RAISE EXCEPTION 'the directory is at epoch %, the caller has seen %', fresh, seen USING ERRCODE = 'SH001';
    END IF;
    SELECT m.* INTO moving FROM directory.moves m WHERE m.id = $1 FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no move %', $1 USING ERRCODE = 'no_data_found';
    END IF;
    legal := (moving.stage, $2) IN (
        ('planned', 'copying'), ('copying', 'caught-up'), ('caught-up', 'reads'), ('reads', 'fenced'), ('fenced', 'switched'),
        ('switched', 'done'), ('planned', 'undone'), ('copying', 'undone'), ('caught-up', 'undone'), ('reads', 'undone'),
        ('fenced', 'undone')
    );
    IF NOT legal THEN
        RAISE EXCEPTION 'a move that is % does not become %', moving.stage, $2 USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF $2 = 'switched' THEN
        UPDATE directory.epoch SET epoch = epoch + 1, changed_at = clock_timestamp() RETURNING epoch INTO fresh;
        IF EXISTS (SELECT FROM directory.ranges r WHERE r.keyspace = moving.keyspace AND r.lo = moving.lo) THEN
            UPDATE directory.ranges r SET shard = moving.target WHERE r.keyspace = moving.keyspace AND r.lo = moving.lo;
        ELSE
            UPDATE directory.ranges r SET hi = moving.lo - 1
             WHERE r.keyspace = moving.keyspace AND moving.lo > r.lo AND (r.hi IS NULL OR moving.lo <= r.hi);
            INSERT INTO directory.ranges (keyspace, lo, hi, shard) VALUES (moving.keyspace, moving.lo, moving.hi, moving.target);
        END IF;
    END IF;
    UPDATE directory.moves m
       SET stage = $2, epoch = CASE WHEN $2 = 'switched' THEN fresh ELSE m.epoch END, changed_at = clock_timestamp()
     WHERE m.id = $1;
    RETURN fresh;
END $$;

-- The manager changes what is in the directory, and nothing of its shape; no other service reads it.
DO $$
DECLARE
    service record;
    login text;
    accounts text[];
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quill_directory') THEN
        CREATE ROLE "quill_directory" NOLOGIN;
    END IF;
    FOR service IN SELECT 'shard-manager' AS name LOOP
        SELECT array_agg(CASE WHEN length(id) <= 28 THEN id ELSE left(id, 22) || '-' || left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 5) END)
        INTO accounts
        FROM (SELECT 'quill-' || environment || '-' || service.name AS id
              FROM unnest(ARRAY['dev', 'staging', 'prod']) AS environment) AS ids;
        FOR login IN SELECT rolname FROM pg_roles
                     WHERE rolcanlogin AND (rolname = service.name OR split_part(rolname, '@', 1) = ANY (accounts) AND strpos(rolname, '@') > 0) LOOP
            EXECUTE format('GRANT "quill_directory" TO %I', login);
        END LOOP;
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA directory TO "quill_directory";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA directory TO "quill_directory";

COMMIT;
