-- Undoes a fence while no shard has been opened: the source takes writes again.
\set ON_ERROR_STOP on
UPDATE sharding.state SET writable = true, changed_at = clock_timestamp() WHERE shard = 'source';
