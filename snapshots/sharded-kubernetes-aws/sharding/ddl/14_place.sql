-- Gives this database its place in the shard map, closed for writes; safe to repeat, refused where it already is another shard.
-- Once its tables are there (20_*.sql) a new shard is opened with SELECT sharding.open(); what a migration fills, stage 08 opens.
--   psql -v shard=users-s00 -f 14_place.sql
\set ON_ERROR_STOP on
SELECT sharding.become(:'shard');
