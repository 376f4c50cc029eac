-- On the source: a line for each thing that would stop the migration. No line is what one wants.
SELECT CONCAT(t.table_name, ' has no primary key, so a row is not found by it')
FROM information_schema.tables AS t
WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'
  AND NOT EXISTS (SELECT 1 FROM information_schema.table_constraints AS c
                  WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.constraint_type = 'PRIMARY KEY');
SELECT CONCAT(t.table_name, ' is ', t.engine, ', not InnoDB: a dump of it is not of one moment')
FROM information_schema.tables AS t
WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' AND t.engine <> 'InnoDB';
SELECT 'log_bin is off: there is no log to follow' FROM (SELECT @@GLOBAL.log_bin AS log_bin) AS server WHERE server.log_bin = 0;
SELECT CONCAT('binlog_format is ', server.format, ', not ROW')
FROM (SELECT @@GLOBAL.binlog_format AS format) AS server
WHERE server.format <> 'ROW';
SELECT CONCAT('event ', e.event_name, ' would run on both sides: disable it for the move')
FROM information_schema.events AS e
WHERE e.event_schema = DATABASE() AND e.status = 'ENABLED';
SELECT DISTINCT CONCAT(p.grantee, ' may write to every database: give it the right on this one, or a fence does not hold it')
FROM information_schema.user_privileges AS p
WHERE p.privilege_type = 'INSERT'
  AND NOT EXISTS (SELECT 1 FROM information_schema.user_privileges AS a
                  WHERE a.grantee = p.grantee AND a.privilege_type IN ('CREATE USER', 'SUPER', 'CONNECTION_ADMIN', 'CONNECTION ADMIN'));
