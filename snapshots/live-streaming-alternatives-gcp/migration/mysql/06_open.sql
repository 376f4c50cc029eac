-- Prints the statements that take back what 06_fence.sql does: migrate keeps them before it closes a side.
SELECT CONCAT('GRANT ', GROUP_CONCAT(p.privilege_type ORDER BY p.privilege_type SEPARATOR ', '), ' ON `', p.table_schema, '`.* TO ', REPLACE(p.grantee, '@''''', ''))
FROM information_schema.schema_privileges AS p
WHERE p.table_schema = DATABASE() AND p.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')
GROUP BY p.table_schema, p.grantee;
