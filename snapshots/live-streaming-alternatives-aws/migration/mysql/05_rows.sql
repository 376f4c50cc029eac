-- Prints a statement for each table: its rows and a checksum of them, the same text on both sides, whatever the order of the rows.
SET SESSION group_concat_max_len = 1000000;
SELECT CONCAT(
    'SELECT ', QUOTE(c.table_name), ', COUNT(*), COALESCE(SUM(CAST(CONV(LEFT(MD5(CONCAT_WS(''#'', ',
    GROUP_CONCAT(CONCAT('COALESCE(HEX(`', c.column_name, '`), ''-'')') ORDER BY c.column_name SEPARATOR ', '),
    ')), 15), 16, 10) AS DECIMAL(30))), 0) FROM `', c.table_name, '`')
FROM information_schema.columns AS c
JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
WHERE c.table_schema = DATABASE() AND c.extra NOT LIKE '%GENERATED%'
GROUP BY c.table_name
ORDER BY c.table_name;
