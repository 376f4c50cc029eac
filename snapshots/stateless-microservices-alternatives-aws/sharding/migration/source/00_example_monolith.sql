-- A source as the stages expect one, with rows and a writer; for ../rehearse and the linter only, never run on a real database.
\set ON_ERROR_STOP on
BEGIN;
CREATE SCHEMA rehearsal;
CREATE SEQUENCE rehearsal.number;
CREATE TABLE rehearsal.acknowledged (name text NOT NULL, key text NOT NULL);
CREATE TABLE rehearsal.regions (keyspace text NOT NULL, region text NOT NULL);
\set map `cat "${SHARD_MAP:-../../shard-map.json}"`
INSERT INTO rehearsal.regions
SELECT k.key, r FROM jsonb_each(:'map'::jsonb -> 'keyspaces') k, jsonb_array_elements_text(k.value -> 'regions') r;

-- keyspace users, range
CREATE TABLE users (
    user_id bigint PRIMARY KEY,
    note text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE subscriptions (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    note text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- keyspace content, range
CREATE TABLE documents (
    user_id bigint PRIMARY KEY,
    note text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE revisions (
    user_id bigint PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
    note text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- One transaction: a row in every table, updates, moves between regions, deletes. `plain`: inserts only.
-- What it acknowledges must be on a shard after the cutover.
CREATE FUNCTION rehearsal.write(plain boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n bigint := nextval('rehearsal.number');
    k text;
BEGIN
    INSERT INTO users (user_id, note) VALUES (n * 997 % 1000003, 'n' || n) RETURNING user_id::text INTO k;
    INSERT INTO rehearsal.acknowledged VALUES ('users', k);
    IF NOT plain THEN
        UPDATE users SET note = repeat('ü\', n::int % 5), detail = jsonb_build_object('a', random()), changed_at = clock_timestamp()
        WHERE ctid IN (SELECT ctid FROM users TABLESAMPLE SYSTEM (1) LIMIT 3);
        -- loaded rows only: what the writer acknowledged stays
        DELETE FROM users WHERE note = 'old' AND ctid IN (SELECT ctid FROM users TABLESAMPLE SYSTEM (1) LIMIT 1);
    END IF;
    INSERT INTO subscriptions (user_id) SELECT user_id FROM users WHERE user_id::text = k;
    INSERT INTO rehearsal.acknowledged VALUES ('subscriptions', k);
    IF NOT plain THEN
        UPDATE subscriptions SET note = repeat('ü\', n::int % 5), detail = jsonb_build_object('a', random()), changed_at = clock_timestamp()
        WHERE ctid IN (SELECT ctid FROM subscriptions TABLESAMPLE SYSTEM (1) LIMIT 3);
        -- loaded rows only: what the writer acknowledged stays
        DELETE FROM subscriptions WHERE note = 'old' AND ctid IN (SELECT ctid FROM subscriptions TABLESAMPLE SYSTEM (1) LIMIT 1);
    END IF;
    INSERT INTO documents (user_id, note) VALUES (n * 997 % 1000003, 'n' || n) RETURNING user_id::text INTO k;
    INSERT INTO rehearsal.acknowledged VALUES ('documents', k);
    IF NOT plain THEN
        UPDATE documents SET note = repeat('ü\', n::int % 5), detail = jsonb_build_object('a', random()), changed_at = clock_timestamp()
        WHERE ctid IN (SELECT ctid FROM documents TABLESAMPLE SYSTEM (1) LIMIT 3);
        -- loaded rows only: what the writer acknowledged stays
        DELETE FROM documents WHERE note = 'old' AND ctid IN (SELECT ctid FROM documents TABLESAMPLE SYSTEM (1) LIMIT 1);
    END IF;
    INSERT INTO revisions (user_id) SELECT user_id FROM documents WHERE user_id::text = k;
    INSERT INTO rehearsal.acknowledged VALUES ('revisions', k);
    IF NOT plain THEN
        UPDATE revisions SET note = repeat('ü\', n::int % 5), detail = jsonb_build_object('a', random()), changed_at = clock_timestamp()
        WHERE ctid IN (SELECT ctid FROM revisions TABLESAMPLE SYSTEM (1) LIMIT 3);
        -- loaded rows only: what the writer acknowledged stays
        DELETE FROM revisions WHERE note = 'old' AND ctid IN (SELECT ctid FROM revisions TABLESAMPLE SYSTEM (1) LIMIT 1);
    END IF;
    IF NOT plain THEN
        PERFORM pg_sleep(0.1);
    END IF;
END $$;

CREATE FUNCTION rehearsal.load(rows integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..rows LOOP
        PERFORM rehearsal.write(true);
    END LOOP;
    UPDATE users SET note = 'old';
    UPDATE subscriptions SET note = 'old';
    UPDATE documents SET note = 'old';
    UPDATE revisions SET note = 'old';
    TRUNCATE rehearsal.acknowledged;
END $$;
COMMIT;
