-- Run on every database after 14_place.sql, before the tables; safe to repeat. Roles without a login carry the rights; each service logs in
-- as a member of its own (IAM, no password) and reaches the databases of its keyspaces only.
\set ON_ERROR_STOP on
BEGIN;

DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['quantum_owner', 'quantum_app', 'quantum_readonly'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', r);
        END IF;
    END LOOP;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO "quantum_owner";
GRANT USAGE ON SCHEMA public TO "quantum_app", "quantum_readonly";
-- a generated column runs its function as whoever inserts
GRANT USAGE ON SCHEMA sharding TO "quantum_app", "quantum_readonly";
GRANT SELECT ON sharding.map, sharding.state, sharding.shards TO "quantum_app", "quantum_readonly";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "quantum_app";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO "quantum_app";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO "quantum_readonly";

-- The login of a service is its name (Amazon RDS), or its service account, <project>-<environment>-<service>@… (Cloud SQL).
-- Amazon's are made here, where the role rds_iam exists; Google's are made by Terraform and only become members. Terraform shortens
-- the name of a service account over 28 characters to 22 and a hash of the whole, and so does this.
DO $$
DECLARE
    service record;
    login text;
    accounts text[];
BEGIN
    -- changes of the schema come by a login of their own; Google's is made by Terraform with rights over the whole database
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'migrator') THEN
            CREATE ROLE migrator LOGIN;
            GRANT rds_iam TO migrator;
        END IF;
        GRANT "quantum_owner" TO migrator;
    END IF;
    -- PgBouncer cannot ask for tokens: its login has a password. Nobody comes in by it until a person has given it one (docs/START.md).
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pooler') THEN
        CREATE ROLE pooler LOGIN;
    END IF;
    GRANT "quantum_app" TO pooler;
    FOR service IN SELECT * FROM (VALUES
        ('api', ARRAY['users', 'content']::text[]),
        ('generator', ARRAY['content']::text[]),
        ('notifier', ARRAY['users']::text[])
    ) AS s (name, keyspaces) LOOP
        -- a shard serves one keyspace; the source of a migration serves all
        CONTINUE WHEN EXISTS (SELECT FROM sharding.shards m JOIN sharding.state USING (shard) WHERE m.keyspace <> ALL (service.keyspaces));
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service.name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', service.name);
            EXECUTE format('GRANT rds_iam TO %I', service.name);
        END IF;
        SELECT array_agg(CASE WHEN length(id) <= 28 THEN id ELSE left(id, 22) || '-' || left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 5) END)
        INTO accounts
        FROM (SELECT 'quantum-' || environment || '-' || service.name AS id
              FROM unnest(ARRAY['dev', 'staging', 'prod']) AS environment) AS ids;
        FOR login IN SELECT rolname FROM pg_roles
                     WHERE rolcanlogin AND (rolname = service.name OR split_part(rolname, '@', 1) = ANY (accounts) AND strpos(rolname, '@') > 0) LOOP
            EXECUTE format('GRANT "quantum_app" TO %I', login);
        END LOOP;
    END LOOP;
END $$;

COMMIT;
