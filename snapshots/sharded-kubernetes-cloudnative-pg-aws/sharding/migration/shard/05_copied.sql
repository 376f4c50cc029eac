-- Stage 05, on one shard: prints `copied` once every table of the keyspace is past its first copy, otherwise what is not.
-- A table that is not subscribed at all is not done.
\set ON_ERROR_STOP on
SELECT coalesce(string_agg(t || ' ' || coalesce(r.srsubstate::text, 'not subscribed'), ', '), 'copied')
FROM sharding.shards s
JOIN sharding.state USING (shard)
CROSS JOIN LATERAL unnest(s.tables) t
LEFT JOIN pg_subscription_rel r ON r.srrelid = sharding.oid_of(t)
WHERE r.srsubstate IS DISTINCT FROM 'r';
