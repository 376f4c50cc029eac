-- Roles of main: once, on its writer, as dbadmin. Safe to repeat. Roles carry the rights: a service logs in by IAM, without a
-- password, and is a member of one. The server activates roles at login (activate_all_roles_on_login).
CREATE DATABASE IF NOT EXISTS `vivid_main` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE ROLE IF NOT EXISTS 'vivid_main_owner';
CREATE ROLE IF NOT EXISTS 'vivid_main_app';
CREATE ROLE IF NOT EXISTS 'vivid_main_readonly';

GRANT ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, CREATE TEMPORARY TABLES, CREATE VIEW, DELETE, DROP, EVENT, EXECUTE, INDEX, INSERT, LOCK TABLES,
    REFERENCES, SELECT, SHOW VIEW, TRIGGER, UPDATE ON `vivid_main`.* TO 'vivid_main_owner';
GRANT DELETE, EXECUTE, INSERT, SELECT, UPDATE ON `vivid_main`.* TO 'vivid_main_app';
GRANT SELECT, SHOW VIEW ON `vivid_main`.* TO 'vivid_main_readonly';

-- The plug-in takes a token of IAM in place of a password, over TLS alone.
CREATE USER IF NOT EXISTS 'migrator'@'%' /*!80000 IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' */ REQUIRE SSL;
GRANT 'vivid_main_owner' TO 'migrator'@'%';
CREATE USER IF NOT EXISTS 'web'@'%' /*!80000 IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' */ REQUIRE SSL;
GRANT 'vivid_main_app' TO 'web'@'%';
CREATE USER IF NOT EXISTS 'auth'@'%' /*!80000 IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' */ REQUIRE SSL;
GRANT 'vivid_main_app' TO 'auth'@'%';
