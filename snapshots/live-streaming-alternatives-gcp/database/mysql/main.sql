-- Roles of main: once, on its writer, as the migrator. Safe to repeat. Roles carry the rights: a service logs in by IAM, without a
-- password, and is a member of one. The server activates roles at login (activate_all_roles_on_login).
CREATE DATABASE IF NOT EXISTS `vivid_main` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE ROLE IF NOT EXISTS 'vivid_main_owner';
CREATE ROLE IF NOT EXISTS 'vivid_main_app';
CREATE ROLE IF NOT EXISTS 'vivid_main_readonly';

GRANT ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, CREATE TEMPORARY TABLES, CREATE VIEW, DELETE, DROP, EVENT, EXECUTE, INDEX, INSERT, LOCK TABLES,
    REFERENCES, SELECT, SHOW VIEW, TRIGGER, UPDATE ON `vivid_main`.* TO 'vivid_main_owner';
GRANT DELETE, EXECUTE, INSERT, SELECT, UPDATE ON `vivid_main`.* TO 'vivid_main_app';
GRANT SELECT, SHOW VIEW ON `vivid_main`.* TO 'vivid_main_readonly';

-- Terraform made the logins: the part of each service account before the @, <project>-<environment>-<service>, over 28 characters 22 of them
-- and a hash of the whole. A node has those of one environment.
SET @login = (SELECT logins.user FROM mysql.user AS logins JOIN (
    SELECT 'vivid-prod-web' AS id
) AS ids ON CAST(logins.user AS BINARY) = CAST(IF(CHAR_LENGTH(id) <= 28, id, CONCAT(LEFT(id, 22), '-', LEFT(SHA2(id, 256), 5))) AS BINARY) LIMIT 1);
SET @statement = IF(@login IS NULL, 'DO 0', CONCAT('GRANT ''vivid_main_app'' TO ', QUOTE(@login), '@''%'''));
PREPARE statement FROM @statement;
EXECUTE statement;
DROP PREPARE statement;
SET @login = (SELECT logins.user FROM mysql.user AS logins JOIN (
    SELECT 'vivid-prod-auth' AS id
) AS ids ON CAST(logins.user AS BINARY) = CAST(IF(CHAR_LENGTH(id) <= 28, id, CONCAT(LEFT(id, 22), '-', LEFT(SHA2(id, 256), 5))) AS BINARY) LIMIT 1);
SET @statement = IF(@login IS NULL, 'DO 0', CONCAT('GRANT ''vivid_main_app'' TO ', QUOTE(@login), '@''%'''));
PREPARE statement FROM @statement;
EXECUTE statement;
DROP PREPARE statement;
