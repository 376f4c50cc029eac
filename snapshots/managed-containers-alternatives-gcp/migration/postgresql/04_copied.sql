-- On the target: tables that are copied, and all that the subscription has. Two equal numbers above zero are what one waits for.
SELECT count(*) FILTER (WHERE r.srsubstate = 'r'), count(*)
FROM pg_subscription_rel r
JOIN pg_subscription s ON s.oid = r.srsubid
WHERE s.subname = 'from_source';
