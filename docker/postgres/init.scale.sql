-- Runs once after init.sql, where there are a standby and several S3 nodes: who may copy, and where those keep names.
SET synchronous_commit = local;

\set password `cat /run/secrets/replication_password`
CREATE ROLE replicator REPLICATION LOGIN PASSWORD :'password';
SELECT FROM pg_create_physical_replication_slot('db2', true);

\set password `cat /run/secrets/filer_password`
CREATE ROLE filer LOGIN PASSWORD :'password';
CREATE DATABASE filer OWNER filer ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE filer FROM PUBLIC;
