-- Runs once, when the primary's folder is made: the databases and who may use them. Passwords come from files.
-- The standby does not exist yet, so nothing here may wait for it.
SET synchronous_commit = local;

\set records_password `cat /run/secrets/records_password`
\set replication_password `cat /run/secrets/replication_password`
\set filer_password `cat /run/secrets/filer_password`

CREATE ROLE onceonly LOGIN PASSWORD :'records_password';
CREATE DATABASE onceonly OWNER onceonly ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE onceonly FROM PUBLIC;

CREATE ROLE replicator REPLICATION LOGIN PASSWORD :'replication_password';
SELECT pg_create_physical_replication_slot('db2', true);

CREATE ROLE filer LOGIN PASSWORD :'filer_password';
CREATE DATABASE filer OWNER filer ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE filer FROM PUBLIC;
