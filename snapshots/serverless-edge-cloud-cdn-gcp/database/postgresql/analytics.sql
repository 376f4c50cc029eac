-- Roles of analytics: once, on its writer, in database jor_analytics, as the migrator; safe to repeat. Roles without a
-- login carry the rights; a service logs in by IAM, without a password, and is a member of them. Tables belong to jor_analytics_owner.
\set ON_ERROR_STOP on
BEGIN;

DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['jor_analytics_owner', 'jor_analytics_app', 'jor_analytics_readonly'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', r);
        END IF;
    END LOOP;
    -- nobody comes in who is not a member of one of them
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO "jor_analytics_owner", "jor_analytics_app", "jor_analytics_readonly"', current_database());
END $$;

-- who makes the roles may act as the owner, to set what its tables will grant
GRANT "jor_analytics_owner" TO CURRENT_USER;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO "jor_analytics_owner";
GRANT USAGE ON SCHEMA public TO "jor_analytics_app", "jor_analytics_readonly";
ALTER DEFAULT PRIVILEGES FOR ROLE "jor_analytics_owner" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "jor_analytics_app";
ALTER DEFAULT PRIVILEGES FOR ROLE "jor_analytics_owner" IN SCHEMA public GRANT USAGE ON SEQUENCES TO "jor_analytics_app";
ALTER DEFAULT PRIVILEGES FOR ROLE "jor_analytics_owner" IN SCHEMA public GRANT SELECT ON TABLES TO "jor_analytics_readonly";

-- The login of a service is its name (Amazon RDS), or its service account, <project>-<environment>-<service>@… (Google). Amazon's are made
-- here, where the role rds_iam exists; Google's are made by Terraform and only become members. Terraform shortens the name of a service
-- account over 28 characters to 22 and a hash of the whole, and so does this.
DO $$
DECLARE
    service record;
    login text;
    accounts text[];
BEGIN
    FOR service IN SELECT * FROM (VALUES
        ('migrator', 'jor_analytics_owner'),
        ('web', 'jor_analytics_app'),
        ('auditor', 'jor_analytics_app'),
        ('reporter', 'jor_analytics_app')
    ) AS s (name, role) LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service.name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', service.name);
            EXECUTE format('GRANT rds_iam TO %I', service.name);
        END IF;
        SELECT array_agg(CASE WHEN length(id) <= 28 THEN id ELSE left(id, 22) || '-' || left(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 5) END)
        INTO accounts
        FROM (SELECT 'jor-' || environment || '-' || service.name AS id
              FROM unnest(ARRAY['prod']) AS environment) AS ids;

        FOR login IN SELECT rolname FROM pg_roles
                     WHERE rolcanlogin AND (rolname = service.name OR split_part(rolname, '@', 1) = ANY (accounts) AND strpos(rolname, '@') > 0) LOOP
            EXECUTE format('GRANT %I TO %I', service.role, login);
            IF service.name = 'migrator' THEN
                -- whatever a change of the schema makes is the owner's, and grants what the owner's tables grant
                EXECUTE format('ALTER ROLE %I IN DATABASE %I SET role = %L', login, current_database(), service.role);
            END IF;
        END LOOP;
    END LOOP;
END $$;

COMMIT;
