-- The way back of 06_fence.sql: new sessions may write again.
\set ON_ERROR_STOP on
SET default_transaction_read_only = off;
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database());
END $$;
