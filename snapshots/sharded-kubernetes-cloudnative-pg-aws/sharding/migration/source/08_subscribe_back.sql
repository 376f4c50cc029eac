-- Stage 08, on the fenced source, once a shard: follows the shard. The fence is a trigger, and replication fires none.
--   SHARD_DSN=… psql -v back=back_none -f 08_subscribe_back.sql
\set ON_ERROR_STOP on
\getenv shard_dsn SHARD_DSN
SELECT EXISTS (SELECT FROM pg_subscription WHERE subname = :'back'
               AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS present \gset
\if :present
\echo subscription :back is there already
\else
CREATE SUBSCRIPTION :"back" CONNECTION :'shard_dsn' PUBLICATION :"back"
    WITH (copy_data = false, create_slot = false, disable_on_error = true);
\endif
