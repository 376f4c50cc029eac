-- psql -v subscription=from_source
-- Follows no more; the slot on the other side goes too. Safe to repeat. The session may write although the database is closed.
\set ON_ERROR_STOP on
SET default_transaction_read_only = off;
DROP SUBSCRIPTION IF EXISTS :"subscription";
