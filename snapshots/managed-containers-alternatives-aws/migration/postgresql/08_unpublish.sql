-- psql -v publication=to_target
-- Publishes no more. Safe to repeat.
\set ON_ERROR_STOP on
SET default_transaction_read_only = off;
DROP PUBLICATION IF EXISTS :"publication";
