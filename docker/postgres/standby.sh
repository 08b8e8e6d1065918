#!/bin/bash
# Starts the standby: copies the primary if its own folder is empty, then follows it.
# Run it with the arguments of postgres; PGDATA, PRIMARY and STANDBY (its name) come from the environment.
set -euo pipefail

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # The password goes from file to file; no command line and no environment holds it.
    umask 077
    passfile="$(dirname "$PGDATA")/replication.pgpass"
    printf '%s:*:*:replicator:%s\n' "$PRIMARY" "$(cat "${SECRETS:-/run/secrets}/replication_password")" > "$passfile"
    rm -rf "$PGDATA.copying"
    pg_basebackup --pgdata="$PGDATA.copying" --wal-method=stream --slot="$STANDBY" --checkpoint=fast --write-recovery-conf \
        --dbname="host=$PRIMARY port=${PRIMARY_PORT:-5432} user=replicator passfile=$passfile application_name=$STANDBY \
sslmode=verify-full sslrootcert=${SECRETS:-/run/secrets}/ca.pem"
    mv "$PGDATA.copying" "$PGDATA"
fi
exec postgres "$@"
