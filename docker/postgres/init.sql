-- Runs once, when the primary's folder is made: the hub's database and its user, whose password comes from a file.
-- Where a standby is wanted it does not exist yet, so nothing here may wait for it.
SET synchronous_commit = local;

\set password `cat /run/secrets/records_password`
CREATE ROLE onceonly LOGIN PASSWORD :'password';
CREATE DATABASE onceonly OWNER onceonly ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE onceonly FROM PUBLIC;
