-- psql -v dsn='host=source dbname=shop' -v subscription=from_source -v publication=to_target -v copy=true
-- Follows the other side; with copy it takes what is there first. Safe to repeat. Its slot on the other side has the subscription's name.
\set ON_ERROR_STOP on
SET default_transaction_read_only = off;
SELECT NOT EXISTS (SELECT FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
                   WHERE d.datname = current_database() AND s.subname = :'subscription') AS missing \gset
\if :missing
CREATE SUBSCRIPTION :"subscription" CONNECTION :'dsn' PUBLICATION :"publication" WITH (copy_data = :copy);
\endif
