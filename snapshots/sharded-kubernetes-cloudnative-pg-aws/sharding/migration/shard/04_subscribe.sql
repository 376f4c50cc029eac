-- Stage 04, on one shard: copies the shard's rows, then follows. The DSN holds a password, so it comes from the environment.
--   SOURCE_DSN='host=… dbname=… user=replicator password=…' psql -v subscription=to_none -f 04_subscribe.sql
-- CREATE SUBSCRIPTION makes the slot on the source and cannot run in a transaction. If it fails half way:
-- rollback_04.sql here, and on the source drop the inactive slot of that name.
\set ON_ERROR_STOP on
\getenv source_dsn SOURCE_DSN
SELECT EXISTS (SELECT FROM pg_subscription WHERE subname = :'subscription'
               AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS present \gset
\if :present
\echo subscription :subscription is there already
\else
CREATE SUBSCRIPTION :"subscription" CONNECTION :'source_dsn' PUBLICATION :"subscription"
    WITH (copy_data = true, binary = false, streaming = false, synchronous_commit = 'off', disable_on_error = true);
\endif
