-- psql -v subscription=from_target
-- Whether this side follows the other by that name.
SELECT EXISTS (SELECT FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
               WHERE d.datname = current_database() AND s.subname = :'subscription');
