-- Prints the statements that stop writes: whoever may write to this database by a right on it loses that, and its sessions end. The
-- administrator has the right on everything and keeps it.
SELECT CONCAT('REVOKE ', GROUP_CONCAT(p.privilege_type ORDER BY p.privilege_type SEPARATOR ', '), ' ON `', p.table_schema, '`.* FROM ', REPLACE(p.grantee, '@''''', ''))
FROM information_schema.schema_privileges AS p
WHERE p.table_schema = DATABASE() AND p.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')
GROUP BY p.table_schema, p.grantee;
SELECT CONCAT('KILL ', l.id)
FROM information_schema.processlist AS l
WHERE l.db = DATABASE() AND l.id <> CONNECTION_ID() AND l.command NOT LIKE 'Binlog Dump%';
