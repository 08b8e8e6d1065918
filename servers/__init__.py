"""Real PostgreSQL, Valkey and SeaweedFS servers on this machine, from pip packages alone: for tests, benchmarks and the
scaled demonstration. Never part of a hub; the hub's packages do not import this one.

process     a server process that cannot outlive whoever started it
guardian    what makes sure of that
postgres    PostgreSQL, alone or with a standby
tls_front   TLS before a PostgreSQL that is built without it
valkey      Valkey, alone or as a cluster of six
seaweed     SeaweedFS, an S3 server
"""
