-- MySQL, keyspace carriers: ids of the sharded keyspaces, handed out to the gates by the thousand, for a shard cannot count for the others. An
-- id that is stated stays as it is. Applied by `sharding/vitess/vitess --execute vschema`, as often as that is run.
CREATE TABLE IF NOT EXISTS parcels_ids (
  id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  next_id BIGINT UNSIGNED NOT NULL,
  cache BIGINT UNSIGNED NOT NULL
) ENGINE = InnoDB COMMENT 'vitess_sequence';
INSERT IGNORE INTO parcels_ids (id, next_id, cache) VALUES (0, 1, 1000);
