-- Stage 01, on the source, changes nothing. Stops at the first thing that would lose rows later; says what will be different.
--   SHARD_MAP=../../shard-map.json psql -f 01_precheck.sql
\set ON_ERROR_STOP on
\set map `cat "${SHARD_MAP:-../../shard-map.json}"`
BEGIN READ ONLY;
-- a DO block sees no psql variable
SELECT set_config('sharding.document', :'map', true) IS NULL AS unset \gset
DO $$
DECLARE
    map jsonb := current_setting('sharding.document');
    shards int := (SELECT sum(jsonb_array_length(k.value -> 'shards')) FROM jsonb_each(map -> 'keyspaces') k);
    slots int := 2 * shards;    -- for each shard one that follows, and one for the table it copies
    k record;
    t text;
    rel regclass;
    c text;
    type regtype;
    bad text;
BEGIN
    IF current_setting('server_version_num')::int < 150000 THEN
        RAISE EXCEPTION 'row filters need PostgreSQL 15, this is %: upgrade the source first', current_setting('server_version');
    END IF;
    IF current_setting('wal_level') <> 'logical' THEN
        RAISE EXCEPTION 'wal_level is %; set cloudsql.logical_decoding=on or rds.logical_replication=1 (needs a restart)', current_setting('wal_level');
    END IF;
    IF current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots) < slots THEN
        RAISE EXCEPTION 'fewer than % replication slots free of %', slots, current_setting('max_replication_slots');
    END IF;
    IF current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_replication) < slots THEN
        RAISE EXCEPTION 'fewer than % WAL senders free of %', slots, current_setting('max_wal_senders');
    END IF;
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'encoding is %, buckets need UTF8', current_setting('server_encoding');
    END IF;
    -- the fence waits for the transactions of all users, which only this role sees
    IF NOT pg_has_role('pg_read_all_stats', 'USAGE') THEN
        RAISE EXCEPTION '% needs the role pg_read_all_stats', current_user;
    END IF;
    FOR k IN SELECT e.key AS name, e.value ->> 'strategy' AS strategy, e.value ->> 'key' AS key, e.value ->> 'hash_key' AS hash_key,
                    e.value -> 'tables' AS tables, e.value -> 'regions' AS regions
             FROM jsonb_each(map -> 'keyspaces') e LOOP
        IF jsonb_array_length(k.tables) = 0 THEN
            RAISE EXCEPTION 'keyspace % has no tables: list them in the blueprint', k.name;
        END IF;
        FOR t IN SELECT jsonb_array_elements_text(k.tables) LOOP
            rel := to_regclass(quote_ident(t));
            IF rel IS NULL THEN
                RAISE EXCEPTION 'keyspace %: no table %', k.name, t;
            END IF;
            IF (SELECT relkind <> 'r' OR relpersistence <> 'p' FROM pg_class WHERE oid = rel) THEN
                RAISE EXCEPTION '% is not an ordinary logged table: partitions are moved one by one, unlogged tables not at all', t;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = rel AND contype = 'p') THEN
                RAISE EXCEPTION '% has no primary key', t;
            END IF;
            FOR c, type IN SELECT wanted, a.atttypid::regtype FROM unnest(ARRAY[k.key, k.hash_key]) wanted
                           LEFT JOIN pg_attribute a ON a.attrelid = rel AND a.attname = wanted AND NOT a.attisdropped
                           WHERE wanted IS NOT NULL LOOP
                IF type IS NULL THEN
                    RAISE EXCEPTION '% has no column %, by which keyspace % is split', t, c, k.name;
                END IF;
                IF c = k.key AND k.strategy = 'region' AND type NOT IN ('text'::regtype, 'varchar'::regtype) THEN
                    RAISE EXCEPTION '%.% is of type %: a row filter compares a region as text or varchar', t, c, type;
                ELSIF k.strategy = 'range' AND type NOT IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype) THEN
                    RAISE EXCEPTION '%.% is of type %: ranges are of an integer', t, c, type;
                ELSIF type NOT IN ('uuid'::regtype, 'text'::regtype, 'varchar'::regtype, 'bigint'::regtype, 'integer'::regtype, 'smallint'::regtype) THEN
                    RAISE EXCEPTION '%.% is of type %: a key is uuid, text, varchar or an integer', t, c, type;
                END IF;
                IF NOT (SELECT attnotnull FROM pg_attribute WHERE attrelid = rel AND attname = c) THEN
                    RAISE EXCEPTION '%.% may be NULL: ALTER TABLE % ALTER % SET NOT NULL', t, c, t, c;
                END IF;
                bad := NULL;
                IF type IN ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype) THEN
                    EXECUTE format('SELECT %1$I::text FROM %2$I WHERE %1$I < 0 LIMIT 1', c, t) INTO bad;
                ELSIF type <> 'uuid'::regtype THEN
                    EXECUTE format('SELECT %1$I FROM %2$I WHERE %1$I = '''' LIMIT 1', c, t) INTO bad;
                END IF;
                IF bad IS NOT NULL THEN
                    RAISE EXCEPTION '%.% holds the key "%", which has no bucket', t, c, bad;
                END IF;
            END LOOP;
            IF k.strategy = 'region' THEN
                EXECUTE format('SELECT string_agg(DISTINCT %1$I, '', '') FROM %2$I WHERE %1$I NOT IN (SELECT jsonb_array_elements_text($1))', k.key, t)
                INTO bad USING k.regions;
                IF bad IS NOT NULL THEN
                    RAISE EXCEPTION '% has rows of regions that no shard owns: %', t, bad;
                END IF;
            END IF;
            SELECT string_agg(a.attname, ', ') INTO bad
            FROM pg_attribute a
            LEFT JOIN LATERAL (SELECT seqmax, pg_sequence_last_value(seqrelid) AS last FROM pg_sequence
                               WHERE seqrelid = pg_get_serial_sequence(quote_ident(t), a.attname)::regclass) q ON true
            WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('integer'::regtype, 'smallint'::regtype)
              AND q.seqmax IS NOT NULL
              AND (CASE a.atttypid WHEN 'integer'::regtype THEN 2147483647 ELSE 32767 END - coalesce(q.last, 0)) / (map ->> 'id_step')::bigint < coalesce(q.last, 0);
            IF bad IS NOT NULL THEN
                RAISE EXCEPTION '%.%: ids advance by % on a shard and would run out of the type: make it a bigint first', t, bad, map ->> 'id_step';
            END IF;
        END LOOP;
    END LOOP;
    FOR bad IN WITH own AS (SELECT e.key AS keyspace, e.value ->> 'strategy' AS strategy, coalesce(e.value ->> 'hash_key', e.value ->> 'key') AS key,
                                   to_regclass(quote_ident(name)) AS rel
                            FROM jsonb_each(map -> 'keyspaces') e, jsonb_array_elements_text(e.value -> 'tables') name)
               SELECT format('foreign key %s of %s to %s leaves its keyspace and goes: the application checks on write, and deletes what hung on a deleted row',
                             f.conname, f.conrelid::regclass, f.confrelid::regclass)
               FROM pg_constraint f LEFT JOIN own a ON a.rel = f.conrelid LEFT JOIN own b ON b.rel = f.confrelid
               WHERE f.contype = 'f' AND (a.rel IS NOT NULL OR b.rel IS NOT NULL) AND a.keyspace IS DISTINCT FROM b.keyspace
               UNION ALL
               SELECT format('unique on one shard only, not over all: %s', pg_get_indexdef(i.indexrelid))
               FROM own JOIN pg_index i ON i.indrelid = own.rel
               WHERE i.indisunique AND NOT i.indisprimary AND own.strategy <> 'functional'
                 AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attname = own.key)
               UNION ALL
               SELECT format('in no keyspace, stays on the source: %s', c.oid::regclass) FROM pg_class c
               WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.oid NOT IN (SELECT own.rel FROM own)
                 AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'sharding', 'rehearsal') LOOP
        RAISE NOTICE '%', bad;
    END LOOP;
END $$;
COMMIT;
